/* Counting semaphores (semaphore.h).
 *
 * sem_up raises the number first and wakes then; a waiter joins the queue first and looks at the
 * number then. So the waiter sees the permit or is seen waiting (wait.c, argument 1). Of several
 * waiters one is woken for each permit; a thread that comes by meanwhile may be faster, and the
 * woken one waits again.
 */
#include "sync/semaphore.h"

void sem_init(struct semaphore *s, const char *name, unsigned permits)
{
    atomic_store_explicit(&s->permits, permits, memory_order_relaxed);
    waitq_init(&s->waiters, name);
}

bool sem_trydown(struct semaphore *s)
{
    s64 n = atomic_load_explicit(&s->permits, memory_order_relaxed);
    while (n > 0)
        /* acquire: pairs with the release in sem_up */
        if (atomic_compare_exchange_weak_explicit(&s->permits, &n, n - 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
    return false;
}

int sem_down(struct semaphore *s, enum wait_mode mode, u64 deadline_ns)
{
    return wait_event_how(&s->waiters, mode, deadline_ns, true, sem_trydown(s));
}

void sem_up(struct semaphore *s)
{
    atomic_fetch_add_explicit(&s->permits, 1, memory_order_release);
    waitq_wake_one(&s->waiters, 0);
}
