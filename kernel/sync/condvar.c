/* Condition variables (condvar.h).
 *
 * The waiter joins the queue while it still holds the mutex. Whoever changes the condition does so
 * under the mutex, hence after that, and finds the waiter in the queue: asleep, or about to sleep,
 * when the wake leaves a token (wait.c, argument 2). So "release and sleep" need not be one step to
 * look like one.
 */
#include "sync/condvar.h"
#include "debug/assert.h"

void cond_init(struct condvar *cv, const char *name)
{
    waitq_init(&cv->waiters, name);
}

/* A waiter that gives up, but was chosen by a signal at the same moment, passes the signal on. */
int cond_wait(struct condvar *cv, struct mutex *m, enum wait_mode mode, u64 deadline_ns)
{
    struct wait_entry e;
    ASSERT(mutex_is_held(m));
    wait_prepare(&cv->waiters, &e, true);
    mutex_unlock(m);
    int err = thread_block(mode, deadline_ns);
    if (wait_finish(&cv->waiters, &e) && err)
        cond_signal(cv);
    mutex_lock(m);
    return err;
}

void cond_signal(struct condvar *cv)
{
    waitq_wake_one(&cv->waiters, 0);
}

void cond_broadcast(struct condvar *cv)
{
    waitq_wake_all(&cv->waiters, 0);
}
