/* Everything at once: threads that come and go, sleep, wake each other, yield, and are moved from
 * CPU to CPU. Catches what none of the single tests thought of: it must end, and leave nothing
 * behind.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "mm/kmap.h"
#include "sched/wait.h"

static struct {
    struct waitq wait;
    _Atomic u64 events, born, died;
} storm;

static void child(void *arg)
{
    if ((u64)arg % 2)
        sched_yield();
    atomic_fetch_add(&storm.died, 1);
    waitq_wake_all(&storm.wait, 0);
}

static void have_child(struct crew_member *m)
{
    struct thread *t = thread_create("child", child, (void *)crew_random(m));
    if (!t)
        return;
    atomic_fetch_add(&storm.born, 1);
    thread_run(t);
    if (crew_random(m) % 2) {
        int err = sched_set_affinity(t, cpumask_of(crew_random(m) % ncpus));
        ASSERT(err == 0);
    }
    thread_put(t);
}

static void wait_a_little(struct crew_member *m)
{
    u64 seen = atomic_load(&storm.events), deadline = now_ns() + crew_random(m) % 100000;
    (void)wait_event_how(&storm.wait, WAIT_UNINTERRUPTIBLE, deadline, m->index % 2,
                         atomic_load(&storm.events) != seen);
}

static void storm_member(struct crew_member *m)
{
    for (int i = 0; i < 400 && !crew_is_late(m); i++) {
        struct thread *other = m->crew->member[crew_random(m) % m->crew->n].thread;
        int err = 0;
        switch (crew_random(m) % 8) {
        case 0:
            have_child(m);
            break;
        case 1:
            err = sched_set_affinity(other, cpumask_of(crew_random(m) % ncpus));
            break;
        case 2:
            err = sched_set_affinity(thread_current(), CPUMASK_ALL);
            break;
        case 3:
            thread_wake(other); /* for no reason at all */
            break;
        case 4:
            atomic_fetch_add(&storm.events, 1);
            waitq_wake_one(&storm.wait, 0);
            break;
        case 5:
            wait_a_little(m);
            break;
        case 6:
            sched_yield();
            break;
        default:
            spin_ns(crew_random(m) % 5000);
        }
        ASSERT(err == 0);
    }
}

KTEST(sched_storm)
{
    struct crew crew;
    struct kmap_stats before, after;
    waitq_init(&storm.wait, "storm");
    atomic_store(&storm.born, 0);
    atomic_store(&storm.died, 0);
    thread_reap_all();
    u64 threads = thread_count();
    kmap_stats(&before);
    crew_start(&crew, CREW_MAX, storm_member, NULL);
    crew_join(&crew);
    while (thread_count() > threads)
        sched_yield();
    thread_reap_all();
    kmap_stats(&after);
    KT_EQ(atomic_load(&storm.died), atomic_load(&storm.born));
    KT_ASSERT(waitq_empty(&storm.wait));
    KT_EQ(after.kstacks, before.kstacks);
}
