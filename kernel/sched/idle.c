/* The idle loop: what a CPU does when no thread wants it. It halts, and nothing ticks meanwhile.
 *
 * The last look is made with interrupts off, and `sti; hlt` lets them in only when the CPU has
 * halted (the instruction after sti still runs without interrupts: Intel SDM vol. 2, "STI"). So
 * what comes after the look raises an interrupt that ends the halt; its exit switches to the thread
 * that was woken, or we look again.
 */
#include "lib/klog.h"
#include "sched/core.h"
#include "sched/runq_priv.h"
#include "x86/cpu.h"

static struct thread *idle_pick_next(struct runq *rq)
{
    return rq->idle;
}

static void idle_charge(struct runq *rq, struct thread *cur, u64 ran_ns)
{
}

static u64 idle_slice_ns(struct runq *rq, struct thread *t)
{
    return 0;
}

/* The class below all others. Its only thread is in no queue, so the functions on queues are never
 * called. */
const struct sched_policy policy_idle = {
    .name = "idle",
    .class = CLASS_IDLE,
    .pick_next = idle_pick_next,
    .charge = idle_charge,
    .slice_ns = idle_slice_ns,
};

/* Interrupts off. Announce first, look then (balance.c). */
static bool work_for(struct runq *rq)
{
    balance_idle_begin(rq->cpu);
    return READ_ONCE(rq->nready) || balance_pull(rq, 1);
}

void sched_idle(void)
{
    struct runq *rq = this_runq();
    for (;;) {
        if (klog_pending())
            klog_drain();
        irqs_off();
        if (work_for(rq)) {
            balance_idle_end(rq->cpu);
            irqs_on();
            schedule();
        } else {
            asm volatile("sti; hlt" ::: "memory");
        }
    }
}
