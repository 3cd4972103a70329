/* The scheduler's core: one runqueue a CPU, a policy that orders it, and the rule that only a trap's exit preempts.
 */
#pragma once
#include "sched/policy.h"
#include "sched/thread.h"

/* Give up the CPU as the state of the current thread says. Called by wait code and by trap exit; interrupts on or
 * off, no spinlock held. Returns when the thread runs again, perhaps on another CPU. */
void schedule(void);
/* Trap exit found WORK_RESCHED: put the current thread back and pick again. */
void sched_preempt(void);
/* sched_yield(2). */
void sched_yield(void);
/* Make a blocked thread runnable, or leave a token so that its coming block returns at once. Takes only a runqueue
 * lock: any layer from sched up may call it under its own spinlock. Returns true if it was blocked. */
bool thread_wake(struct thread *t);
/* Change the CPUs a thread may use; migrates it if it must. -EINVAL: none of them online. */
MUST_CHECK int sched_set_affinity(struct thread *t, cpumask_t mask);
/* Request a switch on this CPU at the next trap exit. */
void sched_request(struct thread *t);
/* Is there preemption to be done at this trap exit? */
static inline bool sched_should_preempt(const struct thread *t)
{
    return (t->work & WORK_RESCHED) && t->ctx.preempt_depth == 0;
}

/* Boot: the runqueues and the boot CPU's idle thread (the caller's context becomes it); then each AP. */
void sched_init(void);
void sched_init_cpu(void);
/* The idle loop; each CPU's boot context ends here. */
NORETURN void sched_idle(void);

/* Time accounting at each boundary crossing: raw ticks, three instructions and an rdtsc (sched/account.c). */
enum cpu_mode { MODE_USER, MODE_SYSTEM, MODE_IDLE, MODE_IRQ, MODE_COUNT };
struct cpu_times { u64 ns[MODE_COUNT]; u64 switches; };
void sched_cpu_times(unsigned cpu, struct cpu_times *out);
u64 sched_runnable(void);       /* threads running or ready on all CPUs: for load averages */
u64 sched_switches(void);
