/* Threads: their numbers, their stacks and registers across switches, their end.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "mm/kmap.h"

enum { ROUNDS = 500 };

/* A recursion that yields at each level: each frame must find its own values again. */
static u64 weave(struct crew_member *m, unsigned depth)
{
    u64 mine[4] = {crew_random(m), depth, m->index, (u64)&mine};
    u64 before = mine[0];
    sched_yield();
    u64 below = depth ? weave(m, depth - 1) : 0;
    if (mine[0] != before || mine[1] != depth || mine[2] != m->index || mine[3] != (u64)&mine)
        return 1;
    return below;
}

static void weaver(struct crew_member *m)
{
    u64 wrong = 0;
    for (int i = 0; i < ROUNDS / 10; i++)
        wrong |= weave(m, 10);
    m->random = wrong;
}

/* Catches: a callee-saved register lost in a switch, two threads on one stack. */
KTEST(sched_thread_switch)
{
    struct crew crew;
    u64 switches = sched_switches();
    crew_start(&crew, 8, weaver, NULL);
    crew_join(&crew);
    for (unsigned i = 0; i < crew.n; i++)
        KT_EQ(crew.member[i].random, 0);
    KT_ASSERT(sched_switches() > switches);
}

static void nothing(struct crew_member *m)
{
}

static void nap(void)
{
    thread_sleep_until(now_ns() + NS_PER_MS, WAIT_UNINTERRUPTIBLE);
}

/* Catches: a stack, a struct or a number that a dead thread keeps. A thread that has said that it
 * is done needs a CPU once more to end, which on a busy host may take its time. */
KTEST(sched_thread_leaks)
{
    struct crew crew;
    struct kmap_stats before, after;
    crew_start(&crew, 8, nothing, NULL); /* fill the caches */
    crew_join(&crew);
    nap();
    u64 threads = thread_count();
    kmap_stats(&before);
    for (int i = 0; i < 50; i++) {
        crew_start(&crew, 8, nothing, NULL);
        crew_join(&crew);
    }
    for (u64 until = now_ns() + 30 * NS_PER_SEC; now_ns() < until;) {
        thread_reap_all();
        kmap_stats(&after);
        if (after.kstacks <= before.kstacks && thread_count() <= threads)
            break; /* less: the dead of an earlier test were still being buried */
        nap();
    }
    KT_ASSERT(after.kstacks <= before.kstacks);
    KT_ASSERT(thread_count() <= threads);
}

/* Catches: a number given to two threads, or reused at once; a thread that cannot be found, or
 * found when it has ended. */
KTEST(sched_thread_ids)
{
    u64 last = 0;
    for (int i = 0; i < 20; i++) {
        struct crew crew;
        crew_start(&crew, 2, nothing, NULL);
        u64 id[2] = {crew.member[0].thread->ctx.id, crew.member[1].thread->ctx.id};
        struct thread *t = thread_get(crew.member[0].thread);
        crew_join(&crew);
        bool in_turn = id[0] != last && id[1] != id[0] && id[0] < PID_MAX && id[1] < PID_MAX;
        last = id[1];
        while (READ_ONCE(t->state) != T_DEAD)
            nap();
        struct thread *found = thread_find(id[0]);
        thread_put(found);
        thread_put(t);
        KT_ASSERT(in_turn);
        KT_ASSERT(!found);
    }
    struct thread *me = thread_find(thread_current()->ctx.id);
    thread_put(me);
    KT_ASSERT(me == thread_current());
}

static bool check_order(struct thread *t, void *arg)
{
    u64 *last = arg;
    bool ok = t->ctx.id > *last;
    *last = ok ? t->ctx.id : U64_MAX;
    return ok;
}

KTEST(sched_thread_list)
{
    u64 last = 0, n = 0;
    thread_each(check_order, &last);
    KT_ASSERT(last != U64_MAX);
    struct thread *t;
    for (u64 id = 0; (t = thread_find_from(&id)); id++, n++)
        thread_put(t);
    KT_EQ(n, thread_count());
}
