/* Who a thread acts for, and how much it may use. Policy lives in proc/ and sys/; these are just
 * the records.
 *
 * A cred is immutable once shared: a change makes a copy, edits it and puts it in the place of the
 * old one. Threads of a process have their own pointers. A typical sequence is
 *
 *     new = cred_clone(cred_current());
 *     new->euid = uid;
 *     old = t->cred;
 *     t->cred = new;
 *     cred_put(old);
 */
#pragma once
#include "abi/resource.h"
#include "debug/assert.h"
#include "lib/types.h"
#include "lock/refcount.h"
#include "sched/thread.h"

enum { CRED_GROUPS = 32 };
struct cred {
    struct refcount refs;
    u32 uid, euid, suid, fsuid;
    u32 gid, egid, sgid, fsgid;
    u32 ngroups, groups[CRED_GROUPS];
};
extern struct cred root_cred;

struct cred *cred_get(struct cred *c);
void cred_put(struct cred *c); /* NULL is fine */
/* A copy with one reference, to be edited before anybody else sees it. NULL: -ENOMEM. */
MUST_CHECK struct cred *cred_clone(const struct cred *c);
/* The running thread's (kernel threads act for root); no reference is taken: nobody else changes
 * it. */
struct cred *cred_current(void);

/* Resource limits of one process, shared by its threads. Read without a lock (each value is one
 * word). */
struct limits {
    struct rlimit rlim[RLIM_NLIMITS];
};
/* What process 1 starts with, and everybody inherits. */
void limits_init(struct limits *l);
/* The soft limit of the running process (RLIM_INFINITY for kernel threads). */
static inline u64 limit_current(unsigned resource)
{
    ASSERT(resource < RLIM_NLIMITS);
    const struct limits *l = thread_current()->limits;
    return l ? READ_ONCE(l->rlim[resource].rlim_cur) : RLIM_INFINITY;
}
