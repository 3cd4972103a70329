/* A count of references: whoever drops the last one frees the object.
 *
 * A count that runs away (a leak of 2^31 references) sticks at its ceiling: the object then lives
 * for ever, which is better than being freed while in use. Taking a reference to an object that
 * nobody holds is a bug, and asserted.
 */
#pragma once
#include <stdatomic.h>
#include "debug/assert.h"
#include "lib/types.h"

struct refcount {
    _Atomic u32 n;
};
#define REFCOUNT_INIT(count)                                                                       \
    {                                                                                              \
        .n = (count)                                                                               \
    }
#define REFCOUNT_STUCK 0x80000000u

static inline void refcount_init(struct refcount *r, u32 count)
{
    atomic_store_explicit(&r->n, count, memory_order_relaxed);
}

static inline u32 refcount_read(const struct refcount *r)
{
    return atomic_load_explicit(&r->n, memory_order_relaxed);
}

/* One more; the caller has one already, so the object cannot vanish meanwhile. */
static inline void refcount_get(struct refcount *r)
{
    u32 old = atomic_fetch_add_explicit(&r->n, 1, memory_order_relaxed);
    ASSERT(old != 0);
    if (unlikely(old >= REFCOUNT_STUCK))
        refcount_init(r, REFCOUNT_STUCK);
}

/* One more, unless the object is dying: for look-ups, under the lock that the dying one must take
 * to leave the table. */
static inline bool refcount_get_unless_zero(struct refcount *r)
{
    u32 old = atomic_load_explicit(&r->n, memory_order_relaxed);
    while (old != 0)
        if (atomic_compare_exchange_weak_explicit(&r->n, &old, old + (old < REFCOUNT_STUCK),
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    return false;
}

/* One less. True: it was the last, and the caller must free the object.
 * release: what this holder did to the object comes before; acquire: the one who frees it sees what
 * all others did. */
static inline MUST_CHECK bool refcount_put(struct refcount *r)
{
    u32 old = atomic_fetch_sub_explicit(&r->n, 1, memory_order_acq_rel);
    ASSERT(old != 0);
    if (unlikely(old >= REFCOUNT_STUCK)) {
        refcount_init(r, REFCOUNT_STUCK);
        return false;
    }
    return old == 1;
}
