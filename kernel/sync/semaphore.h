/* Counting semaphores (Dijkstra, 1965): a number of permits, and a queue of those who wait for one.
 *
 * A permit has no owner: anybody may give one, an interrupt handler too. So a semaphore is no lock,
 * and the lock checker does not know it; for mutual exclusion use a mutex.
 */
#pragma once
#include "sched/wait.h"

struct semaphore {
    _Atomic s64 permits; /* never negative */
    struct waitq waiters;
};
#define SEMAPHORE_INIT(s, semname, count)                                                          \
    {                                                                                              \
        .permits = (count), .waiters = WAITQ_INIT((s).waiters, semname)                            \
    }
void sem_init(struct semaphore *s, const char *name, unsigned permits);

/* Take a permit (P), waiting until there is one or deadline_ns is past (0: no limit). 0, -EINTR by
 * mode, -ETIMEDOUT. A thread, no spinlock held. */
int sem_down(struct semaphore *s, enum wait_mode mode, u64 deadline_ns);
/* Take a permit if there is one. Any context but NMI. */
MUST_CHECK bool sem_trydown(struct semaphore *s);
/* Give a permit (V). Any context but NMI. */
void sem_up(struct semaphore *s);
