/* Sending signals, and what a process has said about them.
 *
 * A sender never acts for the receiver. It marks the signal as pending and makes a thread that may
 * take it pass through its trap exit, where signal_work (sigwork.c) does the rest. Two effects
 * cannot wait for that, because the receiver may be asleep for good: a fatal signal sets `exiting`
 * at once, so that killable waits end; SIGCONT sets a stopped process free.
 */
#include "proc/signal.h"
#include "abi/errno.h"
#include "abi/wait.h"
#include "debug/assert.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/process.h"
#include "proc/sigqueue.h"
#include "sched/core.h"
#include "x86/smp.h"

static const u8 default_action[NSIG] = {
    [SIGQUIT] = SIG_CORE,    [SIGILL] = SIG_CORE,    [SIGTRAP] = SIG_CORE,
    [SIGABRT] = SIG_CORE,    [SIGBUS] = SIG_CORE,    [SIGFPE] = SIG_CORE,
    [SIGSEGV] = SIG_CORE,    [SIGXCPU] = SIG_CORE,   [SIGXFSZ] = SIG_CORE,
    [SIGSYS] = SIG_CORE,     [SIGCHLD] = SIG_IGNORE, [SIGURG] = SIG_IGNORE,
    [SIGWINCH] = SIG_IGNORE, [SIGSTOP] = SIG_STOP,   [SIGTSTP] = SIG_STOP,
    [SIGTTIN] = SIG_STOP,    [SIGTTOU] = SIG_STOP,   [SIGCONT] = SIG_CONTINUE,
};

enum sig_default signal_default(int sig)
{
    ASSERT(sig > 0 && sig < NSIG);
    return default_action[sig];
}

bool signal_is_ignored(const struct process *p, int sig)
{
    u64 handler = p->action[sig].handler;
    if (handler == KSIG_IGN)
        return true;
    return handler == KSIG_DFL &&
           (default_action[sig] == SIG_IGNORE || default_action[sig] == SIG_CONTINUE);
}

/* Will sig, once delivered, end p? Process 1 is spared what it has no handler for (kill(2),
 * "Notes"), else a slip at the prompt would halt the machine. */
static bool is_fatal(const struct process *p, int sig)
{
    if (p->action[sig].handler != KSIG_DFL || default_action[sig] > SIG_CORE)
        return false;
    return p->pid != 1;
}

/* Make t look at its work soon, wherever it is. The barrier that the atomic OR implies orders the
 * mark before the look at on_cpu: either we see it running and send the interrupt, or its next
 * trap exit sees the mark. */
void signal_kick(struct thread *t, u32 work)
{
    atomic_fetch_or_explicit(&t->work, work, memory_order_seq_cst);
    if (thread_wake(t) || t == thread_current())
        return;
    if (READ_ONCE(t->on_cpu))
        ipi_resched(READ_ONCE(t->cpu));
}

void signal_kill_threads(struct process *p)
{
    struct thread *t;
    list_for_each_entry (t, &p->threads, in_process)
        signal_kick(t, WORK_SIGNAL | WORK_KILL);
}

void signal_recalc(struct thread *t, struct process *p)
{
    if ((t->pending.set | p->pending.set) & ~t->sigmask || p->stopped || p->exiting)
        atomic_fetch_or_explicit(&t->work, WORK_SIGNAL, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&t->work, ~(u32)WORK_SIGNAL, memory_order_relaxed);
}

/* The thread that should take a signal sent to the whole process: the first that does not block
 * it. */
static struct thread *pick_thread(struct process *p, int sig) REQUIRES(&p->lock)
{
    struct thread *t;
    list_for_each_entry (t, &p->threads, in_process) {
        if (!(t->sigmask & SIGSET_BIT(sig)))
            return t;
    }
    return NULL;
}

void signal_drop_pending(struct process *p, u64 set)
{
    struct thread *t;
    sigqueue_drop(p, &p->pending, set);
    list_for_each_entry (t, &p->threads, in_process)
        sigqueue_drop(p, &t->pending, set);
}

/* Nobody is interrupted by a signal that he blocks, but he may be waiting for it. */
static void wake_sigwait(struct process *p, struct thread *only, int sig) REQUIRES(&p->lock)
{
    struct thread *t;
    list_for_each_entry (t, &p->threads, in_process)
        if ((t == only || !only) && t->sigwait & SIGSET_BIT(sig))
            thread_wake(t);
}

