/* RLIMIT_CPU: SIGXCPU for a process that has used its time, SIGKILL at the hard limit
 * (getrlimit(2)).
 *
 * A CPU with one runnable thread takes no timer interrupt, so nobody would notice at its trap exit
 * that a spinning program's time is up. Therefore a kernel thread looks once in CHECK_MS; it is
 * made when the first process limits itself, and sleeps for good while none does.
 */
#include "abi/errno.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "proc/usage.h"
#include "sync/mutex.h"
#include "x86/clock.h"

enum { CHECK_MS = 100 };

static struct mutex start_lock = MUTEX_INIT(start_lock, "cpulimit", RANK_CPULIMIT);
static struct thread *watcher GUARDED_BY(start_lock);
static struct waitq start_wait = WAITQ_INIT(start_wait, "cpulimit");
static bool wanted; /* somebody may have a limit: look */

/* Returns false if p has no limit (any more). */
static bool check(struct process *p)
{
    struct rlimit *limit = &p->limits.rlim[RLIMIT_CPU];
    if (READ_ONCE(limit->rlim_cur) == RLIM_INFINITY || p->state != P_ALIVE)
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

static bool check_all(void)
{
    bool any = false;
    struct process *p;
    for (pid_t pid = 1; (p = process_find_from(pid)); pid++) {
        pid = p->pid;
        any |= check(p);
        process_put(p);
    }
    return any;
}

static void watch(void *arg)
{
    (void)arg;
    for (;;) {
        (void)wait_event(&start_wait, WAIT_WORK, READ_ONCE(wanted));
        WRITE_ONCE(wanted, false); /* before the look: a limit that is set meanwhile asks again */
        while (check_all())
            (void)thread_sleep_until(now_ns() + CHECK_MS * NS_PER_MS, WAIT_UNINTERRUPTIBLE);
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
