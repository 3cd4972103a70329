/* One-shot timers: a tree per CPU ordered by deadline, and the local APIC armed for the first.
 *
 * The end of the scheduler's slice is the same queue's business, so a CPU that has nothing to time
 * takes no interrupt.
 */
#pragma once
#include "lib/rbtree.h"
#include "lib/types.h"

struct timer {
    struct rb_node node;
    u64 deadline_ns;             /* now_ns scale */
    void (*fn)(struct timer *t); /* hard-interrupt context, no lock held (an open table); may start
                                    t again, must not cancel it */
    unsigned cpu;                /* whose queue it is in, or was in last */
    bool armed;
};

void timer_init(struct timer *t, void (*fn)(struct timer *));
/* Arm (or re-arm) for deadline_ns, on this CPU. In the past: fn runs as soon as interrupts are on.
 * Any context but NMI. Starting and cancelling one timer at the same time is for its owner to
 * exclude. */
void timer_start(struct timer *t, u64 deadline_ns);
/* The same on another CPU, which is interrupted for it. */
void timer_start_on(struct timer *t, u64 deadline_ns, unsigned cpu);
/* Disarm; when it returns, fn does not run and will not. True if it was armed, so that fn was not
 * called for the last timer_start. Not from fn itself. If fn runs on another CPU it is waited for,
 * so hold no spinlock that fn takes. */
bool timer_cancel(struct timer *t);

/* Trap code: the timer interrupt of this CPU. */
void timer_interrupt(void);
/* Core: the slice of what runs here ends at deadline_ns (0: never). Interrupts off. */
void timer_set_slice(u64 deadline_ns);
/* Boot: this CPU's queue is empty and its hardware disarmed. */
void timer_init_cpu(void);
