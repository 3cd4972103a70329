/* What comes of spending CPU time. RLIMIT_CPU: SIGXCPU for a process that has used its time,
 * SIGKILL at the hard limit (getrlimit(2)). ITIMER_VIRTUAL and ITIMER_PROF: itimer.c.
 *
 * A CPU with one runnable thread takes no timer interrupt, so nobody would notice at its trap exit
 * that a spinning program's time is up. Therefore a kernel thread looks, at the earliest moment at
 * which a timer can ring, and at least once in CHECK_MS; it is made when the first process wants
 * it, and sleeps for good while none does.
 */
#include "abi/errno.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "proc/usage.h"
#include "sync/mutex.h"
#include "x86/clock.h"
#include "x86/percpu.h"

enum { CHECK_MS = 100, CHECK_MIN_MS = 1 };

static struct mutex start_lock = MUTEX_INIT(start_lock, "cpulimit", RANK_CPULIMIT);
static struct thread *watcher GUARDED_BY(start_lock);
static struct waitq start_wait = WAITQ_INIT(start_wait, "cpulimit");
static bool wanted; /* somebody may have a limit or a timer: look */

/* Returns false if p has no limit (any more). */
static bool check_limit(struct process *p)
{
    struct rlimit *limit = &p->limits.rlim[RLIMIT_CPU];
    if (READ_ONCE(limit->rlim_cur) == RLIM_INFINITY)
        return false;
    struct usage u;
    usage_of_process(p, &u);
    u64 seconds = (u.user_ns + u.system_ns) / NS_PER_SEC;
    if (seconds >= READ_ONCE(limit->rlim_max)) {
        signal_send(p, SIGKILL);
    } else if (seconds >= READ_ONCE(limit->rlim_cur)) {
        signal_send(p, SIGXCPU);
        WRITE_ONCE(limit->rlim_cur, seconds + 1); /* "... then once per second" */
    }
    return true;
}

/* How much CPU time the next signal is away; CPU_TIMER_NONE: nobody waits for one. */
static u64 check_all(void)
{
    u64 left = CPU_TIMER_NONE;
    struct process *p;
    for (pid_t pid = 1; (p = process_find_from(pid)); pid++) {
        pid = p->pid;
        if (p->state == P_ALIVE) {
            left = MIN(left, itimer_check_cpu(p));
            if (check_limit(p))
                left = MIN(left, CHECK_MS * NS_PER_MS);
        }
        process_put(p);
    }
    return left;
}

/* Threads on all CPUs may spend the same process's time. */
static u64 next_look(u64 left_ns)
{
    u64 wait_ns = MAX(left_ns / ncpus, CHECK_MIN_MS * NS_PER_MS);
    return now_ns() + MIN(wait_ns, CHECK_MS * NS_PER_MS);
}

static void watch(void *arg)
{
    (void)arg;
    u64 left = CPU_TIMER_NONE;
    for (;;) {
        u64 deadline = left == CPU_TIMER_NONE ? 0 : next_look(left);
        (void)wait_event_until(&start_wait, WAIT_WORK, deadline, READ_ONCE(wanted));
        WRITE_ONCE(wanted, false); /* before the look: what is set meanwhile asks again */
        left = check_all();
    }
}

int cpulimit_start(void)
{
    mutex_lock(&start_lock);
    if (!watcher) {
        watcher = thread_create("cpulimit", watch, NULL);
        if (watcher)
            thread_run(watcher);
    }
    int err = watcher ? 0 : -ENOMEM;
    mutex_unlock(&start_lock);
    WRITE_ONCE(wanted, true);
    waitq_wake_all(&start_wait, 0);
    return err;
}
