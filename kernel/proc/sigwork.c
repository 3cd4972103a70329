/* Receiving signals: what a thread does about them on its way back to user mode, and the calls by
 * which it says what it wants.
 */
#include "proc/signal.h"
#include "abi/errno.h"
#include "abi/wait.h"
#include "debug/assert.h"
#include "fs/file.h"
#include "lib/klog.h"
#include "proc/exit.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/process.h"
#include "proc/usym.h"
#include "x86/trapframe.h"

/* What an interrupted system call is to do. */
enum outcome { GO_ON, CAUGHT, CAUGHT_RESTART };

/* The lowest pending signal that t does not block; its own before the process's, faults before all
 * (as on Linux). 0: none. */
static int next_signal(const struct thread *t, const struct process *p)
{
    const u64 faults = SIGSET_BIT(SIGSEGV) | SIGSET_BIT(SIGBUS) | SIGSET_BIT(SIGILL) |
                       SIGSET_BIT(SIGTRAP) | SIGSET_BIT(SIGFPE) | SIGSET_BIT(SIGSYS);
    u64 own = t->sigpending & ~t->sigmask, shared = p->sigpending & ~t->sigmask;
    u64 set = own & faults ? own & faults : own ? own : shared;
    return set ? __builtin_ctzl(set) + 1 : 0;
}

static void take(struct thread *t, struct process *p, int sig) REQUIRES(&p->lock)
{
    if (t->sigpending & SIGSET_BIT(sig))
        t->sigpending &= ~SIGSET_BIT(sig);
    else
        p->sigpending &= ~SIGSET_BIT(sig);
}

/* The stop signal sig is next. Taken under both locks, so that a SIGCONT comes either before (and
 * cancels it) or after (and ends the stop). The terminal's stop signals do nothing to an orphaned
 * group. */
static void stop(struct thread *t, struct process *p, int sig)
{
    spin_lock(&proc_lock);
    spin_lock(&p->lock);
    bool stopping = next_signal(t, p) == sig && !p->exiting && p->action[sig].handler == KSIG_DFL;
    if (stopping) {
        take(t, p, sig);
        stopping = sig == SIGSTOP || !pgrp_is_orphaned_locked(p->pgrp, NULL);
    }
    if (stopping) {
        p->stopped = true;
        p->stop_signal = sig;
        p->report_stop = true;
        p->report_cont = false;
        struct thread *other;
        list_for_each_entry (other, &p->threads, in_process) {
            signal_kick(other, WORK_SIGNAL);
        }
    }
    spin_unlock(&p->lock);
    if (stopping)
        process_notify_parent(p, false);
    spin_unlock(&proc_lock);
}

static void stay_stopped(struct process *p)
{
    /* A kill sets WORK_KILL, which ends the wait as well. */
    (void)wait_event(&p->stop_wait, WAIT_KILLABLE, !READ_ONCE(p->stopped));
}

/* Deal with one pending signal, or a stop or exit in progress. Returns false when nothing is left.
 * Releases p->lock. */
static bool work_once(struct thread *t, struct process *p, enum outcome *outcome)
{
    spin_lock(&p->lock);
    int sig = next_signal(t, p), status = p->wait_status;
    bool exiting = p->exiting, stopped = p->stopped;
    struct ksigaction act = p->action[sig];
    enum sig_default what = sig ? signal_default(sig) : SIG_IGNORE;
    bool stopping = sig && act.handler == KSIG_DFL && what == SIG_STOP;
    bool fatal = sig && act.handler == KSIG_DFL && what <= SIG_CORE && p->pid != 1;
    if (!exiting && !stopped && !stopping && sig)
        take(t, p, sig);
    if (!exiting && !stopped && !sig)
        signal_recalc(t, p);
    spin_unlock(&p->lock);

    if (exiting)
        process_exit_thread(status);
    if (stopped)
        stay_stopped(p);
    else if (stopping)
        stop(t, p, sig);
    else if (fatal)
        process_exit(W_EXITCODE(0, sig));
    else if (sig && act.handler > KSIG_IGN)
        *outcome = act.flags & SA_RESTART && *outcome != CAUGHT ? CAUGHT_RESTART : CAUGHT;
    return sig || stopped;
}

enum {
#define SYSCALL(nr, name, ...) NR_##name = nr,
#include "abi/syscalls.def"
#undef SYSCALL
};

/* Calls that a handler always ends with EINTR, SA_RESTART or not (signal(7)): those with a
 * timeout, and those that wait for nothing but a signal. */
static bool never_restarts(u64 nr)
{
    static const u16 calls[] = {NR_poll, NR_pause, NR_nanosleep, NR_clock_nanosleep,
                                NR_rt_sigsuspend};
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        if (calls[i] == nr)
            return true;
    }
    return false;
}

/* sys/syscall.c keeps the number of the call in tf->error; SYSCALL_LEN bytes back stands the
 * instruction. */
