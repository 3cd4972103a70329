/* Completions (completion.h).
 *
 * Number and queue share the queue's lock, and the waiter takes `done` under it: so complete() has
 * dropped the lock, its last access to *c, before completion_wait can return and the memory be
 * reused.
 */
#include "sync/completion.h"

enum { DONE_FOR_EVER = 0xffffffff };

void completion_init(struct completion *c, const char *name)
{
    c->done = 0;
    waitq_init(&c->wait, name);
}

static bool take(struct completion *c)
{
    spin_lock(&c->wait.lock);
    bool ok = c->done > 0;
    if (ok && c->done != DONE_FOR_EVER)
        c->done--;
    spin_unlock(&c->wait.lock);
    return ok;
}

int completion_wait(struct completion *c, enum wait_mode mode, u64 deadline_ns)
{
    return wait_event_until(&c->wait, mode, deadline_ns, take(c));
}

/* Wakes all that wait, and one takes it: two waiters for one completion are rare. */
void complete(struct completion *c)
{
    spin_lock(&c->wait.lock);
    if (c->done != DONE_FOR_EVER)
        c->done++;
    waitq_wake_all_locked(&c->wait, 0);
    spin_unlock(&c->wait.lock);
}

void complete_all(struct completion *c)
{
    spin_lock(&c->wait.lock);
    c->done = DONE_FOR_EVER;
    waitq_wake_all_locked(&c->wait, 0);
    spin_unlock(&c->wait.lock);
}
