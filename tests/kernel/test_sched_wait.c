/* Waiting and waking: no wake-up is lost, whoever is faster and wherever the threads run.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "sched/wait.h"

enum { ROUNDS = 1000 };

/* A turn that each thread passes to the next: one lost wake, and it stands still for ever. */
static struct {
    struct waitq wait;
    unsigned turn, nthreads;
    bool over;
    u64 passes;
} ring;

static bool ring_my_turn(const struct crew_member *m)
{
    return READ_ONCE(ring.over) || READ_ONCE(ring.turn) == m->index;
}

static void ring_member(struct crew_member *m)
{
    for (;;) {
        wait_event(&ring.wait, WAIT_UNINTERRUPTIBLE, ring_my_turn(m));
        if (ring.over)
            return;
        if (crew_random(m) % 4 == 0)
            spin_ns(crew_random(m) % 2000);
        WRITE_ONCE(ring.over, ++ring.passes >= ROUNDS || (crew_is_late(m) && ring.passes > 20));
        WRITE_ONCE(ring.turn, (m->index + 1) % ring.nthreads);
        waitq_wake_all(&ring.wait, 0);
    }
}

KTEST(sched_wait_ring)
{
    for (unsigned nthreads = 2; nthreads <= 5; nthreads += 3) {
        struct crew crew;
        waitq_init(&ring.wait, "ring");
        ring.turn = ring.passes = ring.over = 0;
        ring.nthreads = nthreads;
        crew_start(&crew, nthreads, ring_member, NULL);
        crew_join(&crew);
        KT_ASSERT(ring.passes > 20);
        KT_ASSERT(waitq_empty(&ring.wait));
    }
}

/* thread_wake alone: the waker hits the waiter at every point of its way to sleep. */
enum { TOKENS_END = 1 << 30 };
static struct {
    _Atomic u64 given, taken;
} token;

static void token_waiter(struct crew_member *m)
{
    for (u64 i = 1; i < TOKENS_END; i++) {
        for (;;) {
            wait_begin();
            if (atomic_load(&token.given) >= i)
                break;
            sched_block();
        }
        if (atomic_load(&token.given) == TOKENS_END)
            i = TOKENS_END;
        atomic_store(&token.taken, i);
    }
}

static void token_waker(struct crew_member *m)
{
    struct thread *waiter = m->crew->member[0].thread;
    for (u64 i = 1; i <= ROUNDS && !crew_is_late(m); i++) {
        while (atomic_load(&token.taken) < i - 1)
            cpu_pause();
        spin_ns(crew_random(m) % 1500);
        atomic_store(&token.given, i);
        thread_wake(waiter);
    }
    atomic_store(&token.given, TOKENS_END);
    thread_wake(waiter);
}

static void token_member(struct crew_member *m)
{
    int err = sched_set_affinity(thread_current(), cpumask_of(m->index));
    ASSERT(err == 0);
    if (m->index == 0)
        token_waiter(m);
    else
        token_waker(m);
}

KTEST(sched_wait_token)
{
    if (ncpus < 2)
        KT_SKIP("needs 2 CPUs");
    struct crew crew;
    atomic_store(&token.given, 0);
    atomic_store(&token.taken, 0);
    crew_start(&crew, 2, token_member, NULL);
    crew_join(&crew);
    KT_EQ(atomic_load(&token.taken), TOKENS_END);
}

/* Exclusive waiters: each wake_one frees exactly one. */
static struct {
    struct waitq wait;
    _Atomic s64 permits, woken;
} gate;

static bool gate_take(void)
{
    s64 n = atomic_load(&gate.permits);
    while (n > 0)
        if (atomic_compare_exchange_weak(&gate.permits, &n, n - 1))
            return true;
    return false;
}

static void gate_member(struct crew_member *m)
{
    wait_event_exclusive(&gate.wait, WAIT_UNINTERRUPTIBLE, gate_take());
    atomic_fetch_add(&gate.woken, 1);
}

/* Catches: a wake that reaches nobody because it hit a waiter that was woken already. */
KTEST(sched_wait_exclusive)
{
    struct crew crew;
    waitq_init(&gate.wait, "gate");
    for (int round = 0; round < 20; round++) {
        atomic_store(&gate.permits, 0);
        atomic_store(&gate.woken, 0);
        crew_start(&crew, 8, gate_member, NULL);
        for (unsigned i = 0; i < crew.n; i++) {
            atomic_fetch_add(&gate.permits, 1);
            waitq_wake_one(&gate.wait, 0);
        }
        crew_join(&crew);
        KT_EQ(atomic_load(&gate.woken), 8);
        KT_EQ(atomic_load(&gate.permits), 0);
    }
    KT_ASSERT(waitq_empty(&gate.wait));
}

/* What a signal's sender does: set the bit, then wake. */
static void signalled(struct crew_member *m)
{
    struct waitq q;
    waitq_init(&q, "never");
    m->random = wait_event(&q, m->index ? WAIT_KILLABLE : WAIT_INTERRUPTIBLE, false);
}

static void send(struct thread *t, u32 bits)
{
    atomic_fetch_or(&t->work, bits);
    thread_wake(t);
}

/* Catches: a signal that a sleeper does not notice, or that cuts a killable wait short though it is
 * not fatal. */
KTEST(sched_wait_signal)
{
    struct crew crew;
    crew_start(&crew, 2, signalled, NULL);
    struct thread *killable = crew.member[1].thread;
    send(killable, WORK_SIGNAL);
    thread_sleep_until(now_ns() + 5 * NS_PER_MS, WAIT_UNINTERRUPTIBLE);
    bool still = READ_ONCE(killable->state) == T_BLOCKED;
    send(crew.member[0].thread, WORK_SIGNAL);
    send(killable, WORK_KILL);
    crew_join(&crew);
    KT_ASSERT(still);
    KT_EQ(crew.member[0].random, -EINTR);
    KT_EQ(crew.member[1].random, -EINTR);
}

KTEST(sched_wait_timeout)
{
    struct waitq q;
    waitq_init(&q, "never");
    u64 start = now_ns(), deadline = start + 3 * NS_PER_MS;
    int err = wait_event_until(&q, WAIT_UNINTERRUPTIBLE, deadline, false);
    u64 end = now_ns();
    KT_EQ(err, -ETIMEDOUT);
    KT_ASSERT(end >= deadline);
    KT_EQ(wait_event_until(&q, WAIT_UNINTERRUPTIBLE, now_ns() - 1, false), -ETIMEDOUT);
    KT_EQ(wait_event_until(&q, WAIT_UNINTERRUPTIBLE, now_ns() - 1, true), 0);
    KT_ASSERT(waitq_empty(&q));
}
