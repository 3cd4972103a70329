/* The lock checker, tried with breaches that are noted instead of panicking. Most locks here are
 * only names: what is tested is what the checker says about acquisitions.
 */
#include "debug/ktest.h"
#include "lib/string.h"
#include "lock/lockcheck.h"
#include "lock/spinlock.h"
#include "sched/timer.h"
#include "sched/wait.h"
#include "x86/clock.h"

static struct {
    char text[320];
    int count;
} noted;
static void (*usual)(const char *text);

static void note(const char *text)
{
    strlcpy(noted.text, text, sizeof noted.text);
    noted.count++;
}

/* Only the thread that runs the tests breaks rules meanwhile; it does not leave its CPU. */
static void notes_begin(void)
{
    noted.count = 0;
    noted.text[0] = 0;
    usual = lockcheck_report;
    lockcheck_report = note;
}

static void notes_end(void)
{
    lockcheck_report = usual;
}

static int locks[4];
static void take(int i, const char *name, unsigned rank)
{
    lockcheck_acquire(&locks[i], name, rank, (u64)take);
}

static void drop(int i)
{
    lockcheck_release(&locks[i]);
}

#define NEEDS_CHECKER()                                                                            \
    do {                                                                                           \
        if (!lockcheck_on)                                                                         \
            KT_SKIP("boot with check=lock");                                                       \
    } while (0)

/* Catches: a checker that sleeps. Falling ranks pass, rising ones and equal ones do not, whatever
 * was released in between; and the report names both locks and both places. */
KTEST(lock_check_order)
{
    NEEDS_CHECKER();
    notes_begin();
    take(0, "first", RANK(FS, 3));
    take(1, "second", RANK(FS, 2));
    take(2, "third", RANK(VM, 0));
    int falling = noted.count;
    drop(1);
    drop(2);
    take(1, "second", RANK(FS, 2));
    int again = noted.count;
    take(3, "wrong", RANK(FS, 3));
    int equal = noted.count;
    bool names_both =
        strstr(noted.text, "\"wrong\" (fs.3)") && strstr(noted.text, "\"second\" (fs.2)");
    drop(3);
    take(3, "worse", RANK(PROC, 0));
    bool names_places =
        strstr(noted.text, "take") != NULL && strstr(noted.text, "\"worse\" (proc.0)");
    drop(3);
    drop(1);
    drop(0);
    notes_end();
    KT_EQ(falling, 0);
    KT_EQ(again, 0);
    KT_ASSERT(equal > 0 && names_both && names_places);
}

/* Catches: a thread that waits for itself. */
KTEST(lock_check_recursion)
{
    NEEDS_CHECKER();
    notes_begin();
    take(0, "again", RANK(FS, 3));
    take(0, "again", RANK(FS, 3));
    int count = noted.count;
    bool says = strstr(noted.text, "recursion") != NULL;
    drop(0);
    drop(0);
    notes_end();
    KT_ASSERT(count == 1 && says);
}

/* Catches: sleeping under a spinlock, found at the attempt, not when it really sleeps. */
KTEST(lock_check_sleep_under_spinlock)
{
    NEEDS_CHECKER();
    struct spinlock l;
    spin_init(&l, "test spin", RANK(MAIN, 1));
    notes_begin();
    spin_lock(&l);
    take(0, "mutex", RANK(FS, 1));
    int count = noted.count;
    bool says = strstr(noted.text, "sleep under a spinlock") != NULL;
    drop(0);
    spin_unlock(&l);
    notes_end();
    KT_ASSERT(count == 1 && says);
}

static bool try_once(struct spinlock *l)
{
    if (!spin_trylock(l))
        return false;
    spin_unlock(l);
    return true;
}

/* A pair and a successful try may have any rank beside what is held; an order is only then broken
 * when somebody could wait. */
KTEST(lock_check_pair_and_try)
{
    NEEDS_CHECKER();
    struct spinlock a, b, c;
    spin_init(&a, "test a", RANK(MAIN, 1));
    spin_init(&b, "test b", RANK(MAIN, 1));
    spin_init(&c, "test c", RANK(MAIN, 3));
    notes_begin();
    spin_lock_pair(&a, &b);
    bool got = try_once(&c);
    int count = noted.count;
    spin_unlock_pair(&a, &b);
    notes_end();
    KT_ASSERT(got && count == 0);
}

