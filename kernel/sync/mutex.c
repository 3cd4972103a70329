/* Mutexes (mutex.h): one word that holds the owner, and a queue for those who found it taken.
 *
 * The lowest bit of the word says "somebody may wait". Without it, locking and unlocking are one
 * compare-and-swap each, and the queue is not looked at. Who has to wait sets the bit before it
 * sleeps, and who takes the mutex after having waited sets it too, because it cannot know whether
 * others still wait: at worst an unlock looks into an empty queue. (The same three states as the
 * futex mutex in U. Drepper, "Futexes Are Tricky".)
 *
 * A mutex is not handed over: unlock frees it and wakes one waiter, and whoever comes first has it.
 * A running thread may so overtake the one that was woken, which costs some fairness and saves a
 * context switch per turn.
 */
#include "sync/mutex.h"
#include "debug/assert.h"
#include "lock/lockwait.h"

#define WAITERS 1ull
#define CALLER  ((u64)__builtin_return_address(0))

static u64 self(void)
{
    return (u64)thread_current();
}

void mutex_init(struct mutex *m, const char *name, unsigned rank)
{
    *m = (struct mutex){.name = name, .rank = rank};
    waitq_init(&m->waiters, name);
}

static bool take(struct mutex *m, u64 owner)
{
    u64 free = 0;
    /* acquire: pairs with the release in mutex_unlock */
    return atomic_compare_exchange_strong_explicit(&m->owner, &free, owner, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Take m, or note that somebody waits for it. The waiter is in the queue when this fails for the
 * second time, so the unlock that then finds the bit finds the waiter too, and no wake-up is lost.
 */
static bool take_or_announce(struct mutex *m)
{
    u64 now = atomic_load_explicit(&m->owner, memory_order_relaxed);
    for (;;) {
        if (now == 0) {
            if (take(m, self() | WAITERS))
                return true;
            now = atomic_load_explicit(&m->owner, memory_order_relaxed);
        } else if ((now & WAITERS) || atomic_compare_exchange_weak_explicit(
                                          &m->owner, &now, now | WAITERS, memory_order_relaxed,
                                          memory_order_relaxed)) {
            return false;
        }
    }
}

/* The usual case: free, nothing to check, and nothing wrong. */
static bool lock_at_once(struct mutex *m)
{
    return likely(!lockcheck_on && ctx_current()->spin_depth == 0) && take(m, self());
}

static int wait_for(struct mutex *m, enum wait_mode mode)
{
    struct lock_wait before = lock_wait_begin(m, m->name, &m->owner);
    int err = wait_event_exclusive(&m->waiters, mode, take_or_announce(m));
    lock_wait_end(before);
    return err;
}

static NOINLINE int lock(struct mutex *m, unsigned rank, enum wait_mode mode, u64 caller)
{
    assert_no_spinlock();
    ASSERT(!mutex_is_held(m));
    lockcheck_acquire(m, m->name, rank, caller);
    if (take(m, self()))
        return 0;
    int err = wait_for(m, mode);
    if (err)
        lockcheck_release(m);
    return err;
}

void mutex_lock(struct mutex *m) NO_THREAD_SAFETY_ANALYSIS
{
    if (!lock_at_once(m))
        lock(m, m->rank, WAIT_UNINTERRUPTIBLE, CALLER);
}

void mutex_lock_ranked(struct mutex *m, unsigned rank) NO_THREAD_SAFETY_ANALYSIS
{
    if (!lock_at_once(m))
        lock(m, rank, WAIT_UNINTERRUPTIBLE, CALLER);
}

int mutex_lock_interruptible(struct mutex *m) NO_THREAD_SAFETY_ANALYSIS
{
    return lock_at_once(m) ? 0 : lock(m, m->rank, WAIT_INTERRUPTIBLE, CALLER);
}

int mutex_lock_killable(struct mutex *m) NO_THREAD_SAFETY_ANALYSIS
{
    return lock_at_once(m) ? 0 : lock(m, m->rank, WAIT_KILLABLE, CALLER);
}

bool mutex_trylock(struct mutex *m) NO_THREAD_SAFETY_ANALYSIS
{
    if (!take(m, self()))
        return false;
    lockcheck_acquired_try(m, m->name, m->rank, CALLER);
    return true;
}

/* Between the store that frees m and the wake others may take and release m, but not free what it
 * is in: the caller's reference keeps that. */
void mutex_unlock(struct mutex *m) NO_THREAD_SAFETY_ANALYSIS
{
    u64 mine = self();
    if (unlikely(lockcheck_on))
        lockcheck_release(m);
    if (likely(atomic_compare_exchange_strong_explicit(&m->owner, &mine, 0, memory_order_release,
                                                       memory_order_relaxed)))
        return;
    ASSERT(mutex_is_held(m));
    atomic_store_explicit(&m->owner, 0, memory_order_release);
    waitq_wake_one(&m->waiters, 0);
}

/* The second of a pair: of equal rank, which the checker lets pass. */
static void lock_second(struct mutex *m, u64 caller)
{
    lockcheck_acquired_try(m, m->name, m->rank, caller);
    if (!take(m, self()))
        wait_for(m, WAIT_UNINTERRUPTIBLE);
}

void mutex_lock_pair(struct mutex *a, struct mutex *b) NO_THREAD_SAFETY_ANALYSIS
{
    lock(a < b ? a : b, a->rank, WAIT_UNINTERRUPTIBLE, CALLER);
    if (a != b)
        lock_second(a < b ? b : a, CALLER);
}

void mutex_unlock_pair(struct mutex *a, struct mutex *b) NO_THREAD_SAFETY_ANALYSIS
{
    mutex_unlock(a);
    if (a != b)
        mutex_unlock(b);
}

bool mutex_is_held(const struct mutex *m)
{
    return (atomic_load_explicit(&m->owner, memory_order_relaxed) & ~WAITERS) == self();
}
