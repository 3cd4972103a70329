/* The watchdog: a look, every two seconds, for CPUs and threads that get no further.
 *
 *   CPU     busy, but has neither switched threads, nor been in user mode, nor idled for long: its
 *           thread loops in the kernel. Meanwhile it is sent interrupts; if it takes none, it loops
 *           with interrupts off, which is reported sooner.
 *   thread  asleep for long in a wait that nothing can cut short: what it waits for never comes, or
 *           its wake-up was lost.
 *
 * All that is looked at is written anyway, for accounting, so the watchdog costs nothing where it
 * does not look. Two CPUs look, in turn, so that one that hangs is seen by the other; on a machine
 * with one CPU a loop with interrupts off goes unseen. While all CPUs idle, and no thread is in a
 * wait of that kind, there is nothing to see: the timers stop, as the load average's does, and
 * start with it.
 *
 * No false alarm on a host that stops the machine, or some of its CPUs, for a while: a CPU counts
 * as stuck by the number of looks at it, each of which is proof that the machine ran; and when more
 * than two intervals lie between two looks, the sleepers' time starts anew.
 */
#include "debug/watchdog.h"
#include "lock/lockwait.h"
#include "sched/account.h"
#include "sched/loadavg_priv.h"
#include "sched/rank.h"
#include "sched/runq_priv.h"
#include "sched/timer.h"
#include "sched/wait.h"
#include "x86/clock.h"
#include "x86/irq.h"

#define PERIOD_NS (2 * NS_PER_SEC)
#define HUNG_NS   (60 * NS_PER_SEC)
/* Looks without progress; a CPU that is sent interrupts and takes none hangs for certain. */
enum { LOOKS_HARD = 8, LOOKS_SOFT = 15, SENT_LEAST = 4, WATCHERS = 2 };

/* Like the load average's lock: above the timer queues, below the runqueues. */
static struct spinlock lock = SPINLOCK_INIT("watchdog", RANK_SAMPLER);
static struct watcher {
    struct timer timer;
    bool ticking; /* (lock) */
} watchers[WATCHERS];
static bool started;             /* (lock) the machine is complete */
static _Atomic u64 last_look_ns; /* whoever advances it looks */
static bool sleepers;            /* the last look saw a thread that might hang */
static u64 counted_from_ns;      /* sleep before this does not count */

/* What the last look saw of each CPU. Only the one that looks uses it. */
static struct {
    u64 progress;
    u64 interrupts; /* that it had taken before the first was sent */
    u64 since_ns;
    unsigned looks; /* in a row without progress */
    unsigned sent;  /* interrupts sent meanwhile */
    bool hears;     /* it looked itself, from its timer interrupt */
} seen[MAX_CPUS];

/* ---- CPUs ---- */

/* Grows with each sign of life; that it differs is all that matters. */
static u64 progress_of(unsigned cpu)
{
    const struct percpu *p = &percpu[cpu];
    return READ_ONCE(runq_of(cpu)->switches) + READ_ONCE(p->spent_tsc[MODE_USER]) +
           READ_ONCE(p->spent_tsc[MODE_IDLE]) + READ_ONCE(p->syscalls) + watchdog_touches(cpu);
}

static void look_anew(unsigned cpu, u64 progress)
{
    seen[cpu].progress = progress;
    seen[cpu].interrupts = trap_count_on(cpu, VEC_RESCHED);
    seen[cpu].since_ns = now_ns();
    seen[cpu].looks = seen[cpu].sent = 0;
    seen[cpu].hears = false;
}

static void report_cpu(unsigned cpu, bool deaf)
{
    const struct ctx *c = &runq_of(cpu)->current->ctx;
    u64 s = (now_ns() - seen[cpu].since_ns) / NS_PER_SEC;
    if (deaf)
        watchdog_report((int)cpu,
                        "CPU %u has taken no interrupt for %lu s; it runs thread %lu (%s)", cpu, s,
                        c->id, c->name);
    else
        watchdog_report((int)cpu,
                        "CPU %u has been in the kernel for %lu s without a switch; it runs thread "
                        "%lu (%s)",
                        cpu, s, c->id, c->name);
}

