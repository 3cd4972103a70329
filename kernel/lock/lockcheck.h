/* The lock checker: with check=lock on the command line, every acquisition is checked before it may
 * block.
 *
 * Each context carries the list of locks that it holds (x86/context.h). The rules:
 *   order      a lock's rank is below the ranks of all locks held: so no circle of waiting can
 * form, ever recursion  nobody takes a lock that it holds sleeping   no lock that may sleep is
 * taken in an interrupt handler or under a spinlock An interrupt handler borrows the context of
 * whoever it interrupted. Its spinlocks are ordered among themselves only: the interrupted code
 * holds no spinlock (it would have had interrupts off), and its sleeping locks cannot be waited for
 * by anyone who keeps the handler waiting, since nobody sleeps under a spinlock. A breach panics
 * and names both places. Off, the checker costs one predicted branch.
 */
#pragma once
#include "lib/types.h"
#include "lock/rank.h"

struct ctx;
struct held_lock;

extern bool lockcheck_on;

/* A lock of sync/ is about to be taken by `caller`, and has been released. Does nothing with the
 * checker off. */
void lockcheck_acquire(const void *lock, const char *name, unsigned rank, u64 caller);
void lockcheck_release(const void *lock);
/* The same after a successful try: noted as held, its order is not checked, since a try never
 * waits. */
void lockcheck_acquired_try(const void *lock, const char *name, unsigned rank, u64 caller);

/* For spinlock.h, when lockcheck_on. */
void lockcheck_spin(const void *lock, const char *name, unsigned rank);
void lockcheck_spin_try(const void *lock, const char *name, unsigned rank);
void lockcheck_spin_second(const void *lock, const char *name, unsigned rank);
void lockcheck_pass(const void *lock, struct ctx *to);
/* For lockwait.c: the running context had to wait for a lock on its list, and holds it from now. */
void lockcheck_waited(const void *lock);
/* For reports: "thread_wake+0x24 < waitq_wake_one < sem_up", who took h, into buf. */
const char *lockcheck_where(const struct held_lock *h, char *buf, size_t len);
/* "sched", the layer that a rank belongs to. */
const char *lock_layer_name(unsigned rank);

NORETURN void lockcheck_sleeps_under_spinlock(void);

/* Assert that the running context holds no spinlock and, with check=lock, no lock of any kind of
 * `layer` or below, as before copying to a program or calling an open table. */
void assert_no_lock_upto(enum layer layer);

/* How a breach is reported: panics. A test puts its own function here, notes the text and goes on.
 */
extern void (*lockcheck_report)(const char *text);
