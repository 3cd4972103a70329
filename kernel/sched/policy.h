/* What a scheduler is: a table of functions over one runqueue. Adding one is adding a file policy_NAME.c.
 *
 * Every function is called with the runqueue's lock held and interrupts off, and must not sleep, allocate or wake.
 * A nested table (DESIGN, "Interfaces"): a policy takes no lock. Policies do not see each other; the core asks the
 * classes in order (edf > rt > normal > idle) and runs the first thread offered.
 */
#pragma once
#include "lib/types.h"
#include "lock/spinlock.h"

struct thread;
struct runq;
struct sched_param;

enum enqueue_reason { ENQ_NEW, ENQ_WAKE, ENQ_PREEMPTED, ENQ_MIGRATED };

struct sched_policy {
    const char *name;               /* chosen at boot (sched=fifo) or at run time */
    void (*init_runq)(struct runq *);                             /* the policy's own part of a runqueue */
    void (*attach)(struct thread *);                              /* initialise policy_state */
    void (*detach)(struct thread *);
    void (*enqueue)(struct runq *, struct thread *, enum enqueue_reason);
    void (*dequeue)(struct runq *, struct thread *);
    struct thread *(*pick_next)(struct runq *);                   /* removes it; NULL: nothing */
    void (*charge)(struct runq *, struct thread *cur, u64 ran_ns);
    u64  (*slice_ns)(struct runq *, struct thread *);             /* 0: no timer, tickless */
    void (*yield)(struct runq *, struct thread *cur);
    bool (*preempts)(struct runq *, struct thread *cur, struct thread *woken);
    struct thread *(*steal)(struct runq *, unsigned for_cpu);     /* removes it; NULL: nothing to give */
    int  (*set_param)(struct thread *, const struct sched_param *);
};

/* Put a policy in the table (linker section; nothing else is edited). */
#define SCHED_POLICY(p)                                                                            \
    static const struct sched_policy *const sched_policy_entry_##p                                 \
        __attribute__((used, section(".sched_policies"))) = &p
/* By name, NULL if there is none. */
const struct sched_policy *sched_policy_find(const char *name);

enum { RUNQ_POLICY_BYTES = 256 };
struct runq {
    struct spinlock lock;
    unsigned cpu;
    unsigned nready;                /* threads enqueued, the running one not counted */
    struct thread *current, *idle;
    struct thread *prev;            /* switched away from, not yet marked off (switch_finish) */
    u64 switches;
    ALIGNED(64) char policy_state[RUNQ_POLICY_BYTES];   /* the normal policy's queues */
};
