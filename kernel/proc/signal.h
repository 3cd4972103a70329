/* Signals: sent to a process, a thread or a group; acted on by the receiving thread on its way to
 * user mode.
 *
 * A sender only marks: it sets a bit in a pending set, sets WORK_SIGNAL (and WORK_KILL when the
 * signal is going to be fatal) in a thread that may take it, and wakes that thread. The receiver
 * does the rest in signal_work: terminate, stop, continue, ignore.
 *
 * A signal that the program catches becomes a frame on its stack (sigframe.h), and the trap returns
 * into the handler.
 */
#pragma once
#include "abi/signal.h"
#include "lib/types.h"
#include "proc/process.h"

struct pgrp;
struct trapframe;

/* What a signal does if nobody has said otherwise (signal(7), "Standard signals"). */
enum sig_default { SIG_TERMINATE, SIG_CORE, SIG_IGNORE, SIG_STOP, SIG_CONTINUE };
enum sig_default signal_default(int sig);
const char *signal_name(int sig); /* "SIGSEGV"; never NULL */

/* Send sig (1..64) to a process as a whole / one thread of it / every member of a group. Any
 * context but NMI, with no lock of proc/ held. A zombie takes it without effect. Permission is the
 * caller's business. */
void signal_send(struct process *p, int sig);
void signal_send_thread(struct thread *t, int sig);
void signal_send_pgrp(struct pgrp *g, int sig);
/* The same for callers that hold proc_lock. info NULL: the kernel sends it, and says no more. */
void signal_send_locked(struct process *p, int sig, const siginfo_t *info)
    REQUIRES(&proc_lock);
void signal_send_pgrp_locked(struct pgrp *g, int sig) REQUIRES(&proc_lock);
/* kill(2) with its permission rules: pid > 0, 0, -1, -pgid. sig 0 only checks. 0, -EINVAL, -ESRCH,
 * -EPERM. */
int signal_kill(pid_t pid, int sig);
/* tgkill(2); tgid 0: any (tkill). */
int signal_tgkill(pid_t tgid, pid_t tid, int sig);
/* rt_sigqueueinfo(2), rt_tgsigqueueinfo(2) (tid 0: the process tgid). Sets info->si_signo. The same
 * and -EAGAIN (too many are queued). */
int signal_queue(pid_t tgid, pid_t tid, int sig, siginfo_t *info);

/* The running thread did something that ends it unless it has a handler: fault, illegal
 * instruction ... info and cr2 are for the handler; `what` is said in one line on the console with
 * the place, if the process dies of it: "segfault: write to 0x0 (...)". */
void signal_fault(const struct trapframe *tf, const siginfo_t *info, u64 cr2, const char *what);
/* Send sig to the running thread; a mask or SIG_IGN does not protect it. (SIGPIPE and its like:
 * use signal_send_thread.) */
void signal_force(int sig);

/* On the way out of the kernel, if WORK_SIGNAL or WORK_KILL is set: act on what is pending.
 * Interrupts on, no lock held; may stop the process for long, and may not return. If tf is that of
 * a system call that a signal cut short (-EINTR), decides whether the program sees that or the
 * call starts again (signal(7), "Interruption of system calls"): it does after a stop, and after a
 * handler with SA_RESTART unless the call is one that never restarts. */
void signal_work(struct trapframe *tf);

/* rt_sigaction, rt_sigprocmask, rt_sigpending, rt_sigsuspend on kernel copies. 0 or -EINVAL. */
int signal_action(int sig, const struct ksigaction *act, struct ksigaction *old);
int signal_mask(int how, const u64 *set, u64 *old);
u64 signal_pending(void);
int signal_suspend(u64 mask);
/* rt_sigtimedwait(2): take a signal of set, which the caller blocks; deadline on now_ns's scale, 0:
 * none. The signal, -EAGAIN (none came in time), -EINTR (another one is to be handled). */
int signal_wait(u64 set, siginfo_t *info, u64 deadline_ns);
/* rt_sigreturn(2): the handler has returned. What the call leaves in %rax. */
long signal_return(struct trapframe *tf);
/* exec: handlers become default, ignored stays ignored. */
void signal_exec_reset(struct process *p);
/* Does the running thread block or ignore sig (tty: SIGTTIN, SIGTTOU)? */
bool signal_is_blocked_or_ignored(int sig);

/* Make every thread of p leave the kernel and die, once p->exiting is set. */
void signal_kill_threads(struct process *p) REQUIRES(&p->lock);
