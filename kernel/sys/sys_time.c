/* System calls on time.
 *
 * Two clocks tick: nanoseconds since boot (now_ns), and the wall clock, which is the same plus the
 * time of boot. All others are names for these, or what a process or thread has used.
 */
#include "abi/errno.h"
#include "abi/time.h"
#include "fs/inode.h"
#include "proc/itimer.h"
#include "proc/process.h"
#include "proc/usage.h"
#include "sched/account.h"
#include "sched/wait.h"
#include "sys/syscall.h"
#include "sys/timespec.h"
#include "x86/clock.h"

static struct timespec timespec_of_ns(u64 ns)
{
    return (struct timespec){(time_t)(ns / NS_PER_SEC), (long)(ns % NS_PER_SEC)};
}

/* False: not a time (nanosleep(2): EINVAL). Times beyond 584 years are as good as never. */
static bool ns_of_timespec(const struct timespec *ts, u64 *ns)
{
    const u64 never = S64_MAX;
    if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= (long)NS_PER_SEC)
        return false;
    *ns = (u64)ts->tv_sec >= never / NS_PER_SEC ? never
                                                : (u64)ts->tv_sec * NS_PER_SEC + (u64)ts->tv_nsec;
    return true;
}

int deadline_in(uaddr_t timespec, u64 *deadline_ns)
{
    struct timespec ts;
    u64 ns;
    if (copy_in(&ts, timespec, sizeof ts))
        return -EFAULT;
    if (!ns_of_timespec(&ts, &ns))
        return -EINVAL;
    *deadline_ns = MIN(MAX(now_ns() + ns, 1ull), (u64)S64_MAX);
    return 0;
}

/* The clocks that show what a process or a thread has used. */
static NOINLINE int read_use(int clock, u64 *ns)
{
    struct usage u = {0};
    if (clock == CLOCK_PROCESS_CPUTIME_ID)
        usage_of_process(process_current(), &u);
    else if (clock == CLOCK_THREAD_CPUTIME_ID)
        usage_add_thread(&u, thread_current());
    else
        return -EINVAL;
    *ns = u.user_ns + u.system_ns;
    return 0;
}

/* What clock shows now; -EINVAL: no such clock. */
static inline int read_clock(int clock, u64 *ns)
{
    if (likely(clock == CLOCK_MONOTONIC)) { /* what is asked for most */
        *ns = now_ns();
        return 0;
    }
    switch (clock) {
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *ns = now_ns();
        return 0;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        *ns = (u64)time_now_ns();
        return 0;
    default:
        return read_use(clock, ns);
    }
}

/* clock_gettime(2) */
long sys_clock_gettime(int clock, uaddr_t tp)
{
    u64 ns;
    int err = read_clock(clock, &ns);
    if (err)
        return err;
    struct timespec ts = timespec_of_ns(ns);
    return copy_out(tp, &ts, sizeof ts);
}

/* clock_getres(2): every clock here has the resolution of its unit. */
long sys_clock_getres(int clock, uaddr_t res)
{
    const struct timespec one_ns = {0, 1};
    u64 unused;
    int err = read_clock(clock, &unused);
    if (err || uaddr_is_null(res))
        return err;
    return copy_out(res, &one_ns, sizeof one_ns);
}

/* gettimeofday(2), time(2) */
long sys_gettimeofday(uaddr_t tv, uaddr_t tz)
{
    const struct timezone utc = {0, 0};
    u64 ns = (u64)time_now_ns();
    const struct timeval now = {(time_t)(ns / NS_PER_SEC),
                                (suseconds_t)(ns % NS_PER_SEC / NS_PER_US)};
    if (!uaddr_is_null(tv) && copy_out(tv, &now, sizeof now))
        return -EFAULT;
    if (!uaddr_is_null(tz) && copy_out(tz, &utc, sizeof utc))
        return -EFAULT;
    return 0;
}

long sys_time(uaddr_t tloc)
{
    time_t now = time_now_ns() / (s64)NS_PER_SEC;
    if (!uaddr_is_null(tloc) && copy_out(tloc, &now, sizeof now))
        return -EFAULT;
    return now;
}

/* ---- interval timers ---- */

static bool ns_of_timeval(const struct timeval *tv, u64 *ns)
{
    const struct timespec ts = {tv->tv_sec, tv->tv_usec * (long)NS_PER_US};
    return tv->tv_usec >= 0 && tv->tv_usec < (suseconds_t)(NS_PER_SEC / NS_PER_US) &&
           ns_of_timespec(&ts, ns);
}

