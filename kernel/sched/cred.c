/* Credentials: counting references to immutable records (cred.h).
 */
#include "sched/cred.h"
#include "mm/slab.h"
#include "sched/thread.h"

/* All zero: user and group 0, no further groups. Never freed: the first reference is its own. */
struct cred root_cred = {.refs = REFCOUNT_INIT(1)};

struct cred *cred_get(struct cred *c)
{
    refcount_get(&c->refs);
    return c;
}

void cred_put(struct cred *c)
{
    if (c && refcount_put(&c->refs))
        kfree(c);
}

struct cred *cred_clone(const struct cred *c)
{
    struct cred *copy = kmalloc(sizeof *copy);
    if (copy) {
        *copy = *c;
        refcount_init(&copy->refs, 1);
    }
    return copy;
}

struct cred *cred_current(void)
{
    struct cred *c = thread_current()->cred;
    return c ? c : &root_cred;
}
