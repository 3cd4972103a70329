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
#include "proc/sigframe.h"
#include "proc/sigqueue.h"
#include "proc/usym.h"
#include "x86/clock.h"
#include "x86/trapframe.h"

/* The lowest pending signal that t does not block; its own before the process's, faults before all
 * (as on Linux). 0: none. */
static int next_signal(const struct thread *t, const struct process *p)
{
    const u64 faults = SIGSET_BIT(SIGSEGV) | SIGSET_BIT(SIGBUS) | SIGSET_BIT(SIGILL) |
                       SIGSET_BIT(SIGTRAP) | SIGSET_BIT(SIGFPE) | SIGSET_BIT(SIGSYS);
    u64 own = t->pending.set & ~t->sigmask, shared = p->pending.set & ~t->sigmask;
    u64 set = own & faults ? own & faults : own ? own : shared;
    return set ? __builtin_ctzl(set) + 1 : 0;
}

static void take(struct thread *t, struct process *p, int sig, siginfo_t *info) REQUIRES(&p->lock)
{
    struct sigpending *q = t->pending.set & SIGSET_BIT(sig) ? &t->pending : &p->pending;
    sigqueue_take(p, q, sig, info);
}

/* The stop signal sig is next. Taken under both locks, so that a SIGCONT comes either before (and
 * cancels it) or after (and ends the stop). The terminal's stop signals do nothing to an orphaned
 * group. */
