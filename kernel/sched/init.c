/* Bringing the scheduler up: first on the boot CPU, then on each other one.
 */
#include "sched/account.h"
#include "sched/rank.h"
#include "sched/runq_priv.h"
#include "sched/timer.h"

static void runq_init(struct runq *rq, unsigned cpu)
{
    spin_init(&rq->lock, "runqueue", RANK_RUNQ);
    rq->cpu = cpu;
    for (unsigned c = 0; c < CLASS_COUNT; c++)
        if (sched_classes[c] && sched_classes[c]->init_runq)
            sched_classes[c]->init_runq(rq);
}

void sched_init(void)
{
    thread_init();
    sched_policy_init();
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
        runq_init(runq_of(cpu), cpu);
    sched_init_cpu();
}

void sched_init_cpu(void)
{
    bool on = irqs_save();
    struct runq *rq = this_runq();
    struct thread *idle = thread_adopt_idle(rq->cpu);
    idle->policy = sched_classes[CLASS_IDLE];
    rq->idle = idle;
    rq->current = idle;
    timer_init_cpu();
    account_init_cpu();
    irqs_restore(on);
}
