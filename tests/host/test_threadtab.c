/* sources: kernel/sched/threadtab.c kernel/lib/xarray.c */
/* Thread numbers beside a model, all the way round the number space and with every number taken.
 * Catches: a number reused too early or while somebody still goes by it, a table that loses a
 * thread, a listing out of order. */
#include "shim.h"

#include <asm/prctl.h>
#include <string.h>
#include <asm/unistd.h>
#include <unistd.h>

#include "lib/xarray.h"
#include "sched/runq_priv.h"

/* The kernel's spinlocks work in a process too, once %gs points to a struct percpu, and a context
 * that already holds a lock keeps them from touching the interrupt flag. */
static struct percpu cpu;
static struct ctx context = {.spin_depth = 1};
bool lockcheck_on;

void lockcheck_spin(const void *lock, const char *name, unsigned rank)
{
}
void lockcheck_release(const void *lock)
{
}
void spin_wait(struct spinlock *l, u32 ticket)
{
    panic("%s: one thread, and it waits", l->name);
}
void spin_bad_unlock(const struct spinlock *l)
{
    panic("%s: bad unlock", l->name);
}
bool dump_readable(const void *p, size_t len)
{
    return p && len;
}
struct thread *thread_get(struct thread *t)
{
    refcount_get(&t->refs);
    return t;
}

static void *node_alloc(void)
{
    return malloc(XA_NODE_BYTES);
}

static struct thread threads[PID_MAX];

static struct thread *add(unsigned i, bool *ok)
{
    struct thread *t = &threads[i];
    memset(t, 0, sizeof *t);
    refcount_init(&t->refs, 1);
    *ok = thread_table_add(t, 0);
    return t;
}

static void remove_and_drop(struct thread *t)
{
    thread_table_remove(t);
    thread_id_drop(t->ctx.id);
}

TEST(threadtab_goes_round)
{
    bool ok;
    struct thread *first = add(0, &ok);
    CHECK(ok);
    u64 start = first->ctx.id;
    thread_id_hold(start); /* a process group, say */
    remove_and_drop(first);
    CHECK(thread_find(start) == NULL);

    u64 last = start;
    for (unsigned n = 0; n < 2 * PID_MAX; n++) {
        struct thread *t = add(1, &ok);
        CHECK(ok && t->ctx.id != start && t->ctx.id != PID_INIT && t->ctx.id < PID_MAX);
        CHECK(t->ctx.id > last || t->ctx.id <= 3); /* in turn, or round */
        last = t->ctx.id;
        CHECK(thread_find(last) == t);
        remove_and_drop(t);
    }
    thread_id_drop(start);
    CHECK_EQ(thread_count(), 0);
}

TEST(threadtab_full)
{
    bool ok = true;
    unsigned n = 0;
    while (ok && n < PID_MAX)
        add(n++, &ok);
    n--;
    CHECK(!ok);
    CHECK_EQ(n, PID_MAX - 2); /* all but 0 and process 1's */
    CHECK_EQ(thread_count(), n);

    struct thread init = {.refs = REFCOUNT_INIT(1)};
    CHECK(thread_table_add(&init, PID_INIT));
    CHECK(!thread_table_add(&threads[n], PID_INIT));

    u64 id = 0, before = 0, found = 0;
    for (; thread_find_from(&id); id++, found++) {
        CHECK(id > before);
        before = id;
    }
    CHECK_EQ(found, n + 1);

    struct thread *victim = &threads[rnd_below(n)];
    u64 free = victim->ctx.id;
    remove_and_drop(victim);
    struct thread *t = add(victim - threads, &ok);
    CHECK(ok);
    CHECK_EQ(t->ctx.id, free);
    for (unsigned i = 0; i < n; i++)
        remove_and_drop(&threads[i]);
    remove_and_drop(&init);
    CHECK_EQ(thread_count(), 0);
    CHECK_PANICS(thread_id_hold(free));
}

int main(void)
{
    cpu.self = &cpu;
    cpu.current = &context;
    if (syscall(__NR_arch_prctl, ARCH_SET_GS, &cpu))
        return 1;
    xa_set_allocator(node_alloc, free);
    return run_tests();
}
