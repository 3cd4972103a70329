/* Timers: in order, once, never early; and what happens when they are cancelled while they fire.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "sched/timer.h"

enum { TIMERS = 32 };

static struct {
    struct timer timer;
    u64 deadline_ns;
    unsigned fired;
} set[TIMERS];
/* For what takes milliseconds, but not on a host that lets a CPU of ours wait for its turn. */
#define PATIENCE_NS (30 * NS_PER_SEC)

static struct {
    unsigned fired, early, disordered;
    u64 last_deadline_ns;
} seen;

static void fire(struct timer *t)
{
    unsigned i = 0;
    while (t != &set[i].timer)
        i++;
    seen.early += now_ns() < set[i].deadline_ns;
    seen.disordered += set[i].deadline_ns < seen.last_deadline_ns;
    seen.last_deadline_ns = set[i].deadline_ns;
    set[i].fired++;
    WRITE_ONCE(seen.fired, seen.fired + 1);
}

/* Catches: a timer lost in the tree, a deadline that the hardware was not armed for, an early
 * interrupt taken for the real one. All on one CPU, so that their order is defined. */
KTEST(sched_timer_order)
{
    struct crew_member dice = {.random = 12345};
    KT_EQ(sched_set_affinity(thread_current(), cpumask_of(0)), 0);
    seen.fired = seen.early = seen.disordered = 0;
    seen.last_deadline_ns = 0;
    irqs_off(); /* all are set before the first fires */
    u64 now = now_ns();
    for (unsigned i = 0; i < TIMERS; i++) {
        timer_init(&set[i].timer, fire);
        set[i].fired = 0;
        set[i].deadline_ns = now + 2 * NS_PER_MS + crew_random(&dice) % (8 * NS_PER_MS);
        timer_start(&set[i].timer, set[i].deadline_ns);
    }
    irqs_on();
    for (u64 until = now + PATIENCE_NS; READ_ONCE(seen.fired) < TIMERS && now_ns() < until;)
        thread_sleep_until(now_ns() + NS_PER_MS, WAIT_UNINTERRUPTIBLE);
    KT_EQ(sched_set_affinity(thread_current(), CPUMASK_ALL), 0);
    KT_EQ(seen.fired, TIMERS);
    KT_EQ(seen.early, 0);
    KT_EQ(seen.disordered, 0);
    for (unsigned i = 0; i < TIMERS; i++) {
        KT_EQ(set[i].fired, 1);
        KT_ASSERT(!timer_cancel(&set[i].timer));
    }
}

static struct {
    struct timer timer;
    _Atomic u64 calls;
    u64 starts, cancelled;
    bool late;
    bool over;
} race;

static void race_fire(struct timer *t)
{
    race.late |= READ_ONCE(race.over);
    atomic_fetch_add(&race.calls, 1);
}

static void await_call(u64 calls)
{
    u64 patience = now_ns() + PATIENCE_NS;
    while (atomic_load(&race.calls) == calls && now_ns() < patience)
        cpu_pause();
}

/* Most rounds may end either way. Of each eight, one cannot fire in time, and one is left to fire:
 * how the others end depends on how busy the host is. */
static void racer(struct crew_member *m)
{
    for (unsigned i = 0; i < 16 || (i < 1000 && !crew_is_late(m)); i++) {
        u64 calls = atomic_load(&race.calls);
        u64 wait_ns = i % 8 == 0 ? 1000 * NS_PER_SEC : crew_random(m) % 8000;
        WRITE_ONCE(race.over, false);
        timer_start(&race.timer, now_ns() + wait_ns);
        race.starts++;
        if (i % 16 == 0) /* on another CPU than it was started on */
            m->arg = (void *)(u64)sched_set_affinity(thread_current(), cpumask_of(i / 16 % ncpus));
        if (i % 8 == 1)
            await_call(calls);
        else
            spin_ns(crew_random(m) % 8000);
        race.cancelled += timer_cancel(&race.timer);
        WRITE_ONCE(race.over, true);
    }
}

/* Catches: a callback after timer_cancel has returned, a cancelled timer that fires, one that fires
 * twice. Each start ends in exactly one of the two ways. */
KTEST(sched_timer_cancel)
{
    struct crew crew;
    timer_init(&race.timer, race_fire);
    atomic_store(&race.calls, 0);
    race.starts = race.cancelled = race.late = race.over = 0;
    crew_start(&crew, 1, racer, NULL);
    crew_join(&crew);
    KT_EQ(race.starts, atomic_load(&race.calls) + race.cancelled);
    KT_ASSERT(race.cancelled > 0 && atomic_load(&race.calls) > 0);
    KT_ASSERT(!race.late);
}

static struct {
    struct timer timer;
    _Atomic u64 ticks;
} periodic;

static void tick(struct timer *t)
{
    if (atomic_fetch_add(&periodic.ticks, 1) < 49)
        timer_start(t, t->deadline_ns + 100 * NS_PER_US);
}

/* Catches: a callback that cannot start its own timer again; drift, as each deadline comes from the
 * last one. */
KTEST(sched_timer_periodic)
{
    atomic_store(&periodic.ticks, 0);
    timer_init(&periodic.timer, tick);
    u64 start = now_ns();
    timer_start(&periodic.timer, start + 100 * NS_PER_US);
    u64 give_up = start + PATIENCE_NS;
    while (atomic_load(&periodic.ticks) < 50 && now_ns() < give_up)
        thread_sleep_until(now_ns() + NS_PER_MS, WAIT_UNINTERRUPTIBLE);
    KT_EQ(atomic_load(&periodic.ticks), 50);
    KT_EQ(periodic.timer.deadline_ns, start + 50 * 100 * NS_PER_US);
}

static void sleeper(struct crew_member *m)
{
    m->random = 0;
    for (unsigned i = 0; i < 20; i++) {
        u64 until = now_ns() + (m->index + 1) * 100 * NS_PER_US;
        thread_sleep_until(until, WAIT_UNINTERRUPTIBLE);
        m->random += now_ns() < until;
    }
}

/* Catches: sleepers that wake each other, or too soon. */
KTEST(sched_timer_sleep)
{
    struct crew crew;
    crew_start(&crew, 12, sleeper, NULL);
    crew_join(&crew);
    for (unsigned i = 0; i < crew.n; i++)
        KT_EQ(crew.member[i].random, 0);
}
