/* sources: kernel/sched/policy_*.c */
/* Every policy of the table, driven by random events on several runqueues as core.c and balance.c
 * would drive it, beside a model that knows only which thread is ready where. Catches: a thread
 * lost or queued twice, a CPU that finds nothing although a thread is ready, a theft that breaks an
 * affinity, a thread that starves under round robin, an order that is not first in, first out. */
#include "shim.h"

#include <string.h>

#include "sched/policy.h"
#include "sched/thread.h"
#include "x86/clock.h"

/* ld makes these two for every section whose name is a C identifier. */
extern const struct sched_policy *const __start_sched_policies[];
extern const struct sched_policy *const __stop_sched_policies[];

enum { CPUS = 3, THREADS = 24, EVENTS = 200000 };

static struct runq rqs[CPUS];
static struct thread threads[THREADS];
static bool ready[THREADS]; /* the model: in the queue of threads[i].cpu */
static unsigned nready[CPUS];
static struct thread *running[CPUS];

static void make_ready(const struct sched_policy *p, struct thread *t, unsigned cpu,
                       enum enqueue_reason why)
{
    int i = t - threads;
    CHECK(!ready[i]);
    t->cpu = cpu;
    p->enqueue(&rqs[cpu], t, why);
    ready[i] = true;
    nready[cpu]++;
}

/* The policy gave t from the queue of `cpu`. */
static void check_given(struct thread *t, unsigned cpu)
{
    int i = t - threads;
    CHECK(i >= 0 && i < THREADS && ready[i] && t->cpu == cpu);
    ready[i] = false;
    nready[cpu]--;
}

static void reset(const struct sched_policy *p)
{
    memset(rqs, 0, sizeof rqs);
    memset(threads, 0, sizeof threads);
    memset(ready, 0, sizeof ready);
    memset(nready, 0, sizeof nready);
    memset(running, 0, sizeof running);
    for (unsigned c = 0; c < CPUS; c++) {
        rqs[c].cpu = c;
        p->init_runq(&rqs[c]);
    }
    for (int i = 0; i < THREADS; i++) {
        threads[i].ctx.id = i + 1;
        threads[i].allowed = 1 + rnd_below((1 << CPUS) - 1);
        threads[i].policy = p;
        p->attach(&threads[i]);
        make_ready(p, &threads[i], __builtin_ctzll(threads[i].allowed), ENQ_NEW);
    }
}

static void pick(const struct sched_policy *p, unsigned cpu)
{
    struct thread *t = p->pick_next(&rqs[cpu]);
    CHECK((t != NULL) == (nready[cpu] > 0)); /* work conserving */
    if (t)
        check_given(t, cpu);
    running[cpu] = t;
}

/* The running thread runs for a while, and then blocks, yields or is preempted. */
static void leave(const struct sched_policy *p, unsigned cpu)
{
    struct thread *t = running[cpu];
    running[cpu] = NULL;
    if (!t)
        return;
    u64 slice = p->slice_ns(&rqs[cpu], t);
    p->charge(&rqs[cpu], t, rnd_below(slice ? slice + slice / 4 : 20 * NS_PER_MS));
    switch (rnd_below(3)) {
    case 0:
        return; /* blocked */
    case 1:
        p->yield(&rqs[cpu], t);
        break;
    }
    make_ready(p, t, cpu, ENQ_PREEMPTED);
}

static bool is_running(const struct thread *t)
{
    for (unsigned c = 0; c < CPUS; c++)
        if (running[c] == t)
            return true;
    return false;
}

static void wake_somebody(const struct sched_policy *p)
{
    struct thread *t = &threads[rnd_below(THREADS)];
    if (ready[t - threads] || is_running(t))
        return;
    unsigned cpu = rnd_below(CPUS);
    if (!(t->allowed & cpumask_of(cpu)))
        return;
    make_ready(p, t, cpu, ENQ_WAKE);
    if (running[cpu])
        p->preempts(&rqs[cpu], running[cpu], t);
}

static void steal(const struct sched_policy *p)
{
    unsigned from = rnd_below(CPUS), to = rnd_below(CPUS);
    if (from == to)
        return;
    unsigned could = 0;
    for (int i = 0; i < THREADS; i++)
        could += ready[i] && threads[i].cpu == from && (threads[i].allowed & cpumask_of(to));
    struct thread *t = p->steal(&rqs[from], to);
    CHECK((t != NULL) == (could > 0));
    if (!t)
        return;
    CHECK(t->allowed & cpumask_of(to));
    check_given(t, from);
    make_ready(p, t, to, ENQ_MIGRATED);
}

