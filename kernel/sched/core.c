/* The scheduler's core: who runs next, and how a thread gets into and out of the race.
 *
 * Each CPU has a runqueue with a lock. A thread belongs to the runqueue of t->cpu, and everything
 * about its running is guarded by that lock, which is also *held across the context switch*: the
 * thread that switches away takes it, the one that comes back drops it (switch.c). So whoever holds
 * the lock of t's runqueue sees t either running or completely off its stack, never in between, and
 * may queue it, move it or wake it.
 *
 * Who runs is the business of policies (policy.h); where, of balance.c. Nothing here switches on
 * behalf of someone else: a wake-up or a timer only requests a switch, and the trap's exit performs
 * it.
 */
#include "sched/core.h"
#include "abi/errno.h"
#include "debug/assert.h"
#include "sched/account.h"
#include "sched/runq_priv.h"
#include "sched/timer.h"
#include "x86/clock.h"
#include "x86/smp.h"

enum { DEPARTURE_SPINS = 1000 };

struct runq runqs[MAX_CPUS];

/* (clang's analysis cannot follow a lock that is returned: hence the annotations of the callers.)
 * Preemption is off between looking at which CPU this is and locking its runqueue: else we could
 * wake up on another CPU with this one's lock. */
struct runq *runq_lock_this(void) NO_THREAD_SAFETY_ANALYSIS
{
    preempt_disable();
    struct runq *rq = this_runq();
    spin_lock(&rq->lock);
    preempt_enable();
    return rq;
}

/* t->cpu changes only under the lock of the runqueue that it names. */
struct runq *runq_lock_of(struct thread *t) NO_THREAD_SAFETY_ANALYSIS
{
    for (;;) {
        struct runq *rq = runq_of(READ_ONCE(t->cpu));
        spin_lock(&rq->lock);
        if (t->cpu == rq->cpu)
            return rq;
        spin_unlock(&rq->lock);
    }
}

void runq_add(struct runq *rq, struct thread *t, enum enqueue_reason why)
{
    ASSERT(t->cpu == rq->cpu);
    t->policy->enqueue(rq, t, why);
    rq->nready++;
}

void runq_remove(struct runq *rq, struct thread *t)
{
    t->policy->dequeue(rq, t);
    rq->nready--;
}

/* ---- who runs next ---- */

/* The idle class always has one, which is in no queue. */
static struct thread *pick_next(struct runq *rq)
{
    for (unsigned c = 0; c < CLASS_IDLE; c++) {
        struct thread *t = sched_classes[c] ? sched_classes[c]->pick_next(rq) : NULL;
        if (t) {
            rq->nready--;
            return t;
        }
    }
    return rq->idle;
}

static void charge(struct runq *rq, u64 now)
{
    struct thread *cur = rq->current;
    cur->policy->charge(rq, cur, now - cur->ran_from_ns);
    cur->ran_from_ns = now;
}

/* prev could go on. If it may no longer run here, switch_finish sends it elsewhere, once we are off
 * its stack. */
static void put_back(struct runq *rq, struct thread *prev) REQUIRES(&rq->lock)
{
    if (prev == rq->idle)
        prev->state = T_RUNNABLE;
    else if (prev->allowed & cpumask_of(rq->cpu)) {
        prev->state = T_RUNNABLE;
        runq_add(rq, prev, ENQ_PREEMPTED);
    } else
        prev->state = T_MOVING;
}

/* The only way off a CPU. Whoever calls has locked the runqueue and, unless the thread merely makes
 * way, has set its state. */
static void schedule_locked(struct runq *rq) RELEASE(&rq->lock)
{
    struct thread *prev = rq->current;
    u64 now = now_ns();
    charge(rq, now);
    if (prev->work & WORK_RESCHED)
        atomic_fetch_and_explicit(&prev->work, ~WORK_RESCHED, memory_order_relaxed);
    if (prev->state == T_RUNNING)
        put_back(rq, prev);

    struct thread *next = pick_next(rq);
    next->state = T_RUNNING;
    next->ran_from_ns = now;
    u64 slice = next->policy->slice_ns(rq, next);
    timer_set_slice(slice ? now + slice : 0);
    if (next != prev)
        context_switch(rq, prev, next);
    else
        spin_unlock(&rq->lock);
}

void schedule(void) NO_THREAD_SAFETY_ANALYSIS
{
    assert_no_spinlock();
    schedule_locked(runq_lock_this());
}

void sched_preempt(void)
{
    thread_current()->nivcsw++;
    schedule();
}

/* Alone on this CPU there is nobody to yield to: no lock for that. A thread that comes a moment
 * later has no claim. */
void sched_yield(void) NO_THREAD_SAFETY_ANALYSIS
{
    if (READ_ONCE(this_runq()->nready) == 0)
        return;
    struct runq *rq = runq_lock_this();
    struct thread *cur = rq->current;
    cur->policy->yield(rq, cur);
    cur->nvcsw++;
    schedule_locked(rq);
}

