/* Spinlocks and their neighbours: reference counts, sequence locks, per-CPU counters.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "lock/percpu_counter.h"
#include "lock/refcount.h"
#include "lock/seqlock.h"
#include "lock/spinlock.h"

/* Catches: interrupts on too early, or left off, when locks nest or are released out of order. */
KTEST(lock_spin_nesting)
{
    struct spinlock a, b;
    spin_init(&a, "test a", RANK(MAIN, 2));
    spin_init(&b, "test b", RANK(MAIN, 1));
    KT_ASSERT(irqs_enabled());
    spin_lock(&a);
    spin_lock(&b);
    bool off = !irqs_enabled(), held = spin_is_held(&a) && spin_is_held(&b);
    spin_unlock(&a);
    off = off && !irqs_enabled();
    held = held && !spin_is_held(&a);
    spin_unlock(&b);
    KT_ASSERT(off && held && irqs_enabled());

    irqs_off();
    spin_lock(&a);
    spin_unlock(&a);
    bool still_off = !irqs_enabled();
    irqs_on();
    KT_ASSERT(still_off);
}

static struct {
    struct spinlock lock;
    bool taken, tried, failed;
} try_test;

static bool try_once(struct spinlock *l)
{
    if (!spin_trylock(l))
        return false;
    spin_unlock(l);
    return true;
}

static void try_in_vain(struct crew_member *m)
{
    while (!READ_ONCE(try_test.taken))
        sched_yield();
    bool got = try_once(&try_test.lock);
    try_test.failed = !got && irqs_enabled();
    WRITE_ONCE(try_test.tried, true);
}

/* Catches: a trylock that takes a held lock, or leaves interrupts off when it fails. */
KTEST(lock_spin_try)
{
    if (ncpus < 2)
        KT_SKIP("needs 2 CPUs");
    struct crew crew;
    spin_init(&try_test.lock, "test", RANK(MAIN, 1));
    KT_ASSERT(try_once(&try_test.lock));
    try_test.taken = try_test.tried = false;
    KT_EQ(sched_set_affinity(thread_current(), cpumask_of(0)), 0);
    crew_start(&crew, 1, try_in_vain, NULL);
    int err = sched_set_affinity(crew.member[0].thread, cpumask_of(1));
    spin_lock(&try_test.lock);
    WRITE_ONCE(try_test.taken, true);
    while (!READ_ONCE(try_test.tried))
        cpu_pause();
    spin_unlock(&try_test.lock);
    crew_join(&crew);
    KT_EQ(err, 0);
    KT_EQ(sched_set_affinity(thread_current(), CPUMASK_ALL), 0);
    KT_ASSERT(try_test.failed);
}

static struct {
    struct spinlock lock[2];
    u64 count[2];
} pair;
enum { ADDITIONS = 5000 };

/* Half of the threads name the pair the other way round. */
static void add_under_lock(struct crew_member *m) NO_THREAD_SAFETY_ANALYSIS
{
    for (unsigned i = 0; i < ADDITIONS && !crew_is_late(m); i++) {
        unsigned which = crew_random(m) % 3;
        struct spinlock *a = &pair.lock[which == 1], *b = &pair.lock[which != 0];
        spin_lock_pair(m->index % 2 ? a : b, m->index % 2 ? b : a);
        if (which != 1)
            pair.count[0]++;
        if (which != 0)
            pair.count[1]++;
        spin_unlock_pair(a, b);
        m->arg = (char *)m->arg + (which == 2 ? 2 : 1); /* what this member added */
    }
}

/* Catches: two owners at once (an addition is lost), a pair taken in different orders (a hang). */
KTEST(lock_spin_exclusion)
{
    struct crew crew;
    u64 expected = 0;
    for (unsigned i = 0; i < 2; i++) {
        spin_init(&pair.lock[i], "test pair", RANK(MAIN, 1));
        pair.count[i] = 0;
    }
    crew_start(&crew, MIN(ncpus + 1, 5u), add_under_lock, NULL);
    crew_join(&crew);
    for (unsigned i = 0; i < crew.n; i++)
        expected += (u64)crew.member[i].arg;
    KT_EQ(pair.count[0] + pair.count[1], expected);
}

/* Catches: a count that wraps (its object would be freed while in use), a look-up that revives the
 * dead. */
KTEST(lock_refcount)
{
    struct refcount r = REFCOUNT_INIT(1);
    refcount_get(&r);
    KT_ASSERT(!refcount_put(&r) && refcount_put(&r));
    KT_ASSERT(!refcount_get_unless_zero(&r));
    refcount_init(&r, REFCOUNT_STUCK);
    for (int i = 0; i < 3; i++)
        refcount_get(&r);
    for (int i = 0; i < 9; i++)
        KT_ASSERT(!refcount_put(&r));
    KT_EQ(refcount_read(&r), REFCOUNT_STUCK);
}

static struct {
    struct seqlock lock;
    u64 a, b;
    bool stop;
    u64 torn;
} seq;

static void seq_reader(struct crew_member *m)
{
    while (!READ_ONCE(seq.stop)) {
        u32 s;
        u64 a, b;
        do {
            s = seq_read_begin(&seq.lock);
            a = READ_ONCE(seq.a);
            b = READ_ONCE(seq.b);
        } while (seq_read_retry(&seq.lock, s));
        if (a + b != 0)
            seq.torn++;
    }
}

/* Catches: a reader that accepts half of a write. */
KTEST(lock_seqlock)
{
    struct crew crew;
    seq.lock = (struct seqlock)SEQLOCK_INIT("test", RANK(MAIN, 1));
    seq.a = seq.b = seq.torn = seq.stop = 0;
    crew_start(&crew, MIN(ncpus, 4u), seq_reader, NULL);
    for (u64 i = 0; i < 5000; i++) {
        seq_write_begin(&seq.lock);
        WRITE_ONCE(seq.a, i);
        WRITE_ONCE(seq.b, -i);
        seq_write_end(&seq.lock);
    }
    WRITE_ONCE(seq.stop, true);
    crew_join(&crew);
    KT_EQ(seq.torn, 0);
}

static struct percpu_counter counter;

static void count(struct crew_member *m)
{
    for (int i = 0; i < ADDITIONS; i++)
        percpu_counter_add(&counter, m->index % 2 ? -1 : 3);
}

/* Catches: additions lost to a migration or to an interrupt. */
KTEST(lock_percpu_counter)
{
    struct crew crew;
    s64 before = percpu_counter_sum(&counter);
    crew_start(&crew, 8, count, NULL);
    crew_join(&crew);
    KT_EQ(percpu_counter_sum(&counter) - before, 8 / 2 * ADDITIONS * (3 - 1));
}
