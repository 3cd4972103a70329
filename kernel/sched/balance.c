/* Where threads run: the CPU that a woken thread goes to, and what keeps a CPU from idling while
 * another has two runnable threads that it may run.
 *
 *   wake      a woken thread goes to an idle CPU, best the one it ran on last; else it waits where
 * it was idle      a CPU with nothing to do looks at the others' queues before it halts, and takes
 * a thread over tick      a busy CPU, at the end of its slice, evens out against much longer queues
 *
 * "No CPU idles while a thread waits" would have a hole between a thread that is queued behind
 * another because no CPU is idle, and a CPU that becomes idle because no thread waits. It is closed
 * as in wait.c: the one queues, then looks for idle CPUs (balance_kick); the other announces itself
 * idle, then looks at the queues (sched_idle). With a full barrier in both, at least one sees the
 * other.
 */
#include "debug/assert.h"
#include "sched/loadavg_priv.h"
#include "sched/runq_priv.h"
#include "x86/smp.h"

static _Atomic cpumask_t idle_cpus;

void balance_idle_begin(unsigned cpu)
{
    atomic_fetch_or_explicit(&idle_cpus, cpumask_of(cpu), memory_order_seq_cst);
}

/* By the CPU itself, or by who gives it something to do, so that the next wake-up looks for another
 * one. */
void balance_idle_end(unsigned cpu)
{
    atomic_fetch_and_explicit(&idle_cpus, ~cpumask_of(cpu), memory_order_relaxed);
    loadavg_resume();
}

static unsigned first_cpu(cpumask_t mask)
{
    return __builtin_ctzll(mask);
}

unsigned balance_place(const struct thread *t, unsigned home)
{
    cpumask_t allowed =
        READ_ONCE(t->allowed) & atomic_load_explicit(&cpus_online, memory_order_relaxed);
    cpumask_t idle = atomic_load_explicit(&idle_cpus, memory_order_relaxed) & allowed;
    ASSERT(allowed);
    if (idle)
        return idle & cpumask_of(home) ? home : first_cpu(idle);
    return allowed & cpumask_of(home) ? home : first_cpu(allowed);
}

/* An interrupt is enough: it ends the halt, and the idle loop looks around. */
void balance_kick(cpumask_t allowed)
{
    atomic_thread_fence(memory_order_seq_cst);
    cpumask_t idle = atomic_load_explicit(&idle_cpus, memory_order_relaxed) & allowed;
    if (idle)
        ipi_resched(first_cpu(idle));
}

/* Has `from` a thread to spare? A CPU that is about to leave idling takes the first one itself. */
static bool has_spare(const struct runq *from, unsigned least)
{
    unsigned nready = READ_ONCE(from->nready);
    return nready >= least && nready > (runq_is_idle(from) ? 1 : 0);
}

static struct thread *steal(struct runq *from, unsigned for_cpu) REQUIRES(&from->lock)
{
    for (unsigned c = 0; c < CLASS_IDLE; c++) {
        struct thread *t = sched_classes[c] ? sched_classes[c]->steal(from, for_cpu) : NULL;
        if (t) {
            from->nready--;
            return t;
        }
    }
    return NULL;
}

static bool pull_from(struct runq *from, struct runq *to, unsigned least)
{
    spin_lock_pair(&from->lock, &to->lock);
    struct thread *t = has_spare(from, least) ? steal(from, to->cpu) : NULL;
    if (t) {
        t->cpu = to->cpu;
        runq_add(to, t, ENQ_MIGRATED);
    }
    spin_unlock_pair(&from->lock, &to->lock);
    return t;
}

/* Starts at the next CPU, so that several idle ones do not all rob the same. */
bool balance_pull(struct runq *to, unsigned least)
{
    for (unsigned i = 1; i < ncpus; i++) {
        struct runq *from = runq_of((to->cpu + i) % ncpus);
        if (has_spare(from, least) && pull_from(from, to, least))
            return true;
    }
    return false;
}

void balance_tick(struct runq *rq)
{
    balance_pull(rq, READ_ONCE(rq->nready) + 2); /* from n + 2 to n + 1 on both sides */
}
