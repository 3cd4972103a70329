/* Load averages: how many threads wanted a CPU, over the last 1, 5 and 15 minutes, each an
 * exponentially decaying mean sampled every five seconds (as in Unix since the 1970s; the constants
 * are exp(-5 s / period) in fixed point).
 *
 * While all CPUs idle nothing is sampled: the timer is not started again, and who leaves idling or
 * asks for the averages makes up for the samples missed, which were all zero.
 */
#include "lock/spinlock.h"
#include "sched/account.h"
#include "sched/core.h"
#include "sched/loadavg_priv.h"
#include "sched/rank.h"
#include "sched/timer.h"
#include "x86/clock.h"

#define SAMPLE_NS (5 * NS_PER_SEC)
#define ONE       ((u64)1 << LOAD_SHIFT)

static const u64 keep[3] = {60296, 64453,
                            65173}; /* exp(-5/60), exp(-5/300), exp(-5/900), times ONE */

/* Above the timer queues, which it starts a timer in, and below the runqueues. */
static struct spinlock lock = SPINLOCK_INIT("load average", RANK_SAMPLER);
static u64 load[3] GUARDED_BY(lock);
static u64 next_sample_ns GUARDED_BY(lock);
static bool sampling; /* (lock) the timer is armed; read without it as a hint */
static struct timer timer;

static void take_sample(u64 runnable) REQUIRES(&lock)
{
    for (unsigned i = 0; i < 3; i++)
        load[i] = (load[i] * keep[i] + runnable * ONE * (ONE - keep[i])) >> LOAD_SHIFT;
    next_sample_ns += SAMPLE_NS;
}

/* The samples missed while nothing ran; once all three are 0, the others change nothing. */
static void catch_up(u64 now) REQUIRES(&lock)
{
    while (next_sample_ns + SAMPLE_NS <= now && (load[0] | load[1] | load[2]))
        take_sample(0);
    if (next_sample_ns + SAMPLE_NS <= now)
        next_sample_ns = now + SAMPLE_NS;
}

static void sample(struct timer *t)
{
    u64 runnable = sched_runnable();
    spin_lock(&lock);
    catch_up(now_ns());
    take_sample(runnable);
    sampling = runnable > 0;
    if (sampling)
        timer_start(t, next_sample_ns);
    spin_unlock(&lock);
}

void loadavg_resume(void)
{
    if (READ_ONCE(sampling))
        return;
    spin_lock(&lock);
    if (!sampling) {
        if (!timer.fn)
            timer_init(&timer, sample);
        sampling = true;
        catch_up(now_ns());
        timer_start(&timer, next_sample_ns);
    }
    spin_unlock(&lock);
    watchdog_resume();
}

bool loadavg_counts(void)
{
    return READ_ONCE(sampling);
}

void sched_loadavg(u64 out[3])
{
    spin_lock(&lock);
    if (!sampling)
        catch_up(now_ns());
    for (unsigned i = 0; i < 3; i++)
        out[i] = load[i];
    spin_unlock(&lock);
}