/* The effects that a signal has at once, whoever takes it later: stop signals and SIGCONT cancel
 * each other (POSIX, "Signal Actions"). Returns true if the process was stopped and goes on. */
static bool cancel_opposites(struct process *p, int sig) REQUIRES(&p->lock)
{
    if (SIGSET_BIT(sig) & SIGSET_STOP)
        signal_drop_pending(p, SIGSET_BIT(SIGCONT));
    if (sig == SIGCONT)
        signal_drop_pending(p, SIGSET_STOP);
    if ((sig != SIGCONT && sig != SIGKILL) || !p->stopped)
        return false;
    p->stopped = false;
    p->report_stop = false;
    p->report_cont = sig == SIGCONT;
    waitq_wake_all(&p->stop_wait, 0);
    return sig == SIGCONT;
}

/* Note sig for p (t NULL) or for its thread t, and see to it that somebody takes it. 0 or -EAGAIN
 * (sigqueue_add). */
static int mark(struct process *p, struct thread *t, int sig, const siginfo_t *info)
    REQUIRES(&p->lock)
{
    struct thread *target = t ? t : pick_thread(p, sig);
    bool blocked = t ? t->sigmask & SIGSET_BIT(sig) : !target;
    if (!blocked && signal_is_ignored(p, sig))
        return 0;
    if (p->pid == 1 && p->action[sig].handler == KSIG_DFL && !blocked)
        return 0;
    int err = sigqueue_add(p, t ? &t->pending : &p->pending, sig, info);
    if (err)
        return err;
    if (blocked)
        wake_sigwait(p, t, sig);
    if (blocked || p->stopped) /* a stopped process takes nothing but SIGKILL and SIGCONT */
        return 0;
    if (is_fatal(p, sig)) {
        p->exiting = true;
        p->wait_status = W_EXITCODE(0, sig);
        signal_kill_threads(p);
    } else {
        signal_kick(target, WORK_SIGNAL);
    }
    return 0;
}

static int send(struct process *p, struct thread *t, int sig, const siginfo_t *info)
    REQUIRES(&proc_lock)
{
    int err = 0;
    bool continued = false;
    ASSERT(sig > 0 && sig < NSIG);
    spin_lock(&p->lock);
    if (p->state == P_ALIVE && !p->exiting) {
        continued = cancel_opposites(p, sig);
        err = mark(p, t, sig, info);
    }
    spin_unlock(&p->lock);
    if (continued)
        process_notify_parent(p, false);
    return err;
}

void signal_send_locked(struct process *p, int sig, const siginfo_t *info)
{
    (void)send(p, NULL, sig, info);
}

void signal_send(struct process *p, int sig)
{
    spin_lock(&proc_lock);
    (void)send(p, NULL, sig, NULL);
    spin_unlock(&proc_lock);
}

void signal_send_thread(struct thread *t, int sig)
{
    spin_lock(&proc_lock);
    /* A thread that has left its process is on no list; its process may be gone. */
    if (!list_empty(&t->in_process))
        (void)send(t->process, t, sig, NULL);
    spin_unlock(&proc_lock);
}

void signal_send_pgrp_locked(struct pgrp *g, int sig)
{
    struct process *p;
    list_for_each_entry (p, &g->members, in_pgrp)
        (void)send(p, NULL, sig, NULL);
}

void signal_send_pgrp(struct pgrp *g, int sig)
{
    spin_lock(&proc_lock);
    signal_send_pgrp_locked(g, sig);
    spin_unlock(&proc_lock);
}

/* ---- kill(2) and its kin ---- */

/* kill(2): "the real or effective user ID of the sending process must equal the real or saved
 * set-user-ID of the target"; SIGCONT also within the session. */
static bool may_signal(struct process *p, int sig) REQUIRES(&proc_lock)
{
    struct process *me = process_current();
    const struct cred *c = thread_current()->cred;
    if (p == me || c->euid == 0)
        return true;
    if (sig == SIGCONT && p->pgrp->session == me->pgrp->session)
        return true;
    struct cred *pc = process_cred_get(p);
    bool may = c->uid == pc->uid || c->uid == pc->suid || c->euid == pc->uid || c->euid == pc->suid;
    cred_put(pc);
    return may;
}

