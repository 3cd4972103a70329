/* What /proc asks about processes (fs/procfs.h): numbers and references, for fs/ to print.
 */
#include "abi/errno.h"
#include "fs/path.h"
#include "fs/procfs.h"
#include "lib/string.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/usage.h"
#include "sched/cred.h"
#include "sched/wait.h"

static pid_t next_pid(pid_t from)
{
    struct process *p = process_find_from(from);
    pid_t pid = p ? p->pid : 0;
    if (p)
        process_put(p);
    return pid;
}

static pid_t self_pid(void)
{
    struct process *p = process_current();
    return p ? p->pid : 0;
}

/* ps(1)'s letter. A glance: the state may change while we look. */
static char state_letter(const struct process *p, const struct thread *t)
{
    if (p->state == P_ZOMBIE || !t)
        return 'Z';
    if (p->stopped)
        return 'T';
    if (READ_ONCE(t->state) != T_BLOCKED)
        return 'R';
    return READ_ONCE(t->wait_mode) == WAIT_UNINTERRUPTIBLE ? 'D' : 'S';
}

/* What is under p->lock. */
static void info_of_process(struct process *p, struct proc_info *out)
{
    spin_lock(&p->lock);
    const struct thread *t = list_first_entry(&p->threads, struct thread, in_process);
    out->state = state_letter(p, t);
    strlcpy(out->comm, t ? t->ctx.name : p->last_comm, sizeof out->comm);
    out->nthreads = p->nthreads;
    out->exit_code = p->wait_status;
    out->shdpending = p->pending.set;
    out->rss_limit = p->limits.rlim[RLIMIT_RSS].rlim_cur;
    if (t) {
        out->nice = t->nice;
        out->cpu = (int)READ_ONCE(t->cpu);
        out->sigpending = t->pending.set;
        out->sigblocked = t->sigmask;
    }
    for (int sig = 1; sig < NSIG; sig++) {
        u64 handler = p->action[sig].handler;
        out->sigignored |= handler == KSIG_IGN ? SIGSET_BIT(sig) : 0;
        out->sigcaught |= handler > KSIG_IGN ? SIGSET_BIT(sig) : 0;
    }
    spin_unlock(&p->lock);
}

static void info_of_tree(struct process *p, struct proc_info *out)
{
    spin_lock(&proc_lock);
    out->ppid = process_ppid(p);
    if (p->pgrp) {
        out->pgrp = p->pgrp->id;
        out->sid = p->pgrp->session->id;
    }
    spin_unlock(&proc_lock);
    session_tty_info(p, &out->tty_nr, &out->tpgid);
}

static void info_of_use(struct process *p, struct proc_info *out)
{
    struct usage self, children;
    usage_of_process(p, &self);
    usage_of_children(p, &children);
    out->utime_ns = self.user_ns;
    out->stime_ns = self.system_ns;
    out->minflt = self.minflt;
    out->majflt = self.majflt;
    out->nvcsw = self.nvcsw;
    out->nivcsw = self.nivcsw;
    out->cutime_ns = children.user_ns;
    out->cstime_ns = children.system_ns;
    out->cminflt = children.minflt;
    out->cmajflt = children.majflt;
    out->start_ns = p->start_ns;
}

static void info_of_owner(struct process *p, struct proc_info *out)
{
    struct cred *c = process_cred_get(p);
    const u32 uid[4] = {c->uid, c->euid, c->suid, c->fsuid};
    const u32 gid[4] = {c->gid, c->egid, c->sgid, c->fsgid};
    memcpy(out->uid, uid, sizeof uid);
    memcpy(out->gid, gid, sizeof gid);
    cred_put(c);
    struct fsctx *ctx = process_fsctx_get(p);
    if (ctx) {
        out->umask = READ_ONCE(ctx->umask);
        fsctx_put(ctx);
    }
}

static int info(pid_t pid, struct proc_info *out)
{
    struct process *p = process_find(pid);
    if (!p)
        return -ESRCH;
    memset(out, 0, sizeof *out);
    out->pid = pid;
    info_of_process(p, out);
    info_of_tree(p, out);
    info_of_use(p, out);
    info_of_owner(p, out);
    process_put(p);
    return 0;
}

/* A reference to something of a process. */
#define GETTER(what, type)                                                                         \
    static struct type *get_##what(pid_t pid)                                                      \
    {                                                                                              \
        struct process *p = process_find(pid);                                                     \
        struct type *x = p ? process_##what##_get(p) : NULL;                                       \
        if (p)                                                                                     \
            process_put(p);                                                                        \
        return x;                                                                                  \
    }
GETTER(vmspace, vmspace)
GETTER(files, files)
GETTER(fsctx, fsctx)
GETTER(exe, file)

static int limits(pid_t pid, struct rlimit *out)
{
    struct process *p = process_find(pid);
    if (!p)
        return -ESRCH;
    spin_lock(&p->lock);
    memcpy(out, p->limits.rlim, sizeof p->limits.rlim);
    spin_unlock(&p->lock);
    process_put(p);
    return 0;
}

static void totals(u64 *nprocs, u64 *forks, pid_t *last)
{
    *nprocs = process_count();
    *forks = process_forks();
    *last = process_last_pid();
}

const struct procfs_pid_ops proc_pid_ops = {
    .next = next_pid,
    .self = self_pid,
    .info = info,
    .vmspace = get_vmspace,
    .files = get_files,
    .fsctx = get_fsctx,
    .exe = get_exe,
    .limits = limits,
    .totals = totals,
};
