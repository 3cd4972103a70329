/* One-shot timers: a tree per CPU ordered by deadline, and the local APIC armed for the first.
 *
 * The scheduler's slice end is the same queue's business, so a CPU that has nothing to time takes no interrupt.
 */
#pragma once
#include "lib/rbtree.h"
#include "lib/types.h"

struct timer {
    struct rb_node node;
    u64 deadline_ns;
    void (*fn)(struct timer *);     /* hard-interrupt context: leaf locks and wake-ups only */
    int cpu;                        /* whose queue it is in; -1: in none */
    bool running;
};

void timer_init(struct timer *t, void (*fn)(struct timer *));
/* Arm (or re-arm) for deadline_ns on this CPU's queue. Any context. */
void timer_start(struct timer *t, u64 deadline_ns);
/* Disarm; when it returns, fn does not run and will not. True if it was armed. Not from fn itself; interrupts may be
 * off only if the caller cannot be what fn waits for. */
bool timer_cancel(struct timer *t);
/* Trap code: the timer interrupt of this CPU. */
void timer_interrupt(void);
/* Core: this CPU's slice ends at deadline_ns (0: no slice). */
void timer_set_slice(u64 deadline_ns);
