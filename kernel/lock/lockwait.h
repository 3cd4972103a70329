/* Who waits for which lock: noted on the slow paths alone, so that a report of a hang can say who
 * keeps whom waiting, with the lock checker on or off.
 */
#pragma once
#include "x86/clock.h"
#include "x86/percpu.h"

struct spinlock;

/* The running context is about to wait for a lock; `owner` is the address of the word in it that
 * points to its owner's context (the lowest bits may mean something else; 0: nobody known). Returns
 * what to hand to lock_wait_end: an interrupt handler borrows the context of whoever it struck,
 * which may itself be waiting. Any context but NMI. */
static inline struct lock_wait lock_wait_begin(const void *lock, const char *name,
                                               const void *owner)
{
    struct ctx *c = ctx_current();
    struct lock_wait before = c->waits;
    c->waits = (struct lock_wait){.name = name, .owner = owner, .since_tsc = rdtsc()};
    WRITE_ONCE(c->waits.lock, lock);
    return before;
}

/* It has the lock, or has given up. */
void lock_wait_end(struct lock_wait before);

/* For reports, without trust in what they read: the context that owns the lock that c waits for,
 * NULL if c waits for none or nobody is known to own it. */
const struct ctx *lock_wait_owner(const struct ctx *c);
/* Print what c holds and what it waits for, one line each, to the log as last words (KLOG_CRIT),
 * and the circle, if c waits for itself by way of others. */
void lock_dump_ctx(const struct ctx *c);
