/* The lock checker (lockcheck.h): a list of held locks in every context, and four rules.
 *
 * Ranks make the check local: if every context takes locks only in falling order of rank, then on
 * any circle of "holds one, waits for the next" ranks would fall all the way round, which no circle
 * can do. So looking at one's own list suffices, and an order that *could* deadlock is found the
 * first time it is used, not the first time it hangs.
 */
#include "lock/lockcheck.h"
#include "debug/assert.h"
#include "debug/backtrace.h"
#include "debug/dump.h"
#include "debug/ksym.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "lock/lockwait.h"
#include "lock/spinlock.h"
#include "x86/sections.h"

enum { FRAMES_MAX = 12 };

bool lockcheck_on;

static void report_panic(const char *text)
{
    lockcheck_on = false; /* the panic code takes what it likes */
    panic("%s", text);
}
void (*lockcheck_report)(const char *text) = report_panic;

static const char *const layer_names[] = {
    "abi", "lib", "x86", "debug", "lock", "mm",   "sched", "sync", "block",  "vm",
    "fs",  "ipc", "net", "proc",  "dev",  "wasm", "exo",   "sys",  "main.c",
};
_Static_assert(ARRAY_SIZE(layer_names) == LAYER_MAIN + 1, "kernel/LAYERS");

const char *lock_layer_name(unsigned rank)
{
    unsigned layer = rank / 16;
    return layer < ARRAY_SIZE(layer_names) ? layer_names[layer] : "?";
}

const char *lockcheck_where(const struct held_lock *h, char *buf, size_t len)
{
    size_t at = strlen(ksym_format(KERNEL_BASE + h->callers[0], buf, len));
    for (unsigned i = 1; i < HELD_CALLERS && h->callers[i]; i++) {
        const char *name;
        u64 start;
        if (ksym_lookup(KERNEL_BASE + h->callers[i] - 1, &name, &start))
            at += (size_t)scnprintf(buf + at, len - at, " < %s", name);
    }
    return buf;
}

/* "\"runq\" (sched.1) at thread_wake+0x24 < waitq_wake_one < sem_up" */
static const char *describe(const struct held_lock *h, char *buf, size_t len)
{
    char where[112];
    snprintf(buf, len, "\"%s\" (%s.%u) at %s%s", h->name, lock_layer_name(h->rank), h->rank % 16,
             lockcheck_where(h, where, sizeof where), h->in_irq ? ", in an interrupt" : "");
    return buf;
}

static void report(const char *what, const struct held_lock *taking, const struct held_lock *held)
{
    char a[180], b[180], text[400];
    snprintf(text, sizeof text, "lock check: %s: %s is taking %s\n  while holding %s", what,
             ctx_current()->name, describe(taking, a, sizeof a),
             held ? describe(held, b, sizeof b) : "nothing");
    lockcheck_report(text);
}

/* Whether the held lock h orders what is taken now: see "An interrupt handler borrows" in the
 * header. */
static bool counts(const struct held_lock *h, bool in_irq)
{
    return !in_irq || h->in_irq || !h->sleeps;
}

enum { CHECK_ORDER, CHECK_PAIR, CHECK_TRY };

static void check(const struct ctx *c, const struct held_lock *taking, int kind)
{
    if (taking->sleeps && taking->in_irq)
        report("may sleep in an interrupt handler", taking, NULL);
    for (unsigned i = 0; i < c->nheld; i++) {
        const struct held_lock *h = &c->held[i];
        if (!counts(h, taking->in_irq))
            continue;
        if (h->lock == taking->lock)
            report("recursion", taking, h);
        else if (kind == CHECK_TRY)
            continue;
        else if (taking->sleeps && !h->sleeps)
            report("may sleep under a spinlock", taking, h);
        else if (h->rank < taking->rank || (h->rank == taking->rank && kind != CHECK_PAIR))
            report("order", taking, h);
    }
}

/* An interrupt handler borrows the context, and puts its own entries on the list and takes them
 * off: it must find the list whole, or it overwrites what is on its way from one place to another.
 */
static void note(struct ctx *c, const struct held_lock *h)
{
    if (c->nheld == CTX_HELD_MAX)
        panic("lock check: %s holds more than %d locks", c->name, CTX_HELD_MAX);
    bool on = irqs_save();
    c->held[c->nheld++] = *h;
    irqs_restore(on);
}

/* The chain of frames from `caller` outwards; where it does not pass through caller, that alone is
 * noted. The outermost frame pointer is whatever the program had in %rbp: trust none. */
