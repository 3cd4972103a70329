/* Time accounts (account.h): from CPUs to threads at each switch, and the questions about them.
 *
 * Each CPU adds up ticks by mode; a thread gets, when it leaves, what its CPU spent in user and
 * system mode since it came. Interrupts that struck meanwhile are the CPU's, not the thread's.
 */
#include "sched/account.h"
#include "sched/runq_priv.h"
#include "x86/clock.h"

/* What spent_tsc was when the current thread came. key: the runqueue's lock */
static struct {
    u64 user, system;
} at_switch[MAX_CPUS];

void account_init_cpu(void)
{
    this_cpu()->crossing_tsc = rdtsc();
}

void account_switch(struct thread *prev)
{
    account_crossing(account_kernel_mode(prev));
    const u64 *spent = this_cpu()->spent_tsc;
    unsigned cpu = cpu_id();
    prev->user_tsc += spent[MODE_USER] - at_switch[cpu].user;
    prev->system_tsc += spent[MODE_SYSTEM] - at_switch[cpu].system;
    at_switch[cpu].user = spent[MODE_USER];
    at_switch[cpu].system = spent[MODE_SYSTEM];
}

void thread_times(struct thread *t, struct thread_times *out) NO_THREAD_SAFETY_ANALYSIS
{
    struct runq *rq = runq_lock_of(t);
    u64 user = t->user_tsc, system = t->system_tsc;
    if (t == thread_current())
        account_crossing(account_kernel_mode(t));
    if (rq->current == t) {
        const struct percpu *cpu = &percpu[rq->cpu];
        user += READ_ONCE(cpu->spent_tsc[MODE_USER]) - at_switch[rq->cpu].user;
        system += READ_ONCE(cpu->spent_tsc[MODE_SYSTEM]) - at_switch[rq->cpu].system;
    }
    spin_unlock(&rq->lock);
    out->user_ns = tsc_to_ns(user);
    out->system_ns = tsc_to_ns(system);
}

/* An idle CPU crosses nothing for long: what it has idled since belongs to the answer. (Its
 * crossing_tsc may move while we look; then the interval is in spent_tsc the next time.) */
static u64 idle_in_progress(unsigned cpu)
{
    u64 since = READ_ONCE(percpu[cpu].crossing_tsc), now = rdtsc();
    return runq_is_idle(runq_of(cpu)) && now > since ? now - since : 0;
}

void sched_cpu_times(unsigned cpu, struct cpu_times *out)
{
    struct runq *rq = runq_of(cpu);
    spin_lock(&rq->lock);
    if (cpu == cpu_id())
        account_crossing(account_kernel_mode(thread_current()));
    u64 idle = idle_in_progress(cpu);
    for (unsigned m = 0; m < MODE_COUNT; m++)
        out->ns[m] = tsc_to_ns(READ_ONCE(percpu[cpu].spent_tsc[m]) + (m == MODE_IDLE ? idle : 0));
    out->switches = rq->switches;
    spin_unlock(&rq->lock);
}

u64 sched_runnable(void)
{
    u64 n = 0;
    for (unsigned i = 0; i < ncpus; i++)
        n += READ_ONCE(runqs[i].nready) + !runq_is_idle(&runqs[i]);
    return n;
}

u64 sched_switches(void)
{
    u64 n = 0;
    for (unsigned i = 0; i < ncpus; i++)
        n += READ_ONCE(runqs[i].switches);
    return n;
}
