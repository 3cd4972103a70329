/* Which CPU a thread runs on: affinity, balance, preemption; and what time is charged to whom.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "sched/account.h"
#include "sched/runq_priv.h"

static void nap_ms(u64 ms)
{
    thread_sleep_until(now_ns() + ms * NS_PER_MS, WAIT_UNINTERRUPTIBLE);
}

/* Catches: a thread that is let go before it has moved; one that strays afterwards. */
KTEST(sched_affinity_self)
{
    struct thread *me = thread_current();
    bool there = true;
    for (unsigned round = 0; round < 50 * ncpus; round++) {
        unsigned cpu = round * 7 % ncpus;
        there = there && sched_set_affinity(me, cpumask_of(cpu)) == 0 && cpu_id() == cpu;
        sched_yield();
        there = there && cpu_id() == cpu;
    }
    KT_EQ(sched_set_affinity(me, CPUMASK_ALL), 0);
    KT_ASSERT(there);
    KT_EQ(sched_set_affinity(me, 0), -EINVAL);
    if (ncpus < MAX_CPUS)
        KT_EQ(sched_set_affinity(me, cpumask_of(MAX_CPUS - 1)), -EINVAL);
}

/* A host that is short of CPUs may let one of ours wait for seconds. Where all is well, some
 * milliseconds suffice. */
#define PATIENCE_NS (30 * NS_PER_SEC)

static struct {
    bool stop;
    _Atomic u64 rounds;
} moving;

/* Runs, waits in a queue and sleeps in turn, so that it is moved in each state. */
static void moved(struct crew_member *m)
{
    while (!READ_ONCE(moving.stop)) {
        if (crew_random(m) % 2)
            sched_yield();
        spin_ns(crew_random(m) % 20000);
        if (crew_random(m) % 3 == 0)
            thread_sleep_until(now_ns() + crew_random(m) % 50000, WAIT_UNINTERRUPTIBLE);
        atomic_fetch_add(&moving.rounds, 1);
    }
}

/* In this order: who is on a CPU, and nobody else changes that, is on the one that t->cpu names. */
static bool runs_elsewhere(const struct thread *t, unsigned cpu)
{
    return READ_ONCE(t->on_cpu) && READ_ONCE(t->cpu) != cpu;
}

/* Catches: a thread lost or doubled when it is moved while it runs, waits or sleeps; one that goes
 * on where it may no longer run. */
KTEST(sched_affinity_others)
{
    if (ncpus < 2)
        KT_SKIP("needs 2 CPUs");
    struct crew crew;
    bool strayed = false;
    int err = 0;
    moving.stop = false;
    atomic_store(&moving.rounds, 0);
    crew_start(&crew, 6, moved, NULL);
    for (unsigned round = 0;
         (round < 60 || atomic_load(&moving.rounds) == 0) && !crew_is_late(&crew.member[0]);
         round++) {
        struct thread *t = crew.member[round % crew.n].thread;
        unsigned cpu = round * 5 % ncpus;
        err |= sched_set_affinity(t, cpumask_of(cpu));
        strayed = strayed || runs_elsewhere(t, cpu);
        if (round % 3 == 0)
            err |= sched_set_affinity(t, CPUMASK_ALL);
    }
    WRITE_ONCE(moving.stop, true);
    crew_join(&crew);
    KT_EQ(err, 0);
    KT_ASSERT(!strayed);
    KT_ASSERT(atomic_load(&moving.rounds) > 0);
}

/* Under a policy that lets everybody run as long as it likes, as many burners as CPUs would keep
 * the tester out. */
#define NEEDS_SLICES()                                                                             \
    do {                                                                                           \
        const struct sched_policy *p_ = thread_current()->policy;                                  \
        if (p_->slice_ns(this_runq(), thread_current()) == 0)                                      \
            KT_SKIP("a policy without slices");                                                    \
    } while (0)

static struct {
    bool stop;
} burn;

static void burner(struct crew_member *m)
{
    while (!READ_ONCE(burn.stop))
        spin_ns(10000);
}

/* The burners never sleep, so once they are spread this is never true, not for a moment. */
static bool idle_beside_queue(void)
{
    bool idle = false, waiting = false;
    for (unsigned cpu = 0; cpu < ncpus; cpu++) {
        idle = idle || runq_is_idle(runq_of(cpu));
        waiting = waiting || READ_ONCE(runq_of(cpu)->nready) > 0;
    }
    return idle && waiting;
}