static void note_callers(const struct ctx *c, struct held_lock *h, u64 caller)
{
    const u64 *frame = __builtin_frame_address(0);
    unsigned n = 0;
    for (int i = 0; i < FRAMES_MAX && n < HELD_CALLERS; i++) {
        u64 at = (vaddr_t)frame - c->stack_lo;
        if (at % sizeof *frame || at >= c->stack_hi - c->stack_lo - sizeof *frame)
            break;
        if (n > 0 || frame[1] == caller)
            h->callers[n++] = (u32)(frame[1] - KERNEL_BASE);
        frame = (const u64 *)frame[0];
    }
    if (n == 0)
        h->callers[0] = (u32)(caller - KERNEL_BASE);
}

static void acquire(const void *lock, const char *name, unsigned rank, u64 caller, bool sleeps,
                    int kind)
{
    struct ctx *c = ctx_current();
    struct held_lock h = {
        .lock = lock,
        .name = name,
        .rank = rank,
        .since_tsc = rdtsc(),
        .sleeps = sleeps,
        .in_irq = this_cpu()->in_irq,
    };
    note_callers(c, &h, caller);
    check(c, &h, kind);
    note(c, &h);
}

#define CALLER ((u64)__builtin_return_address(0))

void lockcheck_acquire(const void *lock, const char *name, unsigned rank, u64 caller)
{
    if (lockcheck_on)
        acquire(lock, name, rank, caller, true, CHECK_ORDER);
}

void lockcheck_acquired_try(const void *lock, const char *name, unsigned rank, u64 caller)
{
    if (lockcheck_on)
        acquire(lock, name, rank, caller, true, CHECK_TRY);
}

void lockcheck_spin(const void *lock, const char *name, unsigned rank)
{
    acquire(lock, name, rank, CALLER, false, CHECK_ORDER);
}

void lockcheck_spin_try(const void *lock, const char *name, unsigned rank)
{
    acquire(lock, name, rank, CALLER, false, CHECK_TRY);
}

void lockcheck_spin_second(const void *lock, const char *name, unsigned rank)
{
    acquire(lock, name, rank, CALLER, false, CHECK_PAIR);
}

static void remove_at(struct ctx *c, unsigned i)
{
    for (c->nheld--; i < c->nheld; i++)
        c->held[i] = c->held[i + 1];
}

/* Take the entry of `lock` out of c's list, from the top, as locks are mostly dropped in the
 * reverse order. */
static bool forget(struct ctx *c, const void *lock, struct held_lock *out)
{
    bool on = irqs_save();
    unsigned i = c->nheld;
    while (i > 0 && c->held[i - 1].lock != lock)
        i--;
    if (i > 0) {
        *out = c->held[i - 1];
        remove_at(c, i - 1);
    }
    irqs_restore(on);
    return i > 0;
}

void lockcheck_release(const void *lock)
{
    struct held_lock h;
    /* Not on the list: it was taken before the checker was switched on. */
    if (lockcheck_on)
        forget(ctx_current(), lock, &h);
}

void lockcheck_waited(const void *lock)
{
    struct ctx *c = ctx_current();
    for (unsigned i = 0; i < c->nheld; i++)
        if (c->held[i].lock == lock)
            c->held[i].since_tsc = rdtsc();
}

void lockcheck_pass(const void *lock, struct ctx *to)
{
    struct held_lock h;
    if (forget(ctx_current(), lock, &h))
        note(to, &h);
}

void lockcheck_sleeps_under_spinlock(void)
{
    const struct ctx *c = ctx_current();
    panic("%s is about to sleep under %u spinlock(s)", c->name, c->spin_depth);
}

void assert_no_lock_upto(enum layer layer)
{
    const struct ctx *c = ctx_current();
    assert_no_spinlock();
    for (unsigned i = 0; lockcheck_on && i < c->nheld; i++) {
        if (c->held[i].rank < (layer + 1) * 16 && counts(&c->held[i], this_cpu()->in_irq)) {
            struct held_lock here = {.name = "none allowed", .rank = layer * 16};
            note_callers(c, &here, CALLER);
            report("a lock held where none may be", &here, &c->held[i]);
        }
    }
}

static void dump_cpu_locks(unsigned cpu)
{
    const struct ctx *c = READ_ONCE(percpu[cpu].current);
    if (dump_readable(c, sizeof *c))
        lock_dump_ctx(c);
}
static struct dump_hook locks_hook = {.name = "locks", .cpu = dump_cpu_locks};

void lock_init(void)
{
    lockcheck_on = cmdline_list_has("check", "lock");
    dump_register(&locks_hook);
}
