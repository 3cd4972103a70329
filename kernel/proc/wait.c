/* wait4: a parent learns what became of its children, and buries the dead.
 */
#include "abi/errno.h"
#include "abi/wait.h"
#include "proc/exit.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/usage.h"

/* One wait4 in progress. */
struct waiter {
    struct process *me;
    pid_t pid; /* as wait4 takes it, but never 0 */
    int options;
    long result; /* a pid, -ECHILD; 0: keep waiting */
    int status;
    struct usage usage;
    struct process *dead; /* unlinked; the caller puts it */
};

static bool is_meant(const struct waiter *w, const struct process *child) REQUIRES(&proc_lock)
{
    if (w->pid > 0 && child->pid != w->pid)
        return false;
    if (w->pid < -1 && child->pgrp->id != -w->pid)
        return false;
    /* A child that does not report by SIGCHLD is a "clone child": only for those who ask
     * (wait4(2), "Linux notes"). */
    if (w->options & __WALL)
        return true;
    return (child->exit_signal != SIGCHLD) == !!(w->options & __WCLONE);
}

static void reap(struct waiter *w, struct process *child) REQUIRES(&proc_lock)
{
    w->result = child->pid;
    w->status = child->wait_status;
    w->usage = child->dead_threads;
    usage_add(&w->usage, &child->dead_children);
    usage_add(&w->me->dead_children, &w->usage);
    process_unlink(child);
    w->dead = child;
}

/* Has this child something to report that w asked for? */
static bool take_report(struct waiter *w, struct process *child) REQUIRES(&proc_lock)
{
    if (child->state == P_ZOMBIE) {
        reap(w, child);
        return true;
    }
    bool stop = false, cont = false;
    spin_lock(&child->lock);
    if (w->options & WUNTRACED && child->report_stop) {
        stop = true;
        child->report_stop = false;
        w->status = W_STOPCODE(child->stop_signal);
    } else if (w->options & WCONTINUED && child->report_cont) {
        cont = true;
        child->report_cont = false;
        w->status = W_CONTINUED;
    }
    spin_unlock(&child->lock);
    if (!stop && !cont)
        return false;
    w->result = child->pid;
    usage_of_process(child, &w->usage);
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

long process_wait(pid_t pid, int options, int *status, struct rusage *usage)
{
    const int known = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
    if (options & ~known)
        return -EINVAL;
    if (pid == S32_MIN)
        return -ESRCH;
    struct process *me = process_current();
    if (pid == 0)
        pid = -pgrp_get_id(0);
    struct waiter w = {.me = me, .pid = pid, .options = options};
    if (options & WNOHANG) {
        (void)look(&w);
    } else {
        int err = wait_event(&me->child_wait, WAIT_INTERRUPTIBLE, look(&w));
        if (err)
            return err;
    }
    if (w.dead)
        process_put(w.dead);
    if (w.result > 0) {
        *status = w.status;
        usage_to_rusage(&w.usage, usage);
    }
    return w.result;
}
