/* oom.c: out of memory, in three steps: caches shrink, the largest process dies, the needy wait.
 *
 * A frame_alloc that fails returns at once, since its caller may hold any lock. A page fault lets
 * go of everything and comes here. It sleeps until the victim's memory is back (or a little while:
 * a cache may have shrunk meanwhile) and then tries again; unless it is the victim, which leaves.
 */
#include "vm/oom.h"

#include "abi/errno.h"
#include "mm/frame.h"
#include "sched/wait.h"
#include "x86/clock.h"

enum {
    SHRINK_AT_ONCE = 128, /* frames asked of the caches when one is needed */
    WAIT_MS = 20,         /* after which the state of memory is looked at again */
};

static struct list_head shrinkers = LIST_INIT(shrinkers);
static const struct oom_ops *ops;
static struct waitq freed_waitq = WAITQ_INIT(freed_waitq, "oom");
static _Atomic u64 times_freed; /* grows when an address space goes: the waiters' condition */

/* Registered at boot and never removed, so the list needs no lock. */
void shrinker_register(struct shrinker *s)
{
    list_add_tail(&shrinkers, &s->node);
}

void oom_set_ops(const struct oom_ops *oom_ops)
{
    ops = oom_ops;
}

static u64 shrink_caches(u64 npages)
{
    u64 freed = 0;
    struct shrinker *s;
    list_for_each_entry (s, &shrinkers, node)
        if (freed < npages)
            freed += s->shrink(npages - freed);
    return freed;
}

/* low_memory_hook: an allocation that can wait did not find a block of 2^order frames. */
static size_t low_memory(unsigned order)
{
    return shrink_caches((1ul << order) + SHRINK_AT_ONCE);
}

void oom_init(void)
{
    low_memory_hook = low_memory;
}

void oom_memory_freed(void)
{
    atomic_fetch_add_explicit(&times_freed, 1, memory_order_release);
    if (!waitq_empty(&freed_waitq))
        waitq_wake_all(&freed_waitq, 0);
}

static bool being_killed(void)
{
    return thread_current()->work & WORK_KILL;
}

int oom_wait(void)
{
    assert_no_spinlock();
    if (being_killed())
        return -ENOMEM;
    if (frame_free_count() > SHRINK_AT_ONCE || shrink_caches(SHRINK_AT_ONCE) > 0)
        return 0; /* somebody, or a cache, gave memory back since: nobody has to die */
    u64 before = atomic_load_explicit(&times_freed, memory_order_acquire);
    if (!ops || !ops->kill_largest() || being_killed())
        return -ENOMEM;
    /* Whether it was a wake-up or the time: trying again tells. A wake-up before the wait began has
     * changed times_freed. */
    (void)!wait_event_until(&freed_waitq, WAIT_KILLABLE, now_ns() + WAIT_MS * NS_PER_MS,
                            atomic_load_explicit(&times_freed, memory_order_acquire) != before);
    return being_killed() ? -ENOMEM : 0;
}
