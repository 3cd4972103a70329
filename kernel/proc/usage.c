/* What processes use and may use.
 *
 * Nothing is sampled: each boundary crossing charges its thread (sched/account.h), and the address
 * space counts faults. A process's use is the sum over its threads, the living and the dead.
 */
#include "proc/usage.h"
#include "abi/errno.h"
#include "abi/limits.h"
#include "proc/proc_priv.h"
#include "sched/account.h"
#include "sched/cred.h"
#include "vm/vmspace.h"
#include "x86/clock.h"

void usage_add(struct usage *out, const struct usage *more)
{
    out->user_ns += more->user_ns;
    out->system_ns += more->system_ns;
    out->nvcsw += more->nvcsw;
    out->nivcsw += more->nivcsw;
    out->minflt += more->minflt;
    out->majflt += more->majflt;
    out->maxrss_pages = MAX(out->maxrss_pages, more->maxrss_pages);
}

void usage_add_thread(struct usage *out, struct thread *t)
{
    struct thread_times times;
    thread_times(t, &times);
    out->user_ns += times.user_ns;
    out->system_ns += times.system_ns;
    out->nvcsw += READ_ONCE(t->nvcsw);
    out->nivcsw += READ_ONCE(t->nivcsw);
}

void usage_add_vmspace(struct usage *out, struct vmspace *vs)
{
    out->minflt += READ_ONCE(vs->minor_faults);
    out->majflt += READ_ONCE(vs->major_faults);
    out->maxrss_pages = MAX(out->maxrss_pages, vmspace_max_rss(vs));
}

void usage_of_process(struct process *p, struct usage *out)
{
    struct thread *t;
    spin_lock(&p->lock);
    *out = p->dead_threads;
    list_for_each_entry (t, &p->threads, in_process)
        usage_add_thread(out, t);
    t = list_first_entry(&p->threads, struct thread, in_process);
    if (t && t->vmspace && !p->vfork_pending)
        usage_add_vmspace(out, t->vmspace);
    spin_unlock(&p->lock);
}

void usage_of_children(struct process *p, struct usage *out)
{
    spin_lock(&proc_lock);
    *out = p->dead_children;
    spin_unlock(&proc_lock);
}

static struct timeval timeval_of_ns(u64 ns)
{
    return (struct timeval){(time_t)(ns / NS_PER_SEC), (suseconds_t)(ns % NS_PER_SEC / NS_PER_US)};
}

void usage_to_rusage(const struct usage *u, struct rusage *out)
{
    enum { KIB_PER_PAGE = 4 };
    *out = (struct rusage){
        .ru_utime = timeval_of_ns(u->user_ns),
        .ru_stime = timeval_of_ns(u->system_ns),
        .ru_maxrss = (long)(u->maxrss_pages * KIB_PER_PAGE),
        .ru_minflt = (long)u->minflt,
        .ru_majflt = (long)u->majflt,
        .ru_nvcsw = (long)u->nvcsw,
        .ru_nivcsw = (long)u->nivcsw,
    };
}

/* ---- limits ---- */

int limit_set(struct process *p, unsigned resource, const struct rlimit *set, struct rlimit *old)
{
    if (resource >= RLIM_NLIMITS || (set && set->rlim_cur > set->rlim_max))
        return -EINVAL;
    if (set && resource == RLIMIT_NOFILE && set->rlim_max > NR_OPEN)
        return -EPERM;
    bool root = thread_current()->cred->euid == 0;
    int err = 0;
    spin_lock(&p->lock);
    struct rlimit *limit = &p->limits.rlim[resource];
    if (old)
        *old = *limit;
    if (set && set->rlim_max > limit->rlim_max && !root)
        err = -EPERM;
    else if (set)
        *limit = *set;
    spin_unlock(&p->lock);
    if (set && !err && resource == RLIMIT_CPU && set->rlim_cur != RLIM_INFINITY)
        err = cpulimit_start();
    return err;
}
