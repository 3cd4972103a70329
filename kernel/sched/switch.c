/* The context switch: from one thread's kernel stack to another's.
 *
 * A thread that does not run is its saved registers on its own stack (x86/swtch.S) and a stack
 * pointer. Around the ten instructions that exchange stacks, everything changes that follows the
 * thread: the time account, the user registers that traps do not save, the address space, and what
 * the CPU keeps of the current thread.
 *
 * The runqueue's lock is taken by the thread that leaves and dropped, in switch_finish, by the one
 * that arrives. Only then may another CPU touch the one that left: its stack is no longer in use.
 */
#include "debug/assert.h"
#include "mm/pagetable.h"
#include "sched/account.h"
#include "sched/runq_priv.h"
#include "sched/userregs.h"
#include "x86/swtch.h"
#include "x86/upcall.h"

/* Runs first on every stack that is switched to. Once the lock is dropped, prev may run on another
 * CPU and must not be touched, unless it is DEAD or MOVING: then nobody but us may do anything with
 * it, and nobody preempts us before. */
static void switch_finish(void) NO_THREAD_SAFETY_ANALYSIS
{
    struct runq *rq = this_runq();
    struct thread *prev = rq->prev;
    enum tstate state = prev->state;
    prev->on_cpu = false;
    if (state != T_DEAD && state != T_MOVING) {
        spin_unlock(&rq->lock);
        return;
    }
    preempt_disable();
    spin_unlock(&rq->lock);
    if (state == T_DEAD)
        thread_put_dead(prev);
    else
        sched_place(prev, T_MOVING, ENQ_MIGRATED);
    preempt_enable();
}

/* A kernel thread stays in the address space that is active: it needs none, and often the next user
 * thread is of the same one. TLB shoot-downs keep reaching this CPU meanwhile, since pt_activate
 * keeps the books; and who destroys an address space makes such CPUs leave it (pt_destroy). */
static void switch_address_space(struct thread *next)
{
    if (next->pt)
        pt_activate(next->pt);
}

/* What entry.S and the stack protector find through %gs. gcc checks at a function's end the canary
 * that it put on the stack at its start; both are next's when we return on next's stack. */
static void switch_percpu(struct thread *next)
{
    struct percpu *cpu = this_cpu();
    cpu->current = &next->ctx;
    cpu->kernel_rsp = next->ctx.stack_hi;
    cpu->tss.rsp[0] = next->ctx.stack_hi;
    cpu->canary = next->ctx.canary;
}

void context_switch(struct runq *rq, struct thread *prev,
                    struct thread *next) NO_THREAD_SAFETY_ANALYSIS
{
    ASSERT(!next->on_cpu && next->cpu == rq->cpu && prev->ctx.preempt_depth == 0);
    account_switch(prev);
    userregs_switch(prev, next);
    switch_address_space(next);
    next->on_cpu = true;
    rq->prev = prev;
    rq->current = next;
    rq->switches++;
    spin_pass(&rq->lock, &next->ctx);
    switch_percpu(next);
    swtch(&prev->rsp,
          next->rsp); /* returns, perhaps much later and on another CPU, when prev runs again */
    switch_finish();
}

/* First code of a new thread, called by x86/entry.S:thread_entry, which then leaves through the
 * trap return path. A thread without a user side never gets there. */
void thread_start(void)
{
    switch_finish();
    struct thread *t = thread_current();
    if (t->fn)
        t->fn(t->arg);
    if (!t->user_tf)
        thread_exit();
}

void thread_use_pt(struct pagetable *pt)
{
    preempt_disable();
    thread_current()->pt = pt;
    pt_activate(pt);
    preempt_enable();
}