static void take_out(const struct sched_policy *p)
{
    struct thread *t = &threads[rnd_below(THREADS)];
    if (!ready[t - threads])
        return;
    p->dequeue(&rqs[t->cpu], t);
    check_given(t, t->cpu);
}

/* Empty the queues by picking: exactly the ready threads come out, each once. */
static void drain(const struct sched_policy *p)
{
    for (unsigned c = 0; c < CPUS; c++) {
        for (running[c] = NULL; nready[c] > 0;)
            pick(p, c);
        CHECK(p->pick_next(&rqs[c]) == NULL);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(!ready[i]);
}

static void drive(const struct sched_policy *p)
{
    reset(p);
    for (int n = 0; n < EVENTS; n++) {
        unsigned cpu = rnd_below(CPUS);
        switch (rnd_below(8)) {
        case 0:
            steal(p);
            break;
        case 1:
            take_out(p);
            break;
        case 2:
        case 3:
        case 4:
            wake_somebody(p);
            break;
        default:
            leave(p, cpu);
            pick(p, cpu);
        }
    }
    drain(p);
}

TEST(policies_lose_and_double_no_thread)
{
    const struct sched_policy *const *p = __start_sched_policies;
    CHECK(p < __stop_sched_policies);
    for (; p < __stop_sched_policies; p++)
        if ((*p)->class == CLASS_NORMAL) {
            printf("# policy %s\n", (*p)->name);
            drive(*p);
        }
}

static const struct sched_policy *find(const char *name)
{
    for (const struct sched_policy *const *p = __start_sched_policies; p < __stop_sched_policies;
         p++)
        if (strcmp((*p)->name, name) == 0)
            return *p;
    panic("no policy %s", name);
}

static void fill(const struct sched_policy *p, int n)
{
    reset(p);
    drain(p);
    for (int i = 0; i < n; i++)
        make_ready(p, &threads[i], 0, ENQ_NEW);
}

/* Ten threads that compute: each turn is a full slice, and the order never changes. */
TEST(rr_gives_everyone_a_turn)
{
    const struct sched_policy *rr = find("rr");
    fill(rr, 10);
    for (int turn = 0; turn < 100; turn++) {
        pick(rr, 0);
        struct thread *t = running[0];
        CHECK_EQ(t - threads, turn % 10);
        CHECK_EQ(rr->slice_ns(&rqs[0], t), 10 * NS_PER_MS);
        rr->charge(&rqs[0], t, 10 * NS_PER_MS);
        make_ready(rr, t, 0, ENQ_PREEMPTED);
    }
}

/* Preempted in the middle of its slice a thread keeps its place and the rest of the slice, so that
 * being interrupted costs it nothing; and charging in small pieces adds up to one slice. */
TEST(rr_keeps_the_rest_of_a_slice)
{
    const struct sched_policy *rr = find("rr");
    fill(rr, 3);
    for (int piece = 0; piece < 10; piece++) {
        pick(rr, 0);
        CHECK_EQ(running[0] - threads, 0);
        CHECK_EQ(rr->slice_ns(&rqs[0], running[0]), (10 - piece) * NS_PER_MS);
        rr->charge(&rqs[0], running[0], NS_PER_MS);
        make_ready(rr, running[0], 0, ENQ_PREEMPTED);
    }
    pick(rr, 0);
    CHECK_EQ(running[0] - threads, 1);
}

TEST(fifo_serves_in_order_of_arrival)
{
    const struct sched_policy *fifo = find("fifo");
    fill(fifo, 10);
    for (int i = 0; i < 10; i++) {
        pick(fifo, 0);
        CHECK_EQ(running[0] - threads, i);
        CHECK_EQ(fifo->slice_ns(&rqs[0], running[0]), 0);
        make_ready(fifo, running[0], 0, ENQ_PREEMPTED); /* by a class above: stays first */
        pick(fifo, 0);
        CHECK_EQ(running[0] - threads, i);
    }
}

int main(void)
{
    return run_tests();
}