static struct {
    struct timer timer;
    struct spinlock lock;
    bool ran;
} in_irq;

static void lock_in_irq(struct timer *t)
{
    spin_lock(&in_irq.lock);
    spin_unlock(&in_irq.lock);
    take(0, "mutex in irq", RANK(FS, 1));
    drop(0);
    WRITE_ONCE(in_irq.ran, true);
}

/* Catches: a handler blamed for the sleeping locks of whoever it interrupted; a handler that may
 * sleep. */
KTEST(lock_check_interrupts)
{
    NEEDS_CHECKER();
    spin_init(&in_irq.lock, "test irq", RANK(MAIN, 1));
    in_irq.ran = false;
    timer_init(&in_irq.timer, lock_in_irq);
    notes_begin();
    preempt_disable();
    take(1, "held by the thread", RANK(FS, 1));
    timer_start(&in_irq.timer, now_ns());
    while (!READ_ONCE(in_irq.ran))
        cpu_pause();
    drop(1);
    preempt_enable();
    int count = noted.count;
    bool says = strstr(noted.text, "in an interrupt handler") != NULL;
    notes_end();
    KT_EQ(count, 1);
    KT_ASSERT(says);
}

static struct {
    struct timer timer;
    struct spinlock lock;
    u64 until_ns;
    u64 rang;
} storm;

static void storm_rings(struct timer *t)
{
    spin_lock(&storm.lock);
    storm.rang++;
    spin_unlock(&storm.lock);
    if (now_ns() < storm.until_ns)
        timer_start(t, now_ns() + 10 * NS_PER_US + storm.rang % 100 * 100);
}

/* Catches: a list that an interrupt finds, or leaves, half changed. The thread drops its locks in
 * the order in which it took them, so that the list is moved up each time, while a handler that
 * borrows its context takes spinlocks all the time. */
KTEST(lock_check_interrupted)
{
    NEEDS_CHECKER();
    spin_init(&storm.lock, "storm", RANK(MAIN, 1));
    timer_init(&storm.timer, storm_rings);
    storm.rang = 0;
    storm.until_ns = now_ns() + 300 * NS_PER_MS;
    notes_begin();
    unsigned held = ctx_current()->nheld, left = held;
    timer_start(&storm.timer, now_ns() + 1);
    while (now_ns() < storm.until_ns && noted.count == 0 && left == held) {
        for (int i = 0; i < 4; i++)
            take(i, "test", RANK(FS, 8 - i));
        for (int i = 0; i < 4; i++)
            drop(i);
        left = ctx_current()->nheld;
    }
    WRITE_ONCE(storm.until_ns, 0);
    timer_cancel(&storm.timer);
    notes_end();
    KT_EQ(noted.count, 0);
    KT_EQ(left, held);
    KT_ASSERT(storm.rang > 0);
}

static NOINLINE void take_inner(int i)
{
    lockcheck_acquire(&locks[i], "taken inside", RANK(FS, 4), (u64)__builtin_return_address(0));
    barrier();
}

static NOINLINE void take_outer(int i)
{
    take_inner(i);
    barrier();
}

/* Catches: a report from which one cannot tell how the two locks came to be taken: both chains of
 * callers, both ranks, the thread. */
KTEST(lock_check_names_both_chains)
{
    NEEDS_CHECKER();
    notes_begin();
    lockcheck_acquire(&locks[0], "outermost", RANK(FS, 3), (u64)__builtin_return_address(0));
    take_outer(1);
    drop(1);
    drop(0);
    notes_end();
    KT_EQ(noted.count, 1);
    KT_ASSERT(strstr(noted.text, ctx_current()->name));
    KT_ASSERT(strstr(noted.text, "\"taken inside\" (fs.4) at take_outer"));
    KT_ASSERT(strstr(noted.text, "\"outermost\" (fs.3) at "));
    KT_ASSERT(strstr(noted.text, " < boot_thread"));
}
