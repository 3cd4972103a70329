/* What the lowest layers must know of the thread that runs: its stack, its name, what it holds.
 *
 * struct ctx is the first member of struct thread (sched/thread.h), and this_cpu()->current points
 * to it, so that lock/ and debug/ can see the running thread without knowing what a thread is. Each
 * field is written only by the context itself (or by whoever creates it), so none needs a lock.
 */
#pragma once
#include "lib/types.h"

struct spinlock;

enum { CTX_NAME_LEN = 16, CTX_HELD_MAX = 16, HELD_CALLERS = 4 };

struct held_lock {
    const void *lock; /* a spinlock or a mutex: the address names it */
    const char *name;
    u64 since_tsc;
    u32 callers[HELD_CALLERS]; /* who took it, for whom ...: offsets from KERNEL_BASE; 0: no more */
    u16 rank;                  /* layer * 16 + sub-rank (lock/rank.h) */
    bool sleeps;               /* a lock of sync/: may be held across a switch */
    bool in_irq;               /* taken by an interrupt handler that borrowed this context */
};

/* What a context is waiting for, for reports (lock/lockwait.h). */
struct lock_wait {
    const void *lock; /* NULL: for no lock */
    const char *name;
    const void *owner; /* the lock's word that points to its owner's ctx, lowest bits aside */
    u64 since_tsc;
};

struct ctx {
    u64 id; /* thread id; 0 for the boot context and the idle threads */
    char name[CTX_NAME_LEN];
    vaddr_t stack_lo, stack_hi; /* the kernel stack: [lo, hi) */
    u64 canary;                 /* copied to percpu.canary when this context runs */
    u32 preempt_depth;          /* > 0: must not be switched away from by a trap's exit */
    u32 spin_depth;             /* spinlocks held; the first one turned interrupts off ... */
    u64 irq_flags;          /* ... and these are the flags before it: the last unlock restores IF */
    struct lock_wait waits; /* set only while it waits */
    bool nofault;           /* a fault on user memory returns -EFAULT at once (copy_*_nofault) */
    u32 fail_nth;           /* > 0: so many allocations from now, one fails (mm/frame_priv.h) */
    u16 nheld;              /* entries of held[] in use (check=lock) */
    struct held_lock held[CTX_HELD_MAX];
};