/* A wake that came since wait_begin has left its token, and keeps us awake (wait.c, argument 2). */
void sched_block(void) NO_THREAD_SAFETY_ANALYSIS
{
    struct runq *rq = runq_lock_this();
    struct thread *t = rq->current;
    ASSERT(t != rq->idle && t->ctx.spin_depth == 1);
    if (t->wake_token) {
        t->wake_token = false;
        spin_unlock(&rq->lock);
        return;
    }
    t->state = T_BLOCKED;
    t->nvcsw++;
    schedule_locked(rq);
}

void sched_exit(void) NO_THREAD_SAFETY_ANALYSIS
{
    struct runq *rq = runq_lock_this();
    rq->current->state = T_DEAD;
    schedule_locked(rq);
    panic("a dead thread ran");
}

/* ---- getting into the race ---- */

/* Inside a trap or a system call its exit suffices. A kernel thread that wakes another one is in
 * neither, and sends itself an interrupt, whose exit will do. */
void runq_request_switch(struct runq *rq)
{
    struct thread *cur = rq->current;
    if (atomic_fetch_or_explicit(&cur->work, WORK_RESCHED, memory_order_relaxed) & WORK_RESCHED)
        return;
    if (cur == rq->idle)
        balance_idle_end(rq->cpu);
    if (rq->cpu != cpu_id() || (!cur->user_tf && !this_cpu()->in_irq))
        ipi_resched(rq->cpu);
}

static bool preempts(struct runq *rq, struct thread *woken)
{
    const struct sched_policy *running = rq->current->policy;
    if (woken->policy == running)
        return running->preempts(rq, rq->current, woken);
    return woken->policy->class < running->class;
}

/* t has just come to rq. */
static void arrive(struct runq *rq, struct thread *t, enum enqueue_reason why) REQUIRES(&rq->lock)
{
    t->state = T_RUNNABLE;
    t->cpu = rq->cpu;
    runq_add(rq, t, why);
    if (preempts(rq, t))
        runq_request_switch(rq);
    if (!runq_is_idle(rq))
        balance_kick(t->allowed);
}

/* Choose first, then lock, as two runqueues are locked in address order. t may move meanwhile. */
bool sched_place(struct thread *t, enum tstate from,
                 enum enqueue_reason why) NO_THREAD_SAFETY_ANALYSIS
{
    bool done = false, placed = false;
    while (!done) {
        struct runq *home = runq_of(READ_ONCE(t->cpu));
        struct runq *target = runq_of(balance_place(t, home->cpu));
        spin_lock_pair(&home->lock, &target->lock);
        done = t->cpu == home->cpu && (t->allowed & cpumask_of(target->cpu));
        placed = done && t->state == from;
        if (placed)
            arrive(target, t, why);
        else if (done && from == T_BLOCKED)
            t->wake_token = true;
        spin_unlock_pair(&home->lock, &target->lock);
    }
    return placed;
}

bool thread_wake(struct thread *t)
{
    return sched_place(t, T_BLOCKED, ENQ_WAKE);
}

void thread_run(struct thread *t)
{
    bool was_new = sched_place(t, T_NEW, ENQ_NEW);
    ASSERT(was_new);
}

/* ---- time, and affinity ---- */

/* Whether the slice is really over, and who is next, the policy says when the trap exits. */
void sched_slice_end(void) NO_THREAD_SAFETY_ANALYSIS
{
    struct runq *rq = runq_lock_this();
    atomic_fetch_or_explicit(&rq->current->work, WORK_RESCHED, memory_order_relaxed);
    spin_unlock(&rq->lock);
    balance_tick(rq);
}

/* Where preemption is off t passes a trap exit and stays: so it gets an interrupt for each look. */
static void await_departure(struct thread *t)
{
    unsigned cpu;
    while (READ_ONCE(t->on_cpu) && !(READ_ONCE(t->allowed) & cpumask_of(cpu = READ_ONCE(t->cpu)))) {
        ipi_resched(cpu);
        sched_yield();
        for (int i = 0; i < DEPARTURE_SPINS; i++)
            cpu_pause();
    }
}

int sched_set_affinity(struct thread *t, cpumask_t mask) NO_THREAD_SAFETY_ANALYSIS
{
    mask &= atomic_load_explicit(&cpus_online, memory_order_relaxed);
    if (!mask)
        return -EINVAL;
    struct runq *rq = runq_lock_of(t);
    t->allowed = mask;
    bool astray = !(mask & cpumask_of(t->cpu));
    bool waiting = t->state == T_RUNNABLE;
    if (astray && waiting) {
        runq_remove(rq, t);
        t->state = T_MOVING;
    } else if (astray && t->state == T_RUNNING) {
        runq_request_switch(rq);
    } else if (waiting) {
        balance_kick(mask);
    }
    spin_unlock(&rq->lock);
    if (astray && waiting)
        sched_place(t, T_MOVING, ENQ_MIGRATED);
    if (astray && t == thread_current())
        schedule();
    else if (astray)
        await_departure(t);
    return 0;
}

cpumask_t sched_get_affinity(struct thread *t)
{
    return READ_ONCE(t->allowed) & atomic_load_explicit(&cpus_online, memory_order_relaxed);
}