static bool is_deaf(unsigned cpu)
{
    return !seen[cpu].hears && seen[cpu].sent >= SENT_LEAST &&
           trap_count_on(cpu, VEC_RESCHED) == seen[cpu].interrupts;
}

static void look_at_cpu(unsigned cpu)
{
    const struct runq *rq = runq_of(cpu);
    u64 progress = progress_of(cpu);
    bool idle = runq_is_idle(rq) && READ_ONCE(rq->nready) == 0;
    if (idle || progress != seen[cpu].progress) {
        look_anew(cpu, progress);
        return;
    }
    seen[cpu].looks++;
    seen[cpu].hears |= cpu == cpu_id();
    bool deaf = is_deaf(cpu);
    if (seen[cpu].looks >= (deaf ? LOOKS_HARD : LOOKS_SOFT))
        report_cpu(cpu, deaf);
    if (cpu == cpu_id())
        return;
    ipi_resched(cpu);
    seen[cpu].sent++;
}

/* ---- threads ---- */

struct hunt {
    u64 now;
    bool sleepers;
    struct thread *hung;
};

static bool look_at_thread(struct thread *t, void *arg)
{
    struct hunt *h = arg;
    if (READ_ONCE(t->state) != T_BLOCKED || t->wait_mode != WAIT_UNINTERRUPTIBLE)
        return true;
    h->sleepers = true;
    u64 since = MAX(READ_ONCE(t->ran_from_ns), counted_from_ns);
    if (h->now < since + HUNG_NS)
        return true;
    h->hung = thread_get(t);
    return false;
}

static void report_thread(const struct thread *t)
{
    const struct ctx *owner = lock_wait_owner(&t->ctx);
    const struct waitq *q = t->waits_on;
    u64 s = (now_ns() - t->ran_from_ns) / NS_PER_SEC;
    const char *name = q ? q->lock.name : "a timer";
    if (owner)
        watchdog_report(-1,
                        "thread %lu (%s) has slept uninterruptibly for %lu s, waiting for \"%s\", "
                        "which thread %lu (%s) holds",
                        t->ctx.id, t->ctx.name, s, name, owner->id, owner->name);
    else
        watchdog_report(-1,
                        "thread %lu (%s) has slept uninterruptibly for %lu s, waiting for \"%s\"",
                        t->ctx.id, t->ctx.name, s, name);
}

static void look_at_threads(u64 now)
{
    struct hunt h = {.now = now};
    thread_each(look_at_thread, &h);
    sleepers = h.sleepers;
    if (h.hung)
        report_thread(h.hung);
    thread_put(h.hung);
}

/* ---- when ---- */

/* The other watcher may just have looked. */
static void look(void)
{
    u64 now = now_ns(), last = last_look_ns;
    if (now - last < PERIOD_NS * 3 / 4 ||
        !atomic_compare_exchange_strong(&last_look_ns, &last, now))
        return;
    if (now - last > 2 * PERIOD_NS)
        counted_from_ns = now;
    for (unsigned cpu = 0; cpu < ncpus; cpu++)
        if (READ_ONCE(percpu[cpu].online))
            look_at_cpu(cpu);
    look_at_threads(now);
}

static void tick(struct timer *t)
{
    struct watcher *w = container_of(t, struct watcher, timer);
    look();
    spin_lock(&lock);
    w->ticking = watchdog_on && (sleepers || loadavg_counts());
    if (w->ticking)
        timer_start(t, now_ns() + PERIOD_NS);
    spin_unlock(&lock);
}

static void start_watcher(struct watcher *w, unsigned cpu) REQUIRES(&lock)
{
    if (w->ticking)
        return;
    if (!w->timer.fn)
        timer_init(&w->timer, tick);
    w->ticking = true;
    timer_start_on(&w->timer, now_ns() + PERIOD_NS, cpu);
}

/* Here and on the next CPU. */
void watchdog_resume(void)
{
    spin_lock(&lock);
    if (started && watchdog_on)
        for (unsigned i = 0; i < MIN(ncpus, (unsigned)WATCHERS); i++)
            start_watcher(&watchers[i], (cpu_id() + i) % ncpus);
    spin_unlock(&lock);
}

void watchdog_start(void)
{
    spin_lock(&lock);
    started = true;
    spin_unlock(&lock);
    watchdog_resume();
}
