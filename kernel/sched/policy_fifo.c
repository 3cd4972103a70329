/* First in, first out: whoever came first runs until it blocks, yields or ends. No slice, so no
 * timer.
 *
 * The oldest policy, and the worst for people: one long computation delays all short ones behind it
 * (the convoy effect), and a program that never blocks owns its CPU. Boot with sched=fifo and run
 * two endless loops to see it.
 */
#include "lib/list.h"
#include "sched/policy.h"
#include "sched/thread.h"

struct fifo_thread {
    struct list_head link;
    bool yielded;
};
_Static_assert(sizeof(struct list_head) <= RUNQ_POLICY_BYTES, "");
_Static_assert(sizeof(struct fifo_thread) <= POLICY_STATE_BYTES, "");

static struct list_head *ready_of(struct runq *rq)
{
    return (struct list_head *)rq->policy_state;
}

static struct fifo_thread *fifo_of(struct thread *t)
{
    return (struct fifo_thread *)t->policy_state;
}

static struct thread *thread_of(struct list_head *link)
{
    struct fifo_thread *f = list_entry(link, struct fifo_thread, link);
    return container_of((char(*)[POLICY_STATE_BYTES])f, struct thread, policy_state);
}

static void fifo_init_runq(struct runq *rq)
{
    list_init(ready_of(rq));
}

static void fifo_attach(struct thread *t)
{
    list_init(&fifo_of(t)->link);
    fifo_of(t)->yielded = false;
}

static void fifo_detach(struct thread *t)
{
}

/* A preempted thread (by a class above) came first and stays first. */
static void fifo_enqueue(struct runq *rq, struct thread *t, enum enqueue_reason why)
{
    struct fifo_thread *f = fifo_of(t);
    if (why == ENQ_PREEMPTED && !f->yielded)
        list_add(ready_of(rq), &f->link);
    else
        list_add_tail(ready_of(rq), &f->link);
    f->yielded = false;
}

static void fifo_dequeue(struct runq *rq, struct thread *t)
{
    list_del(&fifo_of(t)->link);
}

static struct thread *fifo_pick_next(struct runq *rq)
{
    struct list_head *first = list_pop(ready_of(rq));
    return first ? thread_of(first) : NULL;
}

static void fifo_charge(struct runq *rq, struct thread *cur, u64 ran_ns)
{
}

static u64 fifo_slice_ns(struct runq *rq, struct thread *t)
{
    return 0;
}

static void fifo_yield(struct runq *rq, struct thread *cur)
{
    fifo_of(cur)->yielded = true;
}

static bool fifo_preempts(struct runq *rq, struct thread *cur, struct thread *woken)
{
    return false;
}

/* The first that may run there: an idle CPU serves in order of arrival too. */
static struct thread *fifo_steal(struct runq *rq, unsigned for_cpu)
{
    struct list_head *ready = ready_of(rq);
    for (struct list_head *n = ready->next; n != ready; n = n->next) {
        if (thread_of(n)->allowed & cpumask_of(for_cpu)) {
            struct thread *t = thread_of(n);
            list_del(n);
            return t;
        }
    }
    return NULL;
}

static const struct sched_policy policy_fifo = {
    .name = "fifo",
    .class = CLASS_NORMAL,
    .init_runq = fifo_init_runq,
    .attach = fifo_attach,
    .detach = fifo_detach,
    .enqueue = fifo_enqueue,
    .dequeue = fifo_dequeue,
    .pick_next = fifo_pick_next,
    .charge = fifo_charge,
    .slice_ns = fifo_slice_ns,
    .yield = fifo_yield,
    .preempts = fifo_preempts,
    .steal = fifo_steal,
};
SCHED_POLICY(policy_fifo);