/* What the receiver is told: who. */
static siginfo_t info_of_caller(int sig, int code)
{
    return (siginfo_t){.si_signo = sig,
                       .si_code = code,
                       .si_pid = process_current()->pid,
                       .si_uid = cred_current()->uid};
}

static int kill_one(struct process *p, int sig) REQUIRES(&proc_lock)
{
    if (!may_signal(p, sig))
        return -EPERM;
    const siginfo_t info = info_of_caller(sig, SI_USER);
    return sig ? send(p, NULL, sig, &info) : 0;
}

static int kill_pgrp(struct pgrp *g, int sig) REQUIRES(&proc_lock)
{
    int err = -ESRCH;
    struct process *p;
    if (!g)
        return err;
    list_for_each_entry (p, &g->members, in_pgrp) {
        int e = kill_one(p, sig);
        if (e == 0 || err == -ESRCH)
            err = e;
    }
    return err;
}

/* Everybody but process 1 and the caller. */
static int kill_all(int sig) REQUIRES(&proc_lock)
{
    int err = -ESRCH;
    for (struct process *p = process_next_locked(NULL); p; p = process_next_locked(p)) {
        if (p->pid == 1 || p == process_current())
            continue;
        int e = kill_one(p, sig);
        if (e == 0 || err == -ESRCH)
            err = e;
    }
    return err;
}

int signal_kill(pid_t pid, int sig)
{
    if (sig < 0 || sig >= NSIG)
        return -EINVAL;
    if (pid == S32_MIN)
        return -ESRCH;
    int err;
    spin_lock(&proc_lock);
    if (pid > 0) {
        struct process *p = process_find_locked(pid);
        err = p ? kill_one(p, sig) : -ESRCH;
    } else if (pid == -1) {
        err = kill_all(sig);
    } else {
        err = kill_pgrp(pid ? pgrp_find_locked(-pid) : process_current()->pgrp, sig);
    }
    spin_unlock(&proc_lock);
    return err;
}

/* To one thread (NULL info: from the caller by tkill). */
static int kill_thread(pid_t tgid, pid_t tid, int sig, const siginfo_t *info)
{
    struct thread *t = thread_find((u64)tid);
    if (!t)
        return -ESRCH;
    const siginfo_t own = info_of_caller(sig, SI_TKILL);
    int err = -ESRCH;
    spin_lock(&proc_lock);
    if (!list_empty(&t->in_process) && (!tgid || t->process->pid == tgid)) {
        err = may_signal(t->process, sig) ? 0 : -EPERM;
        if (!err && sig)
            err = send(t->process, t, sig, info ? info : &own);
    }
    spin_unlock(&proc_lock);
    thread_put(t);
    return err;
}

int signal_tgkill(pid_t tgid, pid_t tid, int sig)
{
    return sig < 0 || sig >= NSIG || tid <= 0 ? -EINVAL : kill_thread(tgid, tid, sig, NULL);
}

/* Nobody may claim to be the kernel, or kill(2), to anybody but himself. */
static bool may_say(pid_t tgid, const siginfo_t *info)
{
    return (info->si_code < 0 && info->si_code != SI_TKILL) || tgid == process_current()->pid;
}

int signal_queue(pid_t tgid, pid_t tid, int sig, siginfo_t *info)
{
    info->si_signo = sig;
    if (sig < 0 || sig >= NSIG || tid < 0)
        return -EINVAL;
    if (!may_say(tgid, info))
        return -EPERM;
    if (tid)
        return kill_thread(tgid, tid, sig, info);
    spin_lock(&proc_lock);
    struct process *p = process_find_locked(tgid);
    int err = !p ? -ESRCH : !may_signal(p, sig) ? -EPERM : 0;
    if (!err && sig)
        err = send(p, NULL, sig, info);
    spin_unlock(&proc_lock);
    return err;
}

/* ---- names ---- */

const char *signal_name(int sig)
{
    static const char *const name[] = {
        "0",         "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
        "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
        "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS",
    };
    return sig > 0 && (size_t)sig < ARRAY_SIZE(name) ? name[sig] : "a real-time signal";
}
