/* Deferred work (work.h): a list of items, a thread that takes the first and calls it.
 *
 * Both waits are on numbers and lists under q->lock, changed before the wake: argument 1 of wait.c.
 */
#include "sync/work.h"
#include "debug/assert.h"
#include "sync/rank.h"

struct workqueue system_work;

static struct work *next_item(struct workqueue *q)
{
    spin_lock(&q->lock);
    struct work *w = list_pop_entry(&q->items, struct work, link);
    q->running = w;
    spin_unlock(&q->lock);
    return w;
}

/* w may be gone: only its address is compared. */
static void item_finished(struct workqueue *q)
{
    spin_lock(&q->lock);
    q->running = NULL;
    q->finished++;
    spin_unlock(&q->lock);
    waitq_wake_all(&q->idle, 0);
}

static void worker(void *arg)
{
    struct workqueue *q = arg;
    struct work *w;
    for (;;) {
        wait_event(&q->wait, WAIT_WORK, (w = next_item(q)));
        assert_no_lock_upto(LAYER_MAIN);
        w->fn(w);
        item_finished(q);
    }
}

bool work_queue(struct workqueue *q, struct work *w)
{
    spin_lock(&q->lock);
    bool idle = list_empty(&w->link);
    if (idle) {
        list_add_tail(&q->items, &w->link);
        q->queued++;
    }
    spin_unlock(&q->lock);
    if (idle)
        waitq_wake_one(&q->wait, 0);
    return idle;
}

static bool is_over(struct workqueue *q, const struct work *w)
{
    spin_lock(&q->lock);
    bool over = q->running != w;
    spin_unlock(&q->lock);
    return over;
}

bool work_cancel(struct workqueue *q, struct work *w)
{
    spin_lock(&q->lock);
    bool waiting = !list_empty(&w->link);
    if (waiting) {
        list_del(&w->link);
        q->queued--;
    }
    spin_unlock(&q->lock);
    wait_event(&q->idle, WAIT_UNINTERRUPTIBLE, is_over(q, w));
    return waiting;
}

static bool has_finished(struct workqueue *q, u64 until)
{
    spin_lock(&q->lock);
    bool yes = q->finished >= until || (list_empty(&q->items) && !q->running);
    spin_unlock(&q->lock);
    return yes;
}

void work_flush(struct workqueue *q)
{
    spin_lock(&q->lock);
    u64 until = q->queued;
    spin_unlock(&q->lock);
    wait_event(&q->idle, WAIT_UNINTERRUPTIBLE, has_finished(q, until));
}

int workqueue_start(struct workqueue *q, const char *name)
{
    spin_init(&q->lock, name, RANK_WORK);
    list_init(&q->items);
    waitq_init(&q->wait, name);
    waitq_init(&q->idle, name);
    struct thread *t = thread_create(name, worker, q);
    if (!t)
        return -ENOMEM;
    thread_run(t);
    thread_put(t);
    return 0;
}

void sync_init(void)
{
    if (workqueue_start(&system_work, "worker"))
        panic("no memory for the worker thread");
}
