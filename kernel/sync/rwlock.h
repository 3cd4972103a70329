/* Sleeping reader-writer locks: many readers or one writer. Writers have preference: once one
 * waits, new readers queue behind it, so that a stream of readers cannot starve it. Therefore a
 * reader must not read-lock twice.
 */
#pragma once
#include "lib/thread_safety.h"
#include "sched/wait.h"

struct CAPABILITY("rwlock") rwlock {
    _Atomic u32 state; /* rwlock.c: writer bit, waiting bit, number of readers */
    _Atomic u32 writers_waiting;
    struct waitq readers, writers;
    struct thread *writer; /* for asserts */
    const char *name;
    u16 rank;
};
#define RWLOCK_INIT(l, lockname, lockrank)                                                         \
    {                                                                                              \
        .readers = WAITQ_INIT((l).readers, lockname),                                              \
        .writers = WAITQ_INIT((l).writers, lockname), .name = (lockname), .rank = (lockrank)       \
    }
void rwlock_init(struct rwlock *l, const char *name, unsigned rank);

/* A thread, no spinlock held. The killable forms return -EINTR when a fatal signal came first. */
void rwlock_read_lock(struct rwlock *l) ACQUIRE_SHARED(l);
MUST_CHECK bool rwlock_read_trylock(struct rwlock *l) TRY_ACQUIRE_SHARED(true, l);
void rwlock_read_unlock(struct rwlock *l) RELEASE_SHARED(l);
void rwlock_write_lock(struct rwlock *l) ACQUIRE(l);
MUST_CHECK int rwlock_write_lock_killable(struct rwlock *l) TRY_ACQUIRE(0, l);
void rwlock_write_unlock(struct rwlock *l) RELEASE(l);
/* A writer becomes a reader without letting another writer in between. */
void rwlock_downgrade(struct rwlock *l) NO_THREAD_SAFETY_ANALYSIS;

bool rwlock_is_write_held(const struct rwlock *l);
/* Is it held in any way, by anybody? */
bool rwlock_is_locked(const struct rwlock *l);
