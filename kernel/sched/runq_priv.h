/* What the files of sched/ share: the runqueues and the operations on them.
 */
#pragma once
#include "sched/core.h"

extern struct runq runqs[MAX_CPUS];

/* The table of policies (linker.ld), and the idle class, which is not in it. */
extern const struct sched_policy *const __sched_policies_start[];
extern const struct sched_policy *const __sched_policies_end[];
extern const struct sched_policy policy_idle;

/* The asm makes the compiler keep the address: it would compute it anew at each use. */
static inline struct runq *runq_of(unsigned cpu)
{
    struct runq *rq = &runqs[cpu];
    asm("" : "+r"(rq));
    return rq;
}

static inline struct runq *this_runq(void)
{
    return runq_of(cpu_id());
}

static inline bool runq_is_idle(const struct runq *rq)
{
    return rq->current == rq->idle;
}

/* Lock this CPU's runqueue; the runqueue that t belongs to. */
struct runq *runq_lock_this(void);
struct runq *runq_lock_of(struct thread *t);
/* Put t, whose cpu is rq's, into the queue of its policy / take it out. */
void runq_add(struct runq *rq, struct thread *t, enum enqueue_reason why) REQUIRES(&rq->lock);
void runq_remove(struct runq *rq, struct thread *t) REQUIRES(&rq->lock);
/* Ask rq's CPU to switch at its next trap exit, and see to it that it comes there soon. */
void runq_request_switch(struct runq *rq) REQUIRES(&rq->lock);
/* Take a thread in state `from` (NEW, BLOCKED, MOVING) to the CPU where it had best run. False: it
 * was in another state, and nothing changed, but that a BLOCKED one that was awaited found its wake
 * token. */
bool sched_place(struct thread *t, enum tstate from, enum enqueue_reason why);

/* switch.c: leave prev for next. Drops rq->lock, on next's stack. Returns when prev runs again. */
void context_switch(struct runq *rq, struct thread *prev, struct thread *next) RELEASE(&rq->lock);

/* thread.c, at boot: caches, before anything else; the idle thread of a CPU, made of the context
 * that runs there. */
void thread_init(void);
struct thread *thread_adopt_idle(unsigned cpu);
/* Free what t is made of: nobody refers to it. Interrupts on, no spinlock held. */
void thread_release(struct thread *t);
/* reaper.c: the scheduler's reference to a thread that has just left its stack for ever. Any
 * context. */
void thread_put_dead(struct thread *t);

/* threadtab.c: enter t under `id`, or under a new number if id is 0 (false: taken, none left, or no
 * memory); take it out; for a dump, call print for the first many, without a lock. */
bool thread_table_add(struct thread *t, u64 id);
void thread_table_remove(struct thread *t);
void thread_table_dump(void (*print)(const struct thread *, void *), void *arg);

/* dump.c, at boot; timer.c: print the timers of a CPU, as part of a dump. */
void sched_dump_init(void);
void timer_dump(unsigned cpu);

/* End of the road, in core.c: never come back to the current thread. */
NORETURN void sched_exit(void);

/* balance.c: the CPU where t had best run, given that it was on `home`. */
unsigned balance_place(const struct thread *t, unsigned home);
/* A thread that may run on `allowed` waits behind another: if a CPU is idle, have it look. */
void balance_kick(cpumask_t allowed);
/* Bring a thread here from a CPU that has at least `least` waiting. True: there is one more here
 * now. */
bool balance_pull(struct runq *to, unsigned least);
/* Busy CPUs, at the end of each slice. No lock held. */
void balance_tick(struct runq *rq);
/* CPU says of itself that it has nothing to do; a waker, or the CPU itself, says that it has. */
void balance_idle_begin(unsigned cpu);
void balance_idle_end(unsigned cpu);
