/* What a scheduler is: a table of functions over one runqueue. Adding one is adding a file
 * policy_NAME.c.
 *
 * Every function is called with the runqueue's lock held and interrupts off, and must not sleep,
 * allocate or wake. A nested table (DESIGN, "Interfaces"): a policy takes no lock. Policies do not
 * see each other; the core asks the classes in order and runs the first thread offered.
 */
#pragma once
#include "lib/types.h"
#include "lock/spinlock.h"

struct thread;
struct sched_param;

/* Why a thread enters a queue. PREEMPTED: it was running here and could go on. */
enum enqueue_reason { ENQ_NEW, ENQ_WAKE, ENQ_PREEMPTED, ENQ_MIGRATED };

/* The order in which the core asks; of the normal policies one is chosen at boot (sched=NAME). */
enum sched_class { CLASS_DEADLINE, CLASS_REALTIME, CLASS_NORMAL, CLASS_IDLE, CLASS_COUNT };

enum { RUNQ_POLICY_BYTES = 256 };
/* One per CPU. key: r = its lock, c = fixed at boot */
struct runq {
    struct spinlock lock;
    unsigned cpu;    /* (c) */
    unsigned nready; /* (r) threads enqueued, the running one not counted; read without
                        the lock by CPUs that look for work */
    struct thread *current, *idle; /* (r), (c) */
    struct thread *prev; /* (r) switched away from, its stack still in use (switch_finish) */
    u64 switches;        /* (r) */
    ALIGNED(64) char policy_state[RUNQ_POLICY_BYTES]; /* (r) the normal policy's queues */
};

struct sched_policy {
    const char *name;
    enum sched_class class;
    /* The policy's own part of a runqueue. A class above normal keeps an array by rq->cpu instead.
     */
    void (*init_runq)(struct runq *rq);
    /* t comes to (leaves) this policy: initialise (give up) t->policy_state. It is in no queue. */
    void (*attach)(struct thread *t);
    void (*detach)(struct thread *t);
    void (*enqueue)(struct runq *rq, struct thread *t, enum enqueue_reason why);
    void (*dequeue)(struct runq *rq, struct thread *t);
    struct thread *(*pick_next)(struct runq *rq); /* removes it; NULL: nothing of this class */
    void (*charge)(struct runq *rq, struct thread *cur, u64 ran_ns);
    u64 (*slice_ns)(struct runq *rq, struct thread *t); /* how long t may run now; 0: no limit */
    void (*yield)(struct runq *rq, struct thread *cur); /* cur is enqueued (PREEMPTED) afterwards */
    bool (*preempts)(struct runq *rq, struct thread *cur, struct thread *woken);
    /* Removes a thread that may run on for_cpu, the one that misses this CPU least; NULL: none. */
    struct thread *(*steal)(struct runq *rq, unsigned for_cpu);
    int (*set_param)(struct thread *t, const struct sched_param *param);
};

/* Put a policy in the table (a linker section; nothing else is edited). */
#define SCHED_POLICY(p)                                                                            \
    static const struct sched_policy *const sched_policy_entry_##p                                 \
        __attribute__((used, section("sched_policies"))) = &p

/* By name, NULL if there is none. */
const struct sched_policy *sched_policy_find(const char *name);
/* The i-th policy of the table, NULL past the end: for listings. */
const struct sched_policy *sched_policy_at(unsigned i);
/* The policy of each class, NULL where the kernel has none. */
extern const struct sched_policy *sched_classes[CLASS_COUNT];
/* Boot: fill in sched_classes as the command line says (sched=NAME; unknown: warn and use rr). */
void sched_policy_init(void);
