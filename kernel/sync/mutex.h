/* Mutexes: one owner at a time, and who comes later sleeps.
 *
 * For anything that may sleep while it is held. Taking a free mutex is one atomic instruction; the
 * waiting and waking is in mutex.c. A mutex has a rank like a spinlock (lock/rank.h) and is checked
 * with check=lock.
 *
 * `protocol` says what a waiter does to the owner's priority. MUTEX_PLAIN: nothing.
 */
#pragma once
#include "lib/thread_safety.h"
#include "sched/wait.h"

enum mutex_protocol { MUTEX_PLAIN };

struct CAPABILITY("mutex") mutex {
    _Atomic u64 owner; /* the thread's address, 0 if free; lowest bit: somebody may wait */
    struct waitq waiters;
    const char *name;
    u16 rank;
    u8 protocol; /* enum mutex_protocol */
};

#define MUTEX_INIT(m, mutexname, mutexrank)                                                        \
    {                                                                                              \
        .waiters = WAITQ_INIT((m).waiters, mutexname), .name = (mutexname), .rank = (mutexrank)    \
    }
void mutex_init(struct mutex *m, const char *name, unsigned rank);

/* Take m, waiting for as long as it takes. A thread, no spinlock held. */
void mutex_lock(struct mutex *m) ACQUIRE(m);
/* The same for one of several mutexes of a kind that are ordered by something else than their
 * rank, such as a directory and what lies in it: the checker takes it to be of this rank. */
void mutex_lock_ranked(struct mutex *m, unsigned rank) ACQUIRE(m);
/* The same as mutex_lock, but 0 if m was taken and -EINTR if a signal came first: any signal, or a
 * fatal one only. */
MUST_CHECK int mutex_lock_interruptible(struct mutex *m) TRY_ACQUIRE(0, m);
MUST_CHECK int mutex_lock_killable(struct mutex *m) TRY_ACQUIRE(0, m);
/* Take m if it is free. */
MUST_CHECK bool mutex_trylock(struct mutex *m) TRY_ACQUIRE(true, m);
/* By the owner, who has a reference to what m is part of until this returns. */
void mutex_unlock(struct mutex *m) RELEASE(m);
/* Two mutexes of equal rank, in address order (a == b takes one). */
void mutex_lock_pair(struct mutex *a, struct mutex *b) ACQUIRE(a, b);
void mutex_unlock_pair(struct mutex *a, struct mutex *b) RELEASE(a, b);
/* Does the running thread own m? */
bool mutex_is_held(const struct mutex *m);
