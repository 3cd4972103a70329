/* Condition variables with Mesa semantics (Lampson & Redell, "Experience with Processes and
 * Monitors in Mesa", 1980): a signal is a hint that the condition *may* hold, so the waiter looks
 * again:
 *
 *     mutex_lock(&m);
 *     while (!condition)
 *         cond_wait(&cv, &m, WAIT_UNINTERRUPTIBLE, 0);
 *     ...
 *     mutex_unlock(&m);
 */
#pragma once
#include "sync/mutex.h"

struct condvar {
    struct waitq waiters;
};
#define CONDVAR_INIT(cv, cvname)                                                                   \
    {                                                                                              \
        .waiters = WAITQ_INIT((cv).waiters, cvname)                                                \
    }
void cond_init(struct condvar *cv, const char *name);

/* Release m and sleep, as one step: a signal sent by a thread that then holds m is not missed. Owns
 * m again on return. 0 (signalled, or no reason at all), -EINTR by mode, -ETIMEDOUT after
 * deadline_ns (0: no limit). */
int cond_wait(struct condvar *cv, struct mutex *m, enum wait_mode mode, u64 deadline_ns)
    REQUIRES(m);
/* Wake one waiter, or all. Usually with m held. */
void cond_signal(struct condvar *cv);
void cond_broadcast(struct condvar *cv);
