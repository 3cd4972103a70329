/* Interval timers (itimer.h).
 */
#include "proc/itimer.h"
#include "abi/errno.h"
#include "abi/signal.h"
#include "abi/time.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "proc/usage.h"
#include "sync/mutex.h"
#include "x86/clock.h"

/* timer_start and timer_cancel of one timer must not run at the same time; who sets his timers
 * does it rarely, so one lock serves all. */
static struct mutex set_lock = MUTEX_INIT(set_lock, "itimer", RANK_ITIMER);

/* In interrupt context. Whole intervals that were missed are skipped: one signal tells of all. */
static void ring(struct timer *t)
{
    struct process *p = container_of(t, struct process, itimer_real);
    u64 interval = p->itimer_real_interval_ns, now = now_ns();
    if (interval)
        timer_start(t, t->deadline_ns + interval * (1 + (now - t->deadline_ns) / interval));
    signal_send(p, SIGALRM);
}

void itimer_init(struct process *p)
{
    timer_init(&p->itimer_real, ring);
}

void itimer_stop(struct process *p)
{
    mutex_lock(&set_lock);
    (void)timer_cancel(&p->itimer_real);
    mutex_unlock(&set_lock);
}

static void swap_real(struct process *p, const struct itimer *set, struct itimer *old)
{
    u64 now = now_ns();
    u64 at = p->itimer_real.armed ? MAX(p->itimer_real.deadline_ns, now + 1) : 0;
    *old = (struct itimer){at ? at - now : 0, p->itimer_real_interval_ns};
    if (!set)
        return;
    (void)timer_cancel(&p->itimer_real);
    p->itimer_real_interval_ns = set->interval_ns;
    if (set->value_ns)
        timer_start(&p->itimer_real, MIN(now + set->value_ns, (u64)S64_MAX));
}

static u64 spent(struct process *p, int which)
{
    struct usage u;
    usage_of_process(p, &u);
    return which == ITIMER_VIRTUAL ? u.user_ns : u.user_ns + u.system_ns;
}

static void swap_cpu(struct process *p, int which, const struct itimer *set, struct itimer *old)
{
    struct cpu_timer *t = &p->cpu_timers[which - ITIMER_VIRTUAL];
    u64 now = spent(p, which);
    spin_lock(&p->lock);
    *old = (struct itimer){t->at_ns ? MAX(t->at_ns, now + 1) - now : 0, t->interval_ns};
    if (set) {
        t->at_ns = set->value_ns ? now + set->value_ns : 0;
        t->interval_ns = set->interval_ns;
    }
    spin_unlock(&p->lock);
}

int itimer_set(int which, const struct itimer *set, struct itimer *old)
{
    struct process *p = process_current();
    struct itimer left;
    if (which < ITIMER_REAL || which > ITIMER_PROF)
        return -EINVAL;
    mutex_lock(&set_lock);
    if (which == ITIMER_REAL)
        swap_real(p, set, &left);
    else
        swap_cpu(p, which, set, &left);
    mutex_unlock(&set_lock);
    if (old)
        *old = left;
    return set && set->value_ns && which != ITIMER_REAL ? cpulimit_start() : 0;
}

/* The timer's time has come: its signal, and the next time. */
static bool due(struct process *p, struct cpu_timer *t, u64 now) REQUIRES(&p->lock)
{
    if (!t->at_ns || now < t->at_ns)
        return false;
    t->at_ns = t->interval_ns ? t->at_ns + t->interval_ns * (1 + (now - t->at_ns) / t->interval_ns)
                              : 0;
    return true;
}

u64 itimer_check_cpu(struct process *p)
{
    static const int sig[] = {SIGVTALRM, SIGPROF};
    u64 left = CPU_TIMER_NONE;
    for (int i = 0; i < CPU_TIMERS; i++) {
        struct cpu_timer *t = &p->cpu_timers[i];
        if (!READ_ONCE(t->at_ns))
            continue;
        u64 now = spent(p, ITIMER_VIRTUAL + i);
        spin_lock(&p->lock);
        bool rings = due(p, t, now);
        if (t->at_ns)
            left = MIN(left, t->at_ns - MIN(now, t->at_ns));
        spin_unlock(&p->lock);
        if (rings)
            signal_send(p, sig[i]);
    }
    return left;
}
