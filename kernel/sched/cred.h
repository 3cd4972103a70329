/* Who a thread acts for, and how much it may use. Policy lives in proc/ and sys/; these are just the records.
 *
 * A cred is immutable once shared: a change makes a new one (issue: users). Reference counted.
 */
#pragma once
#include "abi/resource.h"
#include "lib/types.h"

enum { CRED_GROUPS = 32 };
struct cred {
    _Atomic u32 refs;
    u32 uid, euid, suid, fsuid;
    u32 gid, egid, sgid, fsgid;
    u32 ngroups, groups[CRED_GROUPS];
};
extern struct cred root_cred;
struct cred *cred_get(struct cred *c);
void cred_put(struct cred *c);

/* Resource limits of one process, shared by its threads. Read without a lock (each value is one word). */
struct limits {
    struct rlimit rlim[RLIM_NLIMITS];
};
void limits_init(struct limits *l);
/* The soft limit of the running process (RLIM_INFINITY for kernel threads). */
u64 limit_current(unsigned resource);