static void restart_or_not(struct trapframe *tf, enum outcome outcome)
{
    enum { SYSCALL_LEN = 2 };
    if (tf->vector != TRAP_SYSCALL || (s64)tf->rax != -EINTR || (s64)tf->error < 0)
        return;
    u64 nr = tf->error;
    tf->error = (u64)-1; /* decide once */
    if (outcome == CAUGHT || (outcome == CAUGHT_RESTART && never_restarts(nr))) {
        thread_current()->restart_deadline_ns = 0;
        return;
    }
    tf->rax = nr;
    tf->rip -= SYSCALL_LEN;
}

void signal_work(struct trapframe *tf)
{
    struct thread *t = thread_current();
    enum outcome outcome = GO_ON;
    ASSERT(t->process);
    while (work_once(t, t->process, &outcome))
        ;
    restart_or_not(tf, outcome);
}

/* ---- faults ---- */

/* "sh[12]: segfault: write to 0x0 (not mapped; null pointer?) at rip 0x401136 in main+0x16" */
static void say_fault(struct process *p, const struct trapframe *tf, const char *what)
{
    char where[96] = "";
    struct file *exe = process_exe_get(p);
    bool known = exe && usym_lookup(exe, tf->rip - p->load_bias, where, sizeof where);
    if (exe)
        file_put(exe);
    klog("%s[%d]: %s at rip 0x%lx%s%s\n", thread_current()->ctx.name, p->pid, what, tf->rip,
         known ? " in " : "", where);
}

void signal_fault(const struct trapframe *tf, int sig, const char *what)
{
    struct process *p = process_current();
    say_fault(p, tf, what);
    signal_force(sig);
}

void signal_force(int sig)
{
    struct process *p = process_current();
    spin_lock(&p->lock);
    if (!p->exiting) {
        p->exiting = true;
        p->wait_status = W_EXITCODE(0, sig);
    }
    signal_kill_threads(p);
    spin_unlock(&p->lock);
}

/* ---- what a process says ---- */

int signal_action(int sig, const struct ksigaction *act, struct ksigaction *old)
{
    struct process *p = process_current();
    if (sig <= 0 || sig >= NSIG || (act && SIGSET_BIT(sig) & SIGSET_NO_MASK))
        return -EINVAL;
    spin_lock(&p->lock);
    if (old)
        *old = p->action[sig];
    if (act) {
        p->action[sig] = *act;
        p->action[sig].mask.bits &= ~SIGSET_NO_MASK;
        if (signal_is_ignored(p, sig)) /* what is pending is ignored too (sigaction(2)) */
            signal_drop_pending(p, SIGSET_BIT(sig));
    }
    spin_unlock(&p->lock);
    return 0;
}

static void set_mask(u64 mask)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    spin_lock(&p->lock);
    t->sigmask = mask & ~SIGSET_NO_MASK;
    signal_recalc(t, p);
    spin_unlock(&p->lock);
}

int signal_mask(int how, const u64 *set, u64 *old)
{
    u64 mask = thread_current()->sigmask; /* only its own thread changes it */
    if (old)
        *old = mask;
    if (!set)
        return 0;
    switch (how) {
    case SIG_BLOCK:
        set_mask(mask | *set);
        return 0;
    case SIG_UNBLOCK:
        set_mask(mask & ~*set);
        return 0;
    case SIG_SETMASK:
        set_mask(*set);
        return 0;
    default:
        return -EINVAL;
    }
}

u64 signal_pending(void)
{
    struct thread *t = thread_current();
    return (t->sigpending | READ_ONCE(t->process->sigpending)) & t->sigmask;
}

/* rt_sigsuspend(2): with the mask given, wait for a signal that is caught (or ends us); then the
 * old mask holds again. A stop, or what is ignored, does not end it. */
int signal_suspend(u64 mask)
{
    struct thread *t = thread_current();
    u64 old = t->sigmask;
    enum outcome outcome = GO_ON;
    set_mask(mask);
    while (outcome == GO_ON) {
        while (!wait_interrupted(WAIT_INTERRUPTIBLE)) {
            wait_begin();
            (void)thread_block(WAIT_INTERRUPTIBLE, 0);
        }
        while (work_once(t, t->process, &outcome))
            ;
    }
    set_mask(old);
    t->user_tf->error = (u64)-1; /* the wait is over, whatever comes now: no restart */
    return -EINTR;
}

void signal_exec_reset(struct process *p)
{
    spin_lock(&p->lock);
    for (int sig = 1; sig < NSIG; sig++) {
        struct ksigaction *act = &p->action[sig];
        if (act->handler | act->flags | act->mask.bits)
            *act = (struct ksigaction){.handler = act->handler == KSIG_IGN ? KSIG_IGN : KSIG_DFL};
    }
    spin_unlock(&p->lock);
}

bool signal_is_blocked_or_ignored(int sig)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    spin_lock(&p->lock);
    bool no_effect = t->sigmask & SIGSET_BIT(sig) || p->action[sig].handler == KSIG_IGN;
    spin_unlock(&p->lock);
    return no_effect;
}
