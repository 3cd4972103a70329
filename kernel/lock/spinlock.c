/* The slow paths of spinlocks: waiting for one's ticket, taking two locks, passing a lock to
 * another context.
 *
 * The fast path is inline in spinlock.h. A ticket lock is fair, which costs something when a
 * holder's virtual CPU is not scheduled by the host; on the machine that we teach on, fairness is
 * worth it.
 */
#include "lock/spinlock.h"
#include "debug/assert.h"
#include "debug/watchdog.h"
#include "lock/lockwait.h"
#include "x86/clock.h"

/* Nobody holds a spinlock for long: a hundred microseconds is much. Ten seconds is a deadlock, and
 * saying so beats hanging. A host that is short of CPUs may stop a holder for a while, hence the
 * wide margin; and what lies between two looks at the clock counts for two seconds at most, so that
 * a machine that was stopped altogether is not taken for one that spun. */
enum { SPIN_HANG_S = 10, SPINS_PER_LOOK = 16, LOOK_COUNTS_S = 2 };
void spin_init(struct spinlock *l, const char *name, unsigned rank)
{
    *l = (struct spinlock)SPINLOCK_INIT(name, rank);
}

/* The CPU on which c runs; -1: on none. */
static int cpu_of(const struct ctx *c)
{
    for (unsigned cpu = 0; cpu < ncpus; cpu++)
        if (c && READ_ONCE(percpu[cpu].current) == c)
            return (int)cpu;
    return -1;
}

static void report_hang(const struct spinlock *l)
{
    const struct ctx *c = ctx_current(), *owner = READ_ONCE(l->owner);
    if (owner)
        watchdog_report(cpu_of(owner),
                        "spinlock \"%s\" (%p) is not free after %d s: CPU %u, thread %lu (%s), "
                        "waits; thread %lu (%s) holds it",
                        l->name, l, SPIN_HANG_S, cpu_id(), c->id, c->name, owner->id, owner->name);
    else
        watchdog_report((int)cpu_id(),
                        "spinlock \"%s\" (%p) is not free after %d s, though nobody holds it",
                        l->name, l, SPIN_HANG_S);
}

struct patience {
    u64 last_tsc, spent_tsc;
};

static void look(const struct spinlock *l, struct patience *p)
{
    u64 now = rdtsc();
    p->spent_tsc += MIN(now - p->last_tsc, LOOK_COUNTS_S * tsc_hz());
    p->last_tsc = now;
    if (tsc_hz() && p->spent_tsc >= SPIN_HANG_S * tsc_hz() && watchdog_on)
        report_hang(l);
}

void spin_wait(struct spinlock *l, u32 ticket)
{
    if (l->owner == ctx_current())
        panic("spinlock \"%s\" taken twice by %s", l->name, ctx_current()->name);
    struct lock_wait before = lock_wait_begin(l, l->name, &l->owner);
    struct patience p = {.last_tsc = rdtsc()};
    u32 spins = 0;
    while (atomic_load_explicit(&l->serving, memory_order_acquire) != ticket) {
        cpu_pause();
        if (++spins % SPINS_PER_LOOK == 0)
            look(l, &p);
    }
    lock_wait_end(before);
}

void spin_bad_unlock(const struct spinlock *l)
{
    const struct ctx *owner = READ_ONCE(l->owner);
    panic("spinlock \"%s\" unlocked by %s, held by %s", l->name, ctx_current()->name,
          owner ? owner->name : "nobody");
}

bool spin_trylock(struct spinlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    struct ctx *c = ctx_current();
    spin_enter(c);
    /* Free means that the next ticket is the one being served: draw it, unless somebody else does
     * first. */
    u32 ticket = atomic_load_explicit(&l->serving, memory_order_acquire);
    if (!atomic_compare_exchange_strong_explicit(&l->next, &ticket, ticket + 1,
                                                 memory_order_acquire, memory_order_relaxed)) {
        spin_leave(c);
        return false;
    }
    if (unlikely(lockcheck_on))
        lockcheck_spin_try(l, l->name, l->rank);
    l->owner = c;
    return true;
}

static void spin_lock_second(struct spinlock *l) NO_THREAD_SAFETY_ANALYSIS
{
    struct ctx *c = ctx_current();
    spin_enter(c);
    if (unlikely(lockcheck_on))
        lockcheck_spin_second(l, l->name, l->rank);
    u32 ticket = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);
    if (atomic_load_explicit(&l->serving, memory_order_acquire) != ticket)
        spin_wait(l, ticket);
    l->owner = c;
}

/* Everybody who takes two locks of one kind takes the lower address first, so no two can wait for
 * each other. */
void spin_lock_two(struct spinlock *a, struct spinlock *b) NO_THREAD_SAFETY_ANALYSIS
{
    spin_lock(a < b ? a : b);
    spin_lock_second(a < b ? b : a);
}

void spin_pass(struct spinlock *l, struct ctx *to)
{
    struct ctx *from = ctx_current();
    ASSERT(l->owner == from && from->spin_depth == 1 && to->spin_depth == 0);
    if (unlikely(lockcheck_on))
        lockcheck_pass(l, to);
    from->spin_depth = 0; /* without turning interrupts on: `to` does that when it unlocks */
    to->spin_depth = 1;
    l->owner = to;
}
