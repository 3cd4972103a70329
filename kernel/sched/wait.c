/* Wait queues (wait.h): who waits for what, and how nobody sleeps through its wake-up.
 *
 * There are two races, and one argument for each.
 * 1. Between looking at the condition and going to sleep. The waker makes the condition true and
 * then tells the queue; the waiter joins the queue and then looks. Both have a full barrier in
 * between, so either the waiter sees the condition true, or the waker sees the waiter's entry and
 * calls thread_wake.
 * 2. Between deciding to sleep and sleeping. thread_wake and sched_block both hold the runqueue's
 * lock. If the wake is first, it finds the thread running and leaves wake_token, which the block
 * finds; if the block is first, the wake finds the thread BLOCKED. The token was last cleared
 * before joining, so it is not older than the condition that was looked at.
 */
#include "sched/wait.h"
#include "debug/assert.h"
#include "sched/core.h"
#include "sched/timer.h"
#include "x86/clock.h"

void waitq_init(struct waitq *q, const char *name)
{
    spin_init(&q->lock, name, RANK_WAITQ);
    list_init(&q->entries);
}

/* Take e out, so that the next wake reaches someone else. The last store tells the waiter, who may
 * then leave without q->lock (wait_finish), and e with it: it lies on the waiter's stack. */
static void take_out(struct wait_entry *e)
{
    struct list_head *n = &e->node;
    n->prev->next = n->next;
    n->next->prev = n->prev;
    n->prev = n;
    __atomic_store_n(&n->next, n, __ATOMIC_RELEASE); /* pairs with the load in wait_finish */
}

static bool wake_waiter(struct wait_entry *e, u32 events)
{
    thread_wake(e->thread);
    if (e->exclusive)
        take_out(e);
    return true;
}

void wait_prepare(struct waitq *q, struct wait_entry *e, bool exclusive)
{
    wait_begin();
    thread_current()->waits_on = q;
    e->fn = wake_waiter;
    e->thread = thread_current();
    e->exclusive = exclusive;
    waitq_add(q, e);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in wake(): argument 1 above */
}

/* Usually a wake has taken the entry out, and is done with it: no lock for that. */
bool wait_finish(struct waitq *q, struct wait_entry *e)
{
    if (__atomic_load_n(&e->node.next, __ATOMIC_ACQUIRE) == &e->node)
        return true;
    spin_lock(&q->lock);
    bool taken = list_empty(&e->node);
    list_del(&e->node);
    spin_unlock(&q->lock);
    return taken;
}

void waitq_add(struct waitq *q, struct wait_entry *e)
{
    spin_lock(&q->lock);
    list_add_tail(&q->entries, &e->node);
    spin_unlock(&q->lock);
}

void waitq_remove(struct waitq *q, struct wait_entry *e)
{
    wait_finish(q, e);
}

static void wake_locked(struct waitq *q, u32 events, bool all) REQUIRES(&q->lock)
{
    struct wait_entry *e, *next;
    list_for_each_entry_safe (e, next, &q->entries, node) {
        bool exclusive = e->exclusive; /* the callback may be the end of e */
        if (e->fn(e, events) && exclusive && !all)
            return;
    }
}

static void wake(struct waitq *q, u32 events, bool all)
{
    atomic_thread_fence(
        memory_order_seq_cst); /* the caller's change of the condition comes first */
    if (waitq_empty(q))
        return;
    spin_lock(&q->lock);
    wake_locked(q, events, all);
    spin_unlock(&q->lock);
}

void waitq_wake_one(struct waitq *q, u32 events)
{
    wake(q, events, false);
}

void waitq_wake_all(struct waitq *q, u32 events)
{
    wake(q, events, true);
}

void waitq_wake_all_locked(struct waitq *q, u32 events)
{
    wake_locked(q, events, true);
}

struct alarm {
    struct timer timer;
    struct thread *thread;
};

static void alarm_ring(struct timer *timer)
{
    thread_wake(container_of(timer, struct alarm, timer)->thread);
}

/* The timer is one more waker: it finds us blocked, or leaves a token. timer_cancel returns only
 * when alarm_ring is over, so `a` may live on this stack. (Inlined, it would cost every block the
 * stack protector's check.) */
static NOINLINE bool block_until(u64 deadline_ns)
{
    struct alarm a = {.thread = thread_current()};
    timer_init(&a.timer, alarm_ring);
    timer_start(&a.timer, deadline_ns);
    sched_block();
    return !timer_cancel(&a.timer);
}

/* Signals: the sender sets a bit of thread.work and then calls thread_wake. If we do not see the
 * bit here, its wake comes later than wait_begin, and the token keeps us from sleeping. */
int thread_block(enum wait_mode mode, u64 deadline_ns)
{
    assert_no_spinlock();
    ASSERT(!this_cpu()->in_irq);
    if (wait_interrupted(mode))
        return -EINTR;
    thread_current()->wait_mode = mode;
    bool expired = false;
    if (deadline_ns)
        expired = block_until(deadline_ns);
    else
        sched_block();
    return wait_interrupted(mode) ? -EINTR : expired ? -ETIMEDOUT : 0;
}

int thread_sleep_until(u64 deadline_ns, enum wait_mode mode)
{
    wait_begin();
    while (now_ns() < deadline_ns)
        if (thread_block(mode, deadline_ns) == -EINTR)
            return -EINTR;
    return 0;
}
