/* The scheduler's core: one runqueue a CPU, a policy that orders it, and the rule that only a
 * trap's exit preempts. (In the code: core.c decides who runs, switch.c makes it so, policy_*.c
 * keep the order.)
 */
#pragma once
#include "sched/policy.h"
#include "sched/thread.h"

/* Put the current thread back into the queue and run whoever is next, perhaps itself again.
 * Interrupts on or off, no spinlock held. Returns when the thread runs again, perhaps on another
 * CPU. */
void schedule(void);
/* Trap exit found sched_should_preempt: schedule, and count it as involuntary. */
void sched_preempt(void);
/* sched_yield(2): let the others in the queue go first. */
void sched_yield(void);
/* Sleep until thread_wake, or return at once if a wake has come since wait_begin. Use wait.h
 * instead. */
void sched_block(void);

/* Make a blocked thread runnable, or leave a token so that its coming block returns at once. The
 * caller knows that t still exists. Takes only runqueue locks: any layer from sched up may call it
 * under its own spinlock, any context but NMI. Returns true if t was blocked. */
bool thread_wake(struct thread *t);

/* Change the CPUs a thread may use. When this returns it is on none of the others: if it waits it
 * is moved, if it runs elsewhere it is interrupted and waited for. No spinlock held. -EINVAL: none
 * of them is online. */
MUST_CHECK int sched_set_affinity(struct thread *t, cpumask_t mask);
cpumask_t sched_get_affinity(struct thread *t);

/* Is there preemption to be done at this trap exit? */
static inline bool sched_should_preempt(const struct thread *t)
{
    return (t->work & WORK_RESCHED) && t->ctx.preempt_depth == 0;
}

/* Boot: runqueues, threads, policies; the caller's context becomes the boot CPU's idle thread. */
void sched_init(void);
/* Each other CPU: its context becomes the idle thread there. */
void sched_init_cpu(void);
/* Boot, once interrupts are on and before the first thread can die: starts the thread that frees
 * the dead. */
void thread_start_reaper(void);
/* The idle loop, where each CPU's boot context ends. */
NORETURN void sched_idle(void);

/* Timer interrupt: the slice of the current thread is over. */
void sched_slice_end(void);

/* Boot, when all CPUs run: from now on, look for hangs (watchdog.c). */
void watchdog_start(void);

u64 sched_runnable(void); /* threads running or ready on all CPUs now */
u64 sched_switches(void); /* context switches since boot, all CPUs */
