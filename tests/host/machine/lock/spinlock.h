/* spinlock.h for host tests, in the place of the kernel's: one thread runs, so a lock only checks
 * that it is used as one. */
#pragma once

#include <stdatomic.h>
#include "debug/assert.h"
#include "lib/thread_safety.h"
#include "lib/types.h"
#include "lock/rank.h"
#include "x86/percpu.h"

struct spinlock {
    bool held;
    u16 rank;
    const char *name;
};

#define SPINLOCK_INIT(lockname, lockrank)                                                          \
    {                                                                                              \
        .rank = (lockrank), .name = (lockname)                                                     \
    }

static inline void spin_init(struct spinlock *l, const char *name, unsigned rank)
{
    *l = (struct spinlock){false, (u16)rank, name};
}

static inline void spin_lock(struct spinlock *l)
{
    ASSERT(!l->held);
    l->held = true;
    host_ctx.spin_depth++;
}

static inline void spin_unlock(struct spinlock *l)
{
    ASSERT(l->held);
    l->held = false;
    host_ctx.spin_depth--;
}
