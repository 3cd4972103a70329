/* Deferred work: a function that a kernel thread calls soon, for those who may not sleep now (an
 * interrupt handler, a holder of a spinlock).
 *
 * One item runs at a time, in the order of queueing, so no two items of the queue need a lock
 * against each other. The function may sleep, but the others wait meanwhile: what sleeps long gets
 * a queue of its own.
 */
#pragma once
#include "sched/wait.h"

struct work {
    struct list_head link;
    void (*fn)(struct work *); /* called with no lock held (an open table); may queue or free its
                                  own item */
};

/* key: l = lock */
struct workqueue {
    struct spinlock lock;
    struct list_head items; /* (l) */
    struct work *running;   /* (l) */
    u64 queued, finished;   /* (l) items so far: for work_flush */
    struct waitq wait, idle;
};
extern struct workqueue system_work;

static inline void work_init(struct work *w, void (*fn)(struct work *))
{
    list_init(&w->link);
    w->fn = fn;
}
/* Have w's function called. False: it was in the queue already, and is called once for both. The
 * item stays the caller's and must live until it has run. Any context but NMI. */
bool work_queue(struct workqueue *q, struct work *w);
/* Take w out of the queue if it has not begun (true); else wait until it is over. May sleep; not
 * from w's function. */
bool work_cancel(struct workqueue *q, struct work *w);
/* Wait until everything queued so far is done. May sleep; not from an item of q. */
void work_flush(struct workqueue *q);

/* Start the thread that serves q. 0 or -ENOMEM. */
MUST_CHECK int workqueue_start(struct workqueue *q, const char *name);
/* Boot, once threads can be made (interrupts on): starts system_work. */
void sync_init(void);
