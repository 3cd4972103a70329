/* wait4, waitid: a parent learns what became of its children, and buries the dead.
 */
#include "abi/errno.h"
#include "abi/wait.h"
#include "proc/exit.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/usage.h"

/* One wait in progress. */
struct waiter {
    struct process *me;
    int idtype; /* P_*: which children */
    pid_t id;
    int options; /* as waitid takes them */
    long result; /* a pid, -ECHILD; 0: keep waiting */
    int status;
    siginfo_t *info; /* NULL: nobody asks */
    struct usage usage;
    struct process *dead; /* unlinked; the caller puts it */
};

static bool is_meant(const struct waiter *w, const struct process *child) REQUIRES(&proc_lock)
{
    if (w->idtype == P_PID && child->pid != w->id)
        return false;
    if (w->idtype == P_PGID && child->pgrp->id != w->id)
        return false;
    /* A child that does not report by SIGCHLD is a "clone child": only for those who ask
     * (wait4(2), "Linux notes"). */
    if (w->options & __WALL)
        return true;
    return (child->exit_signal != SIGCHLD) == !!(w->options & __WCLONE);
}

static void reap(struct waiter *w, struct process *child) REQUIRES(&proc_lock)
{
    w->status = child->wait_status;
    w->usage = child->dead_threads;
    usage_add(&w->usage, &child->dead_children);
    if (w->options & WNOWAIT)
        return;
    usage_add(&w->me->dead_children, &w->usage);
    process_unlink(child);
    w->dead = child;
}

/* A child that lives: has it stopped, or does it go on? What is taken is reported once. */
static bool take_change(struct waiter *w, struct process *child) REQUIRES(&proc_lock)
{
    bool *report = NULL;
    spin_lock(&child->lock);
    if (w->options & WSTOPPED && child->report_stop) {
        report = &child->report_stop;
        w->status = W_STOPCODE(child->stop_signal);
    } else if (w->options & WCONTINUED && child->report_cont) {
        report = &child->report_cont;
        w->status = W_CONTINUED;
    }
    if (report && !(w->options & WNOWAIT))
        *report = false;
    spin_unlock(&child->lock);
    if (report)
        usage_of_process(child, &w->usage);
    return report;
}

/* Has this child something to report that w asked for? */
static bool take_report(struct waiter *w, struct process *child) REQUIRES(&proc_lock)
{
    bool dead = child->state == P_ZOMBIE;
    if (dead ? !(w->options & WEXITED) : !take_change(w, child))
        return false;
    if (w->info)
        *w->info = process_child_info(child);
    w->result = child->pid;
    if (dead)
        reap(w, child);
    return true;
}

/* Look once. True when there is a result. */
static bool look(struct waiter *w)
{
    bool any = false;
    struct process *child;
    spin_lock(&proc_lock);
    list_for_each_entry (child, &w->me->children, sibling) {
        if (!is_meant(w, child))
            continue;
        any = true;
        if (take_report(w, child))
            break;
    }
    if (!any)
        w->result = -ECHILD;
    spin_unlock(&proc_lock);
    return w->result != 0;
}

/* Returns w->result, or -EINTR. */
static long wait_for_child(struct waiter *w)
{
    w->me = process_current();
    if (w->options & WNOHANG) {
        (void)look(w);
    } else {
        int err = wait_event(&w->me->child_wait, WAIT_INTERRUPTIBLE, look(w));
        if (err)
            return err;
    }
    if (w->dead)
        process_put(w->dead);
    return w->result;
}

long process_wait(pid_t pid, int options, int *status, struct rusage *usage)
{
    const int known = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
    if (options & ~known)
        return -EINVAL;
    if (pid == S32_MIN)
        return -ESRCH;
    struct waiter w = {.idtype = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID,
                       .id = pid > 0    ? pid
                             : pid == 0 ? pgrp_get_id(0)
                                        : -pid,
                       .options = options | WEXITED};
    long result = wait_for_child(&w);
    if (result > 0) {
        *status = w.status;
        usage_to_rusage(&w.usage, usage);
    }
    return result;
}

long process_waitid(int idtype, pid_t id, int options, siginfo_t *info, struct rusage *usage)
{
    const int events = WEXITED | WSTOPPED | WCONTINUED;
    const int known = events | WNOHANG | WNOWAIT | __WNOTHREAD | __WCLONE | __WALL;
    if (options & ~known || !(options & events) || idtype < P_ALL || idtype > P_PGID)
        return -EINVAL;
    if (id < 0 || (idtype == P_PID && id == 0))
        return -EINVAL;
    *info = (siginfo_t){0};
    struct waiter w = {.idtype = idtype,
                       .id = idtype == P_PGID && id == 0 ? pgrp_get_id(0) : id,
                       .options = options,
                       .info = info};
    long result = wait_for_child(&w);
    usage_to_rusage(&w.usage, usage);
    return MIN(result, 0l);
}
