/* Waiting for something: a queue of those who wait, and a token that no wake-up can miss.
 *
 * The pattern, wrapped by wait_event: clear one's wake token, join the queue, look at the
 * condition, block, leave. A wake that comes between the look and the block finds the thread still
 * running and leaves a token; the block consumes it and returns at once. So no wake-up is lost,
 * whoever is faster. An entry has a callback, so that poll, epoll and others can be told without a
 * thread of their own waiting.
 */
#pragma once
#include "abi/errno.h"
#include "lib/list.h"
#include "lock/spinlock.h"
#include "sched/rank.h"
#include "sched/thread.h"

struct waitq {
    struct spinlock lock;
    struct list_head entries;
};

struct wait_entry {
    struct list_head node;
    /* Called under waitq.lock (a nested table): takes locks below RANK_WAITQ only. The default
     * wakes `thread`, and takes an exclusive entry out. Returns true if this entry used up an
     * exclusive wake. */
    bool (*fn)(struct wait_entry *e, u32 events);
    struct thread *thread;
    void *arg;
    bool exclusive; /* waitq_wake_one stops after an exclusive entry that took the wake */
};

/* WORK: like UNINTERRUPTIBLE, but of a kernel thread that has nothing to do, which may last. */
enum wait_mode { WAIT_UNINTERRUPTIBLE, WAIT_KILLABLE, WAIT_INTERRUPTIBLE, WAIT_WORK };

#define WAITQ_INIT(q, wqname)                                                                      \
    {                                                                                              \
        .lock = SPINLOCK_INIT(wqname, RANK_WAITQ), .entries = LIST_INIT((q).entries)               \
    }
void waitq_init(struct waitq *q, const char *name);

/* Forget earlier wakes of the current thread. A wake that comes later is not lost. wait_prepare
 * does it; who joins several queues calls it once, before the first. */
static inline void wait_begin(void)
{
    thread_current()->wake_token = false;
    thread_current()->waits_on = NULL;
    barrier();
}

/* Join q as the current thread, at its end. Look at the condition after it: it ends with a full
 * barrier. */
void wait_prepare(struct waitq *q, struct wait_entry *e, bool exclusive);
/* Leave q. True: an exclusive wake had taken the entry out already, so who gives up waiting must
 * pass it on. */
bool wait_finish(struct waitq *q, struct wait_entry *e);
/* Join or leave with a callback of one's own (e->fn, e->arg, e->exclusive set by the caller). */
void waitq_add(struct waitq *q, struct wait_entry *e);
void waitq_remove(struct waitq *q, struct wait_entry *e);

/* Sleep until woken, or until deadline_ns (0: no limit). Returns 0 (perhaps for no reason: look at
 * your condition), -EINTR (a signal, by mode), -ETIMEDOUT. No spinlock held, not in an interrupt.
 */
int thread_block(enum wait_mode mode, u64 deadline_ns);
/* Would a wait of this mode be cut short now? */
static inline bool wait_interrupted(enum wait_mode mode)
{
    u32 work = atomic_load_explicit(&thread_current()->work, memory_order_relaxed);
    return (mode == WAIT_INTERRUPTIBLE && (work & (WORK_SIGNAL | WORK_KILL))) ||
           (mode == WAIT_KILLABLE && (work & WORK_KILL));
}

/* Tell every entry; stop after one exclusive entry (one) or after none (all). Make the condition
 * true first. Any context but NMI; costs no lock where nobody waits. `events` are POLL* bits for
 * the callbacks. */
void waitq_wake_one(struct waitq *q, u32 events);
void waitq_wake_all(struct waitq *q, u32 events);
/* waitq_wake_all by a caller that holds q->lock. */
void waitq_wake_all_locked(struct waitq *q, u32 events) REQUIRES(&q->lock);
static inline bool waitq_empty(const struct waitq *q)
{
    return READ_ONCE(q->entries.next) == &q->entries;
}

/* Sleep until cond is true. Returns 0, or -EINTR by mode, or -ETIMEDOUT. cond is evaluated without
 * q's lock, may be evaluated often, and may take spinlocks, but must not sleep: the thread is in
 * the queue. */
#define wait_event_until(q, mode, deadline, cond) wait_event_how(q, mode, deadline, false, cond)
#define wait_event(q, mode, cond)                 wait_event_how(q, mode, 0, false, cond)
/* The same for conditions that only one waiter can have, such as a free lock: waitq_wake_one wakes
 * one. */
#define wait_event_exclusive(q, mode, cond) wait_event_how(q, mode, 0, true, cond)

/* One turn of the loop looks, joins the queue, looks again and blocks. Who leaves with a wake that
 * it had no use for (it was interrupted, or the second look already succeeded) passes it on. */
#define wait_event_how(q, mode, deadline, exclusive, cond)                                         \
    ({                                                                                             \
        struct wait_entry we_;                                                                     \
        bool ok_, joined_ = false, woken_ = false;                                                 \
        int err_ = 0;                                                                              \
        while (!(ok_ = (cond)) && !err_) {                                                         \
            if (!joined_) {                                                                        \
                wait_prepare((q), &we_, (exclusive));                                              \
            } else {                                                                               \
                err_ = thread_block((mode), (deadline));                                           \
                woken_ = wait_finish((q), &we_);                                                   \
            }                                                                                      \
            joined_ = !joined_;                                                                    \
        }                                                                                          \
        if (joined_ ? wait_finish((q), &we_) : woken_ && !ok_)                                     \
            waitq_wake_one((q), 0);                                                                \
        ok_ ? 0 : err_;                                                                            \
    })

/* Sleep until a time (now_ns scale). 0, or -EINTR by mode. */
int thread_sleep_until(u64 deadline_ns, enum wait_mode mode);
