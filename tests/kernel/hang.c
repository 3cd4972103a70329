/* Hangs to order: `crash=NAME` for the ways in which a kernel gets no further. The tests see that
 * the watchdog, and a dump by NMI, name the culprit of each; docs/hangs.md shows what that looks
 * like. (kernel/debug/crash.c has what crashes at once.)
 */
#include "debug/assert.h"
#include "debug/crash.h"
#include "lib/klog.h"
#include "sched/core.h"
#include "sched/wait.h"
#include "sync/mutex.h"
#include "x86/cpu.h"

static bool false_for_ever;

/* Two threads, each bound to a CPU, so that the watchdog's two are not always the same. */
static void start(const char *name, void (*fn)(void *), void *arg, unsigned cpu)
{
    struct thread *t = thread_create(name, fn, arg);
    ASSERT(t && sched_set_affinity(t, cpumask_of(cpu % ncpus)) == 0);
    thread_run(t);
    thread_put(t);
}

/* The thread that boots waits for them: in a wait that may last, so that it is not what is found.
 */
static void start_two(void (*fn)(void *))
{
    static struct waitq nothing = WAITQ_INIT(nothing, "nothing");
    start("first", fn, (void *)0, 1);
    start("second", fn, (void *)1, 2);
    (void)wait_event(&nothing, WAIT_WORK, READ_ONCE(false_for_ever));
}

/* Both have come this far. */
static void meet(void)
{
    static _Atomic int here;
    here++;
    while (here < 2)
        sched_yield();
}

/* ---- loops ---- */

CRASH(loop)
{
    while (!READ_ONCE(false_for_ever))
        ;
}

CRASH(loop_preempt_off)
{
    preempt_disable();
    while (!READ_ONCE(false_for_ever))
        ;
}

CRASH(loop_irqs_off)
{
    irqs_off();
    while (!READ_ONCE(false_for_ever))
        ;
}

/* Who shows the kernel's messages gets no further: the dump must be shown all the same. */
static void write_for_ever(int level UNUSED, const char *text UNUSED, size_t len UNUSED)
{
    while (!READ_ONCE(false_for_ever))
        ;
}

CRASH(loop_in_drain)
{
    static struct klog_sink sink = {
        .name = "hang", .max_level = KLOG_DEBUG, .write = write_for_ever};
    klog_sink_register(&sink, false);
    klog("hang: who shows this");
}

/* ---- spinlocks ---- */

static struct spinlock spins[2] = {SPINLOCK_INIT("test spin a", RANK(MAIN, 2)),
                                   SPINLOCK_INIT("test spin b", RANK(MAIN, 1))};

/* clang sees at once what the kernel is to find out. */
static void lock_twice(struct spinlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    spin_lock(l);
    spin_lock(l);
}

CRASH(spin_self)
{
    lock_twice(&spins[0]);
}

static void spin_crosswise(void *arg) NO_THREAD_SAFETY_ANALYSIS
{
    int mine = arg ? 1 : 0;
    meet();
    spin_lock(&spins[mine]);
    for (int i = 0; i < 100000 && !READ_ONCE(spins[!mine].owner); i++)
        cpu_pause();
    spin_lock(&spins[!mine]);
    klog_err("hang: spinlocks did not deadlock");
}

CRASH(spin_abba)
{
    start_two(spin_crosswise);
}

/* No hang yet: with check=lock this order, which could become one, is refused. */
static NOINLINE void take_higher(void) NO_THREAD_SAFETY_ANALYSIS
{
    spin_lock(&spins[0]);
    spin_unlock(&spins[0]);
}

CRASH(lock_order)
{
    spin_lock(&spins[1]);
    take_higher();
    spin_unlock(&spins[1]);
}

static void hold_or_wait(void *second) NO_THREAD_SAFETY_ANALYSIS
{
    while (second && !READ_ONCE(spins[0].owner))
        sched_yield();
    spin_lock(&spins[0]);
    while (!READ_ONCE(false_for_ever))
        cpu_pause(); /* under QEMU's instruction count this lets the other CPU run */
}

CRASH(spin_held)
{
    start_two(hold_or_wait);
}

/* ---- sleepers ---- */

static struct mutex mutexes[2] = {MUTEX_INIT(mutexes[0], "test mutex a", RANK(MAIN, 2)),
                                  MUTEX_INIT(mutexes[1], "test mutex b", RANK(MAIN, 1))};

static void lock_crosswise(void *arg) NO_THREAD_SAFETY_ANALYSIS
{
    int mine = arg ? 1 : 0;
    mutex_lock(&mutexes[mine]);
    meet();
    mutex_lock(&mutexes[!mine]);
    klog_err("hang: mutexes did not deadlock");
}

CRASH(mutex_abba)
{
    start_two(lock_crosswise);
}

static struct waitq queue = WAITQ_INIT(queue, "test queue");

CRASH(sleep)
{
    (void)wait_event(&queue, WAIT_UNINTERRUPTIBLE, READ_ONCE(false_for_ever));
}

static bool condition;

static void wait_for_condition(void *arg)
{
    (void)wait_event(&queue, WAIT_UNINTERRUPTIBLE, READ_ONCE(condition));
    klog_err("hang: the lost wake-up was found");
}

/* The condition comes true, and nobody says so. */
CRASH(lost_wakeup)
{
    start("waiter", wait_for_condition, NULL, 1);
    while (waitq_empty(&queue))
        sched_yield();
    WRITE_ONCE(condition, true);
}