/* All CPUs' worth of threads on one, then allowed everywhere: no CPU may idle while another has two
 * runnable ones. Catches: a queue that nobody steals from because all idle CPUs were asleep when it
 * grew. */
KTEST(sched_balance)
{
    NEEDS_SLICES();
    if (ncpus < 2)
        KT_SKIP("needs 2 CPUs");
    struct crew crew;
    unsigned n = MIN(ncpus, (unsigned)CREW_MAX);
    burn.stop = false;
    crew_start(&crew, n, burner, NULL);
    int err = 0;
    for (unsigned i = 0; i < n; i++)
        err |= sched_set_affinity(crew.member[i].thread, cpumask_of(0));
    u64 patience = now_ns() + PATIENCE_NS;
    bool together = false;
    for (; !together && now_ns() < patience; nap_ms(2))
        together = READ_ONCE(runq_of(0)->nready) >= n - 1;
    for (unsigned i = 0; i < n; i++)
        err |= sched_set_affinity(crew.member[i].thread, CPUMASK_ALL);
    patience = now_ns() + PATIENCE_NS;
    bool balanced = false;
    for (int good = 0; !balanced && now_ns() < patience; nap_ms(2)) {
        good = idle_beside_queue() ? 0 : good + 1;
        balanced = good == 10;
    }
    WRITE_ONCE(burn.stop, true);
    crew_join(&crew);
    KT_EQ(err, 0);
    KT_ASSERT(together);
    KT_ASSERT(balanced);
}

static bool have_all_run(const struct crew *crew)
{
    for (unsigned i = 0; i < crew->n; i++) {
        struct thread_times used;
        thread_times(crew->member[i].thread, &used);
        if (used.system_ns <= 5 * NS_PER_MS)
            return false;
    }
    return true;
}

/* More threads that never block than CPUs. Catches: a slice that does not end, a thread that
 * starves. */
KTEST(sched_preemption)
{
    NEEDS_SLICES();
    struct crew crew;
    burn.stop = false;
    crew_start(&crew, 8, burner, NULL);
    KT_EQ(sched_set_affinity(thread_current(), CPUMASK_ALL), 0);
    u64 patience = now_ns() + PATIENCE_NS;
    bool all_ran = false;
    for (; !all_ran && now_ns() < patience; nap_ms(20))
        all_ran = have_all_run(&crew);
    WRITE_ONCE(burn.stop, true);
    crew_join(&crew);
    KT_ASSERT(all_ran);
}

static u64 spent(unsigned cpu)
{
    struct cpu_times t;
    u64 sum = 0;
    sched_cpu_times(cpu, &t);
    for (int m = 0; m < MODE_COUNT; m++)
        sum += t.ns[m];
    return sum;
}

/* user + system + idle + irq is the time that passes, on the CPU that looks, within 0.1 %. */
KTEST(sched_account_sum)
{
    KT_EQ(sched_set_affinity(thread_current(), cpumask_of(0)), 0);
    u64 start = now_ns(), before = spent(0), started = now_ns();
    for (int i = 0; i < 20; i++) {
        spin_ns(2 * NS_PER_MS);
        nap_ms(1);
    }
    u64 end = now_ns(), after = spent(0), ended = now_ns();
    KT_EQ(sched_set_affinity(thread_current(), CPUMASK_ALL), 0);
    u64 counted = after - before, slack = (end - start) / 1000;
    KT_ASSERT(counted + slack >= end - started);
    KT_ASSERT(counted <= ended - start + slack);
}

static void short_bursts(struct crew_member *m)
{
    for (int i = 0; i < 40; i++) {
        spin_ns(100 * NS_PER_US);
        thread_sleep_until(now_ns() + 100 * NS_PER_US, WAIT_UNINTERRUPTIBLE);
    }
    struct thread_times t;
    thread_times(thread_current(), &t);
    m->random = t.system_ns;
    m->arg = (void *)t.user_ns;
}

/* Bursts much shorter than a slice, each followed by sleep, count in full; time asleep does not,
 * and no time in user mode appears. */
KTEST(sched_account_bursts)
{
    struct crew crew;
    crew_start(&crew, 1, short_bursts, NULL);
    crew_join(&crew);
    KT_ASSERT(crew.member[0].random >= 40 * 100 * NS_PER_US * 9 / 10);
    KT_EQ((u64)crew.member[0].arg, 0);
}