static void stop(struct thread *t, struct process *p, int sig)
{
    spin_lock(&proc_lock);
    spin_lock(&p->lock);
    bool stopping = next_signal(t, p) == sig && !p->exiting && p->action[sig].handler == KSIG_DFL;
    siginfo_t unused;
    if (stopping) {
        take(t, p, sig, &unused);
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

/* Take the next signal, unless the process is to stop or to end first. Returns its number, 0: there
 * is none. *c: what it says, and what the program wants done about it. */
static int take_next(struct thread *t, struct process *p, struct caught *c) REQUIRES(&p->lock)
{
    int sig = next_signal(t, p);
    if (!sig) {
        signal_recalc(t, p);
        return 0;
    }
    c->act = p->action[sig];
    if (c->act.handler == KSIG_DFL && signal_default(sig) == SIG_STOP)
        return sig; /* stop() takes it */
    take(t, p, sig, &c->info);
    if (c->act.handler > KSIG_IGN && c->act.flags & SA_RESETHAND)
        p->action[sig].handler = KSIG_DFL;
    return sig;
}

enum next { NOTHING, DONE, CAUGHT };

/* Deal with one pending signal, or a stop or exit in progress. CAUGHT: *c is for its handler. */
static enum next work_once(struct thread *t, struct process *p, struct caught *c)
{
    spin_lock(&p->lock);
    int status = p->wait_status;
    bool exiting = p->exiting, stopped = p->stopped;
    int sig = exiting || stopped ? 0 : take_next(t, p, c);
    spin_unlock(&p->lock);

    if (exiting)
        process_exit_thread(status);
    if (stopped) {
        stay_stopped(p);
        return DONE;
    }
    if (!sig)
        return NOTHING;
    if (c->act.handler > KSIG_IGN)
        return CAUGHT;
    enum sig_default what = c->act.handler == KSIG_DFL ? signal_default(sig) : SIG_IGNORE;
    if (what == SIG_STOP)
        stop(t, p, sig);
    else if (what <= SIG_CORE && p->pid != 1)
        process_exit(W_EXITCODE(0, sig));
    return DONE;
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
    static const u16 calls[] = {NR_poll,           NR_pause,         NR_nanosleep,
                                NR_clock_nanosleep, NR_rt_sigsuspend, NR_rt_sigtimedwait};
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        if (calls[i] == nr)
            return true;
    }
    return false;
}

/* A system call that a signal cut short starts again, unless a handler (act) runs first that wants
 * otherwise. sys/syscall.c keeps the number of the call in tf->error; SYSCALL_LEN bytes back stands
 * the instruction. */
static void restart_or_not(struct trapframe *tf, const struct ksigaction *act)
{
    enum { SYSCALL_LEN = 2 };
    if (tf->vector != TRAP_SYSCALL || (s64)tf->rax != -EINTR || (s64)tf->error < 0)
        return;
    u64 nr = tf->error;
    tf->error = (u64)-1; /* decide once */
    if (act && (!(act->flags & SA_RESTART) || never_restarts(nr))) {
        thread_current()->restart_deadline_ns = 0;
        return;
    }
    tf->rax = nr;
    tf->rip -= SYSCALL_LEN;
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

/* The mask that the program will have when all handlers have returned. */
static u64 take_mask_after(struct thread *t)
{
    u64 mask = t->has_mask_after ? t->sigmask_after : t->sigmask;
    t->has_mask_after = false;
    return mask;
}

/* While the handler runs, its own signal and those of sa_mask wait. */
static void enter_handler(struct trapframe *tf, const struct caught *c)
{
    struct thread *t = thread_current();
    int sig = c->info.si_signo;
    restart_or_not(tf, &c->act);
    u64 blocked = t->sigmask | c->act.mask.bits;
    if (!(c->act.flags & SA_NODEFER))
        blocked |= SIGSET_BIT(sig);
    if (sigframe_push(tf, c, take_mask_after(t)) == 0)
        set_mask(blocked);
    else
        signal_force(SIGSEGV); /* no room on the stack: the program cannot be told any more */
}

/* Several signals may be caught: their handlers nest, and the last one runs first. */
void signal_work(struct trapframe *tf)
{
    struct thread *t = thread_current();
    struct caught c;
    enum next next;
    ASSERT(t->process);
    while ((next = work_once(t, t->process, &c)) != NOTHING)
        if (next == CAUGHT)
            enter_handler(tf, &c);
    restart_or_not(tf, NULL);
    if (t->has_mask_after)
        set_mask(take_mask_after(t));
}

long signal_return(struct trapframe *tf)
{
    u64 mask;
    if (sigframe_pop(tf, &mask)) {
        signal_force(SIGSEGV);
        return 0;
    }
    tf->error = (u64)-1; /* whatever rax is, it is no result of a call to restart */
    set_mask(mask);
    return (long)tf->rax;
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

/* The handler, if there is one that may run now. */
static bool queue_fault(struct thread *t, struct process *p, const siginfo_t *info)
{
    int sig = info->si_signo;
    spin_lock(&p->lock);
    bool queued = p->action[sig].handler > KSIG_IGN && !(t->sigmask & SIGSET_BIT(sig)) &&
                  sigqueue_add(p, &t->pending, sig, info) == 0;
    if (queued)
        signal_recalc(t, p);
    spin_unlock(&p->lock);
    return queued;
}

void signal_fault(const struct trapframe *tf, const siginfo_t *info, u64 cr2, const char *what)
{
    struct thread *t = thread_current();
    t->fault = (struct fault_report){tf->vector, tf->error, cr2};
    if (queue_fault(t, t->process, info))
        return;
    say_fault(t->process, tf, what);
    signal_force(info->si_signo);
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
    return (t->pending.set | READ_ONCE(t->process->pending.set)) & t->sigmask;
}

/* Until a signal is caught (or ends us). A stop, or what is ignored, ends the wait too, but then
 * signal_work restarts the call. */
int signal_suspend(u64 mask)
{
    struct thread *t = thread_current();
    t->sigmask_after = t->sigmask;
    t->has_mask_after = true;
    set_mask(mask);
    wait_begin();
    while (!wait_interrupted(WAIT_INTERRUPTIBLE)) {
        (void)thread_block(WAIT_INTERRUPTIBLE, 0);
        wait_begin();
    }
    return -EINTR;
}

/* Take a signal of `set` that is pending, or announce that we wait for one. */
static int take_awaited(struct thread *t, u64 set, siginfo_t *info)
{
    struct process *p = t->process;
    spin_lock(&p->lock);
    u64 there = (t->pending.set | p->pending.set) & set;
    int sig = there ? __builtin_ctzl(there) + 1 : 0;
    if (sig)
        take(t, p, sig, info);
    t->sigwait = sig ? 0 : set;
    spin_unlock(&p->lock);
    return sig;
}

int signal_wait(u64 set, siginfo_t *info, u64 deadline_ns)
{
    struct thread *t = thread_current();
    int sig, err = 0;
    set &= ~SIGSET_NO_MASK;
    wait_begin();
    while (!(sig = take_awaited(t, set, info)) && !err) {
        if (deadline_ns && now_ns() >= deadline_ns)
            err = -EAGAIN;
        else if (thread_block(WAIT_INTERRUPTIBLE, deadline_ns) == -EINTR)
            err = -EINTR; /* but look once more */
        wait_begin();
    }
    WRITE_ONCE(t->sigwait, 0);
    return sig ? sig : err;
}

void signal_exec_reset(struct process *p)
{
    thread_current()->sigstack = (struct sigstack){0};
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
