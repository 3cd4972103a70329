/* Waiting for something: a queue of those who wait, and a token that no wake-up can miss.
 *
 * The pattern, wrapped by wait_event: join the queue (which clears the thread's wake token), look at the condition, block,
 * leave. A wake that comes between the look and the block finds the thread still running and leaves a
 * token; thread_block() consumes it and returns at once. So no wake-up is lost, whoever is faster.
 * An entry has a callback, so that poll, epoll and others can be told without a thread of their own waiting.
 */
#pragma once
#include "abi/errno.h"
#include "lib/list.h"
#include "lock/spinlock.h"
#include "sched/thread.h"

struct waitq {
    struct spinlock lock;           /* a leaf of sched/: only a runqueue lock is taken under it */
    struct list_head entries;
};

struct wait_entry {
    struct list_head node;
    /* Called under waitq.lock; default wakes `thread`. Returns true if this entry used up an exclusive wake. */
    bool (*fn)(struct wait_entry *e, u32 events);
    struct thread *thread;
    void *arg;
    bool exclusive;                 /* waitq_wake_one stops after one exclusive entry that took the wake */
};

enum wait_mode { WAIT_UNINTERRUPTIBLE, WAIT_KILLABLE, WAIT_INTERRUPTIBLE };

#define WAITQ_INIT(q, wqname)                                                                      \
    {.lock = SPINLOCK_INIT(wqname, RANK(SCHED, 4)), .entries = LIST_INIT((q).entries)}
void waitq_init(struct waitq *q, const char *name);

/* Join q as the current thread / leave it. prepare clears the wake token: look at the condition after it. */
void wait_prepare(struct waitq *q, struct wait_entry *e, bool exclusive);
void wait_finish(struct waitq *q, struct wait_entry *e);
/* Join or leave with a callback of one's own (e->fn, e->arg set by the caller). */
void waitq_add(struct waitq *q, struct wait_entry *e);
void waitq_remove(struct waitq *q, struct wait_entry *e);
/* Sleep until woken, or until deadline_ns (0: no limit). Returns 0, -EINTR (a signal, by mode), -ETIMEDOUT.
 * No spinlock held. */
int thread_block(enum wait_mode mode, u64 deadline_ns);
/* Would a wait of this mode be cut short now? */
bool wait_interrupted(enum wait_mode mode);

/* Wake one exclusive waiter and every other entry / all. Any context; takes q->lock. `events` are POLL* bits. */
void waitq_wake_one(struct waitq *q, u32 events);
void waitq_wake_all(struct waitq *q, u32 events);
static inline bool waitq_empty(const struct waitq *q)
{
    return list_empty(&q->entries);
}

/* Sleep until cond is true. Returns 0, or -EINTR by mode, or -ETIMEDOUT. cond is evaluated without q's lock, may be
 * evaluated often, and may take locks (none may be held by the caller that wait must not sleep with). */
#define wait_event_until(q, mode, deadline, cond)                                                  \
    ({                                                                                             \
        struct wait_entry we_;                                                                     \
        int werr_ = 0;                                                                             \
        while (!(cond)) {                                                                          \
            wait_prepare((q), &we_, false);                                                        \
            if (!(cond))                                                                           \
                werr_ = thread_block((mode), (deadline));                                          \
            wait_finish((q), &we_);                                                                \
            if (werr_) {                                                                           \
                werr_ = (cond) ? 0 : werr_;                                                        \
                break;                                                                             \
            }                                                                                      \
        }                                                                                          \
        werr_;                                                                                     \
    })
#define wait_event(q, mode, cond) wait_event_until(q, mode, 0, cond)

/* Sleep until a time (now_ns scale). 0, or -EINTR by mode. */
int thread_sleep_until(u64 deadline_ns, enum wait_mode mode);
