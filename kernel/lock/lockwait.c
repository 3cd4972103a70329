/* Waits for locks in reports (lockwait.h): who holds what somebody waits for, and whether that one
 * waits too.
 */
#include "lock/lockwait.h"
#include "debug/dump.h"
#include "lib/klog.h"
#include "lock/lockcheck.h"
#include "lock/spinlock.h"

enum { CHAIN_MAX = 8 };
#define OWNER_BITS 7ull

void lock_wait_end(struct lock_wait before)
{
    struct ctx *c = ctx_current();
    lockcheck_waited(c->waits.lock);
    c->waits = before;
}

/* The owner's word may change or go while we look; what it says is checked, not believed. */
const struct ctx *lock_wait_owner(const struct ctx *c)
{
    const u64 *word = c->waits.owner;
    if (!READ_ONCE(c->waits.lock) || !dump_readable(word, sizeof *word))
        return NULL;
    const struct ctx *owner = (const struct ctx *)(READ_ONCE(*word) & ~OWNER_BITS);
    return dump_readable(owner, sizeof *owner) ? owner : NULL;
}

static u64 age_ms(u64 since_tsc)
{
    return tsc_to_ns(rdtsc() - since_tsc) / NS_PER_MS;
}

static void dump_wait(const struct ctx *c)
{
    const struct ctx *owner = lock_wait_owner(c);
    u64 ms = age_ms(c->waits.since_tsc);
    if (owner)
        klog_at(KLOG_CRIT, "  waits for \"%s\" (%p) for %lu.%03lu s, held by thread %lu (%.*s)",
                dump_string(c->waits.name), c->waits.lock, ms / 1000, ms % 1000, owner->id,
                CTX_NAME_LEN, owner->name);
    else
        klog_at(KLOG_CRIT, "  waits for \"%s\" (%p) for %lu.%03lu s", dump_string(c->waits.name),
                c->waits.lock, ms / 1000, ms % 1000);
}

static void dump_held(const struct held_lock *h)
{
    char where[112];
    u64 ms = age_ms(h->since_tsc);
    klog_at(KLOG_CRIT, "  holds \"%s\" (%p, %s.%u) for %lu.%03lu s, taken at %s",
            dump_string(h->name), h->lock, lock_layer_name(h->rank), h->rank % 16, ms / 1000,
            ms % 1000, lockcheck_where(h, where, sizeof where));
}

/* c waits for a lock whose owner waits for one ... whose owner is c. */
static bool waits_for_itself(const struct ctx *c)
{
    const struct ctx *o = lock_wait_owner(c);
    for (unsigned i = 0; i < CHAIN_MAX && o && o != c; i++)
        o = lock_wait_owner(o);
    return o == c;
}

static void dump_circle(const struct ctx *c)
{
    const struct ctx *o = c;
    klog_at(KLOG_CRIT, "  DEADLOCK:");
    do {
        const struct ctx *next = lock_wait_owner(o);
        if (!next)
            return; /* it has just been resolved */
        klog_at(KLOG_CRIT, "    thread %lu (%.*s) waits for \"%s\", held by thread %lu (%.*s)",
                o->id, CTX_NAME_LEN, o->name, dump_string(o->waits.name), next->id, CTX_NAME_LEN,
                next->name);
        o = next;
    } while (o != c);
}

void lock_dump_ctx(const struct ctx *c)
{
    for (unsigned i = 0; i < c->nheld && i < CTX_HELD_MAX; i++)
        if (c->held[i].lock != c->waits.lock)
            dump_held(&c->held[i]);
    if (c->spin_depth > 0 && c->nheld == 0)
        klog_at(KLOG_CRIT, "  holds or waits for %u spinlock(s): check=lock tells which",
                c->spin_depth);
    if (!READ_ONCE(c->waits.lock))
        return;
    dump_wait(c);
    if (waits_for_itself(c))
        dump_circle(c);
}