/* Rounded up: a timer that runs is never shown as one that does not. */
static struct timeval timeval_of_ns(u64 ns)
{
    u64 us = (ns + NS_PER_US - 1) / NS_PER_US, per_s = NS_PER_SEC / NS_PER_US;
    return (struct timeval){(time_t)(us / per_s), (suseconds_t)(us % per_s)};
}

static int itimer_out(uaddr_t to, const struct itimer *t)
{
    const struct itimerval value = {timeval_of_ns(t->interval_ns), timeval_of_ns(t->value_ns)};
    return copy_out(to, &value, sizeof value);
}

/* getitimer(2), setitimer(2) */
long sys_getitimer(int which, uaddr_t value)
{
    struct itimer now;
    int err = itimer_set(which, NULL, &now);
    return err ? err : itimer_out(value, &now);
}

long sys_setitimer(int which, uaddr_t value, uaddr_t old)
{
    struct itimerval asked = {0};
    struct itimer set, left;
    if (!uaddr_is_null(value) && copy_in(&asked, value, sizeof asked))
        return -EFAULT;
    if (!ns_of_timeval(&asked.it_value, &set.value_ns) ||
        !ns_of_timeval(&asked.it_interval, &set.interval_ns))
        return -EINVAL;
    int err = itimer_set(which, &set, &left);
    return err || uaddr_is_null(old) ? err : itimer_out(old, &left);
}

/* alarm(2): seconds that were left, at least one if there was an alarm. */
long sys_alarm(unsigned int seconds)
{
    const struct itimer set = {seconds * NS_PER_SEC, 0};
    struct itimer left;
    int err = itimer_set(ITIMER_REAL, &set, &left);
    u64 rounded = (left.value_ns + NS_PER_SEC / 2) / NS_PER_SEC;
    return err ? err : left.value_ns ? (long)MAX(rounded, 1ull) : 0;
}

/* ---- sleeping ---- */

/* Sleep until `deadline` on now_ns's scale. A sleep that a stop interrupts goes on with the time
 * that is left, since the deadline is kept for the restarted call (proc/signal.h); one that a
 * handler ends says how much that was. */
static long sleep_until(u64 deadline, bool relative, uaddr_t rem)
{
    struct thread *t = thread_current();
    int err = thread_sleep_until(deadline, WAIT_INTERRUPTIBLE);
    if (err != -EINTR || !relative)
        return err;
    t->restart_deadline_ns = deadline;
    u64 now = now_ns();
    const struct timespec left = timespec_of_ns(deadline > now ? deadline - now : 0);
    return !uaddr_is_null(rem) && copy_out(rem, &left, sizeof left) ? -EFAULT : -EINTR;
}

static long sleep_for(u64 ns, uaddr_t rem)
{
    struct thread *t = thread_current();
    u64 deadline = t->restart_deadline_ns;
    t->restart_deadline_ns = 0;
    if (!deadline)
        deadline = MIN(now_ns() + ns, (u64)S64_MAX);
    return sleep_until(deadline, true, rem);
}

/* nanosleep(2) */
long sys_nanosleep(uaddr_t req, uaddr_t rem)
{
    struct timespec ts;
    u64 ns;
    int err = copy_in(&ts, req, sizeof ts);
    if (err)
        return err;
    return ns_of_timespec(&ts, &ns) ? sleep_for(ns, rem) : -EINVAL;
}

/* clock_nanosleep(2) */
long sys_clock_nanosleep(int clock, int flags, uaddr_t req, uaddr_t rem)
{
    struct timespec ts;
    u64 ns, wall;
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
        return clock == CLOCK_THREAD_CPUTIME_ID || read_clock(clock, &ns) ? -EINVAL : -EOPNOTSUPP;
    int err = copy_in(&ts, req, sizeof ts);
    if (err)
        return err;
    if (!ns_of_timespec(&ts, &ns))
        return -EINVAL;
    if (!(flags & TIMER_ABSTIME))
        return sleep_for(ns, rem);
    if (clock == CLOCK_REALTIME) {
        wall = (u64)time_now_ns();
        ns = ns > wall ? now_ns() + (ns - wall) : 0;
    }
    return ns <= now_ns() ? 0 : sleep_until(ns, false, rem);
}
