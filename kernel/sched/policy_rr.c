/* Round robin: everyone in turn, for a slice at a time.
 *
 * One queue per CPU. Who wakes, or has used up its slice, goes to the end; who was preempted in the
 * middle of its slice comes back to the front and keeps the rest. With n threads in the queue
 * nobody waits longer than n slices.
 *
 * The slice is a compromise. A switch costs some 700 instructions and, on a real machine, a few
 * microseconds of cold caches: with 10 ms, well below 0.1 %. Ten programs that compute then delay a
 * keystroke by at most 100 ms, which is about what people notice. The policy knows no priorities;
 * `nice` means nothing to it.
 */
#include "lib/list.h"
#include "sched/policy.h"
#include "sched/thread.h"
#include "x86/clock.h"

enum { SLICE_NS = 10 * NS_PER_MS };

struct rr_queue {
    struct list_head ready;
};
struct rr_thread {
    struct list_head link;
    u64 left_ns; /* of its slice */
};
_Static_assert(sizeof(struct rr_queue) <= RUNQ_POLICY_BYTES, "");
_Static_assert(sizeof(struct rr_thread) <= POLICY_STATE_BYTES, "");

static struct list_head *ready_of(struct runq *rq)
{
    return &((struct rr_queue *)rq->policy_state)->ready;
}

static struct rr_thread *rr_of(struct thread *t)
{
    return (struct rr_thread *)t->policy_state;
}

static struct thread *thread_of(struct rr_thread *r)
{
    return container_of((char(*)[POLICY_STATE_BYTES])r, struct thread, policy_state);
}

static void rr_init_runq(struct runq *rq)
{
    list_init(ready_of(rq));
}

static void rr_attach(struct thread *t)
{
    list_init(&rr_of(t)->link);
    rr_of(t)->left_ns = SLICE_NS;
}

static void rr_detach(struct thread *t)
{
}

static void rr_enqueue(struct runq *rq, struct thread *t, enum enqueue_reason why)
{
    struct rr_thread *r = rr_of(t);
    if (why == ENQ_PREEMPTED && r->left_ns > 0) {
        list_add(ready_of(rq), &r->link);
        return;
    }
    r->left_ns = SLICE_NS;
    list_add_tail(ready_of(rq), &r->link);
}

static void rr_dequeue(struct runq *rq, struct thread *t)
{
    list_del(&rr_of(t)->link);
}

static struct thread *rr_pick_next(struct runq *rq)
{
    struct rr_thread *r = list_pop_entry(ready_of(rq), struct rr_thread, link);
    return r ? thread_of(r) : NULL;
}

static void rr_charge(struct runq *rq, struct thread *cur, u64 ran_ns)
{
    struct rr_thread *r = rr_of(cur);
    r->left_ns -= MIN(r->left_ns, ran_ns);
}

static u64 rr_slice_ns(struct runq *rq, struct thread *t)
{
    return rr_of(t)->left_ns;
}

static void rr_yield(struct runq *rq, struct thread *cur)
{
    rr_of(cur)->left_ns = 0;
}

static bool rr_preempts(struct runq *rq, struct thread *cur, struct thread *woken)
{
    return false;
}

/* From the end: it would wait longest here, and its data have cooled down most. */
static struct thread *rr_steal(struct runq *rq, unsigned for_cpu)
{
    struct list_head *ready = ready_of(rq);
    for (struct list_head *n = ready->prev; n != ready; n = n->prev) {
        struct thread *t = thread_of(list_entry(n, struct rr_thread, link));
        if (t->allowed & cpumask_of(for_cpu)) {
            list_del(n);
            return t;
        }
    }
    return NULL;
}

static const struct sched_policy policy_rr = {
    .name = "rr",
    .class = CLASS_NORMAL,
    .init_runq = rr_init_runq,
    .attach = rr_attach,
    .detach = rr_detach,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick_next = rr_pick_next,
    .charge = rr_charge,
    .slice_ns = rr_slice_ns,
    .yield = rr_yield,
    .preempts = rr_preempts,
    .steal = rr_steal,
};
SCHED_POLICY(policy_rr);
