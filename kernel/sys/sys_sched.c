/* System calls on scheduling: who runs where, and how urgently.
 *
 * There is one normal policy (chosen at boot) and no real-time class yet, so the classes that
 * Linux has are known and SCHED_OTHER is the one that can be chosen.
 */
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "proc/pgrp.h"
#include "proc/process.h"
#include "sched/core.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "sys/syscall.h"
#include "x86/percpu.h"
#include "x86/smp.h"

/* A thread of a process by id, 0 being the caller, with a reference to each; NULL: -ESRCH. */
static struct thread *find_thread(int tid, struct process **p)
{
    *p = tid ? process_of_thread((u64)tid) : process_get(process_current());
    struct thread *t = !*p ? NULL : tid ? thread_find((u64)tid) : thread_get(thread_current());
    if (*p && !t) {
        process_put(*p);
        *p = NULL;
    }
    return t;
}

static void put_both(struct thread *t, struct process *p)
{
    thread_put(t);
    process_put(p);
}

/* sched_yield(2) */
long sys_sched_yield(void)
{
    sched_yield();
    return 0;
}

/* sched_setaffinity(2): bits beyond the CPUs that exist are ignored, none that exists is an
 * error. */
long sys_sched_setaffinity(int pid, unsigned long len, uaddr_t user_mask)
{
    cpumask_t mask = 0;
    int err = copy_in(&mask, user_mask, MIN(len, sizeof mask));
    if (err)
        return err;
    struct process *p;
    struct thread *t = find_thread(pid, &p);
    if (!t)
        return -ESRCH;
    err = process_may_control(p) ? sched_set_affinity(t, mask) : -EPERM;
    put_both(t, p);
    return err;
}

/* sched_getaffinity(2): returns how many bytes of the mask were written. */
long sys_sched_getaffinity(int pid, unsigned long len, uaddr_t user_mask)
{
    if (len < sizeof(cpumask_t) || len % sizeof(u64))
        return -EINVAL;
    struct process *p;
    struct thread *t = find_thread(pid, &p);
    if (!t)
        return -ESRCH;
    cpumask_t mask =
        sched_get_affinity(t) & atomic_load_explicit(&cpus_online, memory_order_relaxed);
    put_both(t, p);
    return copy_out(user_mask, &mask, sizeof mask) ? -EFAULT : (long)sizeof mask;
}

/* getcpu(2): node 0 is the only one. */
long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused)
{
    const u32 id = cpu_id(), zero = 0;
    (void)unused;
    if (!uaddr_is_null(cpu) && copy_out(cpu, &id, sizeof id))
        return -EFAULT;
    if (!uaddr_is_null(node) && copy_out(node, &zero, sizeof zero))
        return -EFAULT;
    return 0;
}

/* sched_getscheduler(2), sched_getparam(2), and setting what already holds */
long sys_sched_getscheduler(int pid)
{
    struct process *p;
    if (pid < 0)
        return -EINVAL;
    struct thread *t = find_thread(pid, &p);
    if (!t)
        return -ESRCH;
    put_both(t, p);
    return SCHED_OTHER;
}

long sys_sched_getparam(int pid, uaddr_t param)
{
    const struct sched_param none = {0};
    struct process *p;
    if (pid < 0 || uaddr_is_null(param))
        return -EINVAL;
    struct thread *t = find_thread(pid, &p);
    if (!t)
        return -ESRCH;
    put_both(t, p);
    return copy_out(param, &none, sizeof none);
}

long sys_sched_setscheduler(int pid, int policy, uaddr_t user_param)
{
    struct sched_param param;
    if (pid < 0 || uaddr_is_null(user_param))
        return -EINVAL;
    int err = copy_in(&param, user_param, sizeof param);
    if (err)
        return err;
    struct process *p;
    struct thread *t = find_thread(pid, &p);
    if (!t)
        return -ESRCH;
    put_both(t, p);
    return policy == SCHED_OTHER && param.sched_priority == 0 ? 0 : -EINVAL;
}

/* sched_get_priority_max(2), sched_get_priority_min(2) */
static long priority_bound(int policy, long realtime)
{
    switch (policy) {
    case SCHED_FIFO:
    case SCHED_RR:
        return realtime;
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
    case SCHED_DEADLINE:
        return 0;
    default:
        return -EINVAL;
    }
}

long sys_sched_get_priority_max(int policy)
{
    return priority_bound(policy, 99);
}

long sys_sched_get_priority_min(int policy)
{
    return priority_bound(policy, 1);
}

/* ---- nice ---- */

enum { NICE_MIN = -20, NICE_MAX = 19 };

/* Which processes getpriority and setpriority are about. */
struct nice_call {
    int which, who;
    bool set;
    int nice; /* to be set; or the lowest found */
    int err;
};

static bool is_meant(const struct nice_call *c, struct process *p)
{
    struct cred *cred;
    bool mine;
    switch (c->which) {
    case PRIO_PROCESS:
        return p->pid == (c->who ? c->who : process_current()->pid);
    case PRIO_PGRP:
        return pgrp_get_id(p->pid) == (c->who ? c->who : pgrp_get_id(0));
    default:
        cred = process_cred_get(p);
        mine = cred->uid == (c->who ? (u32)c->who : thread_current()->cred->uid);
        cred_put(cred);
        return mine;
    }
}

/* setpriority(2): the owner may be nicer, root may do anything. */
static int apply(struct nice_call *c, struct process *p, struct thread *t)
{
    if (!c->set) {
        c->nice = MIN(c->nice, t->nice);
        return 0;
    }
    if (!process_may_control(p))
        return -EPERM;
    if (c->nice < t->nice && thread_current()->cred->euid != 0)
        return -EACCES;
    WRITE_ONCE(t->nice, c->nice);
    return 0;
}

static void for_each_meant(struct nice_call *c)
{
    struct process *p;
    c->err = -ESRCH;
    for (pid_t pid = 1; (p = process_find_from(pid)); pid++) {
        pid = p->pid;
        struct thread *t = is_meant(c, p) ? process_thread_get(p) : NULL;
        if (t) {
            int err = apply(c, p, t);
            if (c->err == -ESRCH || err)
                c->err = err;
            thread_put(t);
        }
        process_put(p);
    }
}

/* getpriority(2): the system call returns 20 - nice, so that it is never negative. */
long sys_getpriority(int which, int who)
{
    struct nice_call c = {.which = which, .who = who, .nice = NICE_MAX};
    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    for_each_meant(&c);
    return c.err ? c.err : 20 - c.nice;
}

long sys_setpriority(int which, int who, int nice)
{
    struct nice_call c = {.which = which, .who = who, .set = true};
    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    c.nice = nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
    for_each_meant(&c);
    return c.err;
}
