/* Spinlocks: for a few instructions, between CPUs and against interrupts.
 *
 * The first spinlock that a context takes turns interrupts off on its CPU and the last one it drops
 * restores them (ctx.spin_depth), so an interrupt handler can never spin on a lock that its own CPU
 * holds, and nobody sleeps or is preempted while holding one. A ticket lock: whoever comes draws a
 * number, and the numbers are served in turn, so that no CPU starves. With `check=lock` every
 * acquisition is checked against the ranks (lockcheck.h).
 */
#pragma once
#include <stdatomic.h>
#include "lib/thread_safety.h"
#include "lib/types.h"
#include "lock/lockcheck.h"
#include "lock/rank.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/trapframe.h"

struct CAPABILITY("spinlock") spinlock {
    _Atomic u32 next;    /* the ticket that the next comer draws */
    _Atomic u32 serving; /* the ticket that holds the lock */
    struct ctx *owner;   /* for asserts and reports */
    const char *name;
    u16 rank;
};

#define SPINLOCK_INIT(lockname, lockrank)                                                          \
    {                                                                                              \
        .rank = (lockrank), .name = (lockname)                                                     \
    }
void spin_init(struct spinlock *l, const char *name, unsigned rank);

/* Take the lock if nobody holds it. Never waits, so it may break the rank order. */
bool spin_trylock(struct spinlock *l) TRY_ACQUIRE(true, l);
/* Make `to` the owner of l, which the caller holds: the scheduler's lock changes hands with the
 * CPU. The unlock happens in `to`, and restores the interrupt state that `to` had. */
void spin_pass(struct spinlock *l, struct ctx *to) REQUIRES(l);

/* The slow paths of the inline functions below. */
void spin_lock_two(struct spinlock *a, struct spinlock *b) ACQUIRE(a, b);
void spin_wait(struct spinlock *l, u32 ticket);
NORETURN void spin_bad_unlock(const struct spinlock *l);

/* Does the running context hold l? */
static inline bool spin_is_held(const struct spinlock *l)
{
    return l->owner == ctx_current();
}

/* irq_flags is written after cli: an interrupt handler that strikes before it borrows the context,
 * and would leave its own flags there. */
static inline void spin_enter(struct ctx *c)
{
    if (c->spin_depth == 0)
        asm volatile("pushfq; cli; popq %0" : "=m"(c->irq_flags)::"memory");
    c->spin_depth++;
}

static inline void spin_leave(struct ctx *c)
{
    barrier();
    if (--c->spin_depth == 0 && (c->irq_flags & RFLAGS_IF))
        irqs_on();
}

/* Any context but NMI. Interrupts are off from here to spin_unlock. */
static ALWAYS_INLINE void spin_lock(struct spinlock *l) ACQUIRE(l) NO_THREAD_SAFETY_ANALYSIS
{
    struct ctx *c = ctx_current();
    spin_enter(c);
    if (unlikely(lockcheck_on))
        lockcheck_spin(l, l->name, l->rank);
    u32 ticket = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);
    /* acquire: pairs with the release in spin_unlock, so that we see all that the last holder wrote
     */
    if (unlikely(atomic_load_explicit(&l->serving, memory_order_acquire) != ticket))
        spin_wait(l, ticket);
    l->owner = c;
}

static ALWAYS_INLINE void spin_unlock(struct spinlock *l) RELEASE(l) NO_THREAD_SAFETY_ANALYSIS
{
    struct ctx *c = ctx_current();
    if (unlikely(l->owner != c))
        spin_bad_unlock(l);
    if (unlikely(lockcheck_on))
        lockcheck_release(l);
    l->owner = NULL;
    /* Only the holder writes `serving`, so an addition in two steps does. After this store the lock
     * may be taken, released and freed by others: it is not touched again. */
    u32 mine = atomic_load_explicit(&l->serving, memory_order_relaxed);
    atomic_store_explicit(&l->serving, mine + 1, memory_order_release);
    spin_leave(c);
}

/* Two locks of equal rank, in address order (a == b takes one). */
static inline void spin_lock_pair(struct spinlock *a, struct spinlock *b)
    ACQUIRE(a, b) NO_THREAD_SAFETY_ANALYSIS
{
    if (a == b)
        spin_lock(a);
    else
        spin_lock_two(a, b);
}

static inline void spin_unlock_pair(struct spinlock *a, struct spinlock *b)
    RELEASE(a, b) NO_THREAD_SAFETY_ANALYSIS
{
    spin_unlock(a);
    if (a != b)
        spin_unlock(b);
}

/* Assert that the running context holds no spinlock: it is about to sleep. */
static inline void assert_no_spinlock(void)
{
    if (unlikely(ctx_current()->spin_depth > 0))
        lockcheck_sleeps_under_spinlock();
}

void lock_init(void);
