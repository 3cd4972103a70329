/* setitimer(2): a signal after some time, once or again and again.
 *
 * ITIMER_REAL is a kernel timer. The other two count CPU time and are looked at by the watcher of
 * cpulimit.c.
 */
#pragma once
#include "lib/types.h"

struct process;

/* A signal when the process has spent so much CPU time; at_ns 0: none. */
enum { CPU_TIMERS = 2 };
#define CPU_TIMER_NONE U64_MAX
struct cpu_timer {
    u64 at_ns, interval_ns;
};

/* Both in nanoseconds: how long until the signal (0: never), and from one to the next (0: once). */
struct itimer {
    u64 value_ns, interval_ns;
};

/* Of the running process. which: ITIMER_*, else -EINVAL. set and old may be NULL; old is what was
 * left. 0, -EINVAL, -ENOMEM. Sleeps. */
int itimer_set(int which, const struct itimer *set, struct itimer *old);
/* A new process has none. */
void itimer_init(struct process *p);
/* The process ends; no lock held. */
void itimer_stop(struct process *p);
