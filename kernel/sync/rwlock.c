/* Reader-writer locks (rwlock.h): one word of state, one queue for each kind.
 *
 *     bit 0  WRITER    a writer has it
 *     bit 1  WAITING   writers wait: new readers wait too
 *     rest   how many readers have it
 *
 * Every unlock is an atomic operation on the word followed by a look at a queue, every waiter joins
 * its queue and then looks at the word; so no wake-up is lost (wait.c, argument 1). The last
 * reader, or the writer, wakes a waiting writer if WAITING is set, else all waiting readers.
 */
#include "sync/rwlock.h"
#include "debug/assert.h"
#include "lock/lockwait.h"

enum { WRITER = 1, WAITING = 2, READER = 4 };
#define CALLER ((u64)__builtin_return_address(0))

void rwlock_init(struct rwlock *l, const char *name, unsigned rank)
{
    *l = (struct rwlock){.name = name, .rank = rank};
    waitq_init(&l->readers, name);
    waitq_init(&l->writers, name);
}

static u32 state_of(const struct rwlock *l)
{
    return atomic_load_explicit(&l->state, memory_order_relaxed);
}

static bool replace(struct rwlock *l, u32 *old, u32 new)
{
    /* acquire: pairs with the release of the unlocks */
    return atomic_compare_exchange_weak_explicit(&l->state, old, new, memory_order_acquire,
                                                 memory_order_relaxed);
}

static bool take_read(struct rwlock *l)
{
    u32 s = state_of(l);
    while (!(s & (WRITER | WAITING)))
        if (replace(l, &s, s + READER))
            return true;
    return false;
}

static bool take_write(struct rwlock *l)
{
    u32 s = state_of(l);
    while ((s & ~WAITING) == 0)
        if (replace(l, &s, s | WRITER))
            return true;
    return false;
}

/* ---- readers ---- */

/* Nothing to check, and nothing wrong: the usual case can be tried first. */
static bool may_try(void)
{
    return likely(!lockcheck_on && ctx_current()->spin_depth == 0);
}

static NOINLINE int read_lock(struct rwlock *l, enum wait_mode mode, u64 caller)
{
    assert_no_spinlock();
    lockcheck_acquire(l, l->name, l->rank, caller);
    if (take_read(l))
        return 0;
    struct lock_wait before = lock_wait_begin(l, l->name, &l->writer);
    int err = wait_event(&l->readers, mode, take_read(l));
    lock_wait_end(before);
    if (err)
        lockcheck_release(l);
    return err;
}

void rwlock_read_lock(struct rwlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    if (!may_try() || !take_read(l))
        read_lock(l, WAIT_UNINTERRUPTIBLE, CALLER);
}

bool rwlock_read_trylock(struct rwlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    if (!take_read(l))
        return false;
    lockcheck_acquired_try(l, l->name, l->rank, CALLER);
    return true;
}

/* The lock has just become free, or a writer has become a reader. */
static void wake_next(struct rwlock *l)
{
    if (state_of(l) & WAITING)
        waitq_wake_one(&l->writers, 0);
    else
        waitq_wake_all(&l->readers, 0);
}

void rwlock_read_unlock(struct rwlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    lockcheck_release(l);
    u32 old = atomic_fetch_sub_explicit(&l->state, READER, memory_order_release);
    ASSERT(old >= READER);
    if (old ==
        (READER | WAITING)) /* we were the last reader, and readers wait only behind a writer */
        wake_next(l);
}

/* ---- writers ---- */

/* The first to wait stops new readers, the last to give up lets them in again. A writer that has
 * come to its turn counts no more. The bit follows the number: whoever changes the number from or
 * to 0 under the queue's lock sets it. */
static void writer_waits(struct rwlock *l, bool begin)
{
    spin_lock(&l->writers.lock);
    u32 n = l->writers_waiting;
    l->writers_waiting = begin ? n + 1 : n - 1;
    if (begin && n == 0)
        atomic_fetch_or_explicit(&l->state, WAITING, memory_order_relaxed);
    else if (!begin && n == 1)
        atomic_fetch_and_explicit(&l->state, ~WAITING, memory_order_relaxed);
    spin_unlock(&l->writers.lock);
}

static int write_lock(struct rwlock *l, enum wait_mode mode, u64 caller)
{
    assert_no_spinlock();
    ASSERT(!rwlock_is_write_held(l));
    lockcheck_acquire(l, l->name, l->rank, caller);
    int err = 0;
    if (unlikely(!take_write(l))) {
        struct lock_wait before = lock_wait_begin(l, l->name, &l->writer);
        writer_waits(l, true);
        err = wait_event_exclusive(&l->writers, mode, take_write(l));
        writer_waits(l, false);
        lock_wait_end(before);
    }
    if (err) {
        lockcheck_release(l);
        if (!(state_of(l) & WRITER))
            wake_next(l); /* readers that queued behind us */
    } else {
        l->writer = thread_current();
    }
    return err;
}

void rwlock_write_lock(struct rwlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    write_lock(l, WAIT_UNINTERRUPTIBLE, CALLER);
}

int rwlock_write_lock_killable(struct rwlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    return write_lock(l, WAIT_KILLABLE, CALLER);
}

void rwlock_write_unlock(struct rwlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    ASSERT(rwlock_is_write_held(l));
    lockcheck_release(l);
    l->writer = NULL;
    atomic_fetch_sub_explicit(&l->state, WRITER, memory_order_release);
    wake_next(l);
}

void rwlock_downgrade(struct rwlock *l)
{
    ASSERT(rwlock_is_write_held(l));
    l->writer = NULL;
    atomic_fetch_add_explicit(&l->state, READER - WRITER, memory_order_release);
    if (!(state_of(l) & WAITING))
        waitq_wake_all(&l->readers, 0);
}

bool rwlock_is_write_held(const struct rwlock *l)
{
    return READ_ONCE(l->writer) == thread_current();
}

bool rwlock_is_locked(const struct rwlock *l)
{
    return state_of(l) & ~WAITING;
}
