/* Spinlocks: for a few instructions, between CPUs and against interrupts.
 *
 * The first spinlock that a context takes turns interrupts off on its CPU and the last one it drops restores
 * them (ctx.spin_depth), so an interrupt handler can never spin on a lock that its own CPU holds, and nobody
 * sleeps or is preempted while holding one. A ticket lock: served in order of arrival.
 * With `check=lock` every acquisition is checked against the ranks (rank.h); a breach panics and names both places.
 */
#pragma once
#include "lib/types.h"
#include "lib/thread_safety.h"
#include "lock/rank.h"

struct CAPABILITY("spinlock") spinlock {
    _Atomic u32 next;           /* the ticket that the next comer draws */
    _Atomic u32 serving;        /* the ticket that holds the lock */
    u16 rank;
    const char *name;
    struct ctx *owner;          /* for asserts and reports */
};

#define SPINLOCK_INIT(lockname, lockrank) {.rank = (lockrank), .name = (lockname)}
void spin_init(struct spinlock *l, const char *name, unsigned rank);
/* Any context but NMI. Interrupts are off from here to spin_unlock. */
void spin_lock(struct spinlock *l) ACQUIRE(l);
bool spin_trylock(struct spinlock *l) TRY_ACQUIRE(true, l);
void spin_unlock(struct spinlock *l) RELEASE(l);
/* Two locks of equal rank, in address order (a == b takes one). */
void spin_lock_pair(struct spinlock *a, struct spinlock *b);
void spin_unlock_pair(struct spinlock *a, struct spinlock *b);
/* Does the running context hold l? */
bool spin_is_held(const struct spinlock *l);

/* For sleeping locks (sync/) and for places that must hold nothing: the same checker. */
void lockcheck_acquire(const void *lock, const char *name, unsigned rank, u64 caller);
void lockcheck_release(const void *lock);
/* Assert that the running context holds no spinlock (it is about to sleep) ... */
void assert_no_spinlock(void);
/* ... and, with check=lock, no lock of any kind of `layer` or below, as before copying to a program or calling an
 * open table. */
void assert_no_lock_upto(enum layer layer);
/* Read the command line's check= once; called by lock_init. */
extern bool lockcheck_on;
void lock_init(void);
