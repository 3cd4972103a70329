/* System calls on signals.
 */
#include "abi/errno.h"
#include "abi/signal.h"
#include "proc/sigframe.h"
#include "proc/signal.h"
#include "sched/thread.h"
#include "sys/syscall.h"
#include "sys/timespec.h"

/* The rt_ calls take the size of a signal set, and know one. */
static bool set_size_ok(unsigned long size)
{
    return size == sizeof(sigset_t);
}

/* kill(2), tkill(2), tgkill(2) */
long sys_kill(int pid, int sig)
{
    return signal_kill(pid, sig);
}

long sys_tkill(int tid, int sig)
{
    return signal_tgkill(0, tid, sig);
}

long sys_tgkill(int tgid, int tid, int sig)
{
    return tgid <= 0 ? -EINVAL : signal_tgkill(tgid, tid, sig);
}

/* rt_sigaction(2) */
long sys_rt_sigaction(int sig, uaddr_t act, uaddr_t oldact, unsigned long sigsetsize)
{
    struct ksigaction new_action, old_action;
    bool setting = !uaddr_is_null(act), asking = !uaddr_is_null(oldact);
    if (!set_size_ok(sigsetsize))
        return -EINVAL;
    int err = setting ? copy_in(&new_action, act, sizeof new_action) : 0;
    if (!err)
        err = signal_action(sig, setting ? &new_action : NULL, asking ? &old_action : NULL);
    if (!err && asking)
        err = copy_out(oldact, &old_action, sizeof old_action);
    return err;
}

/* rt_sigprocmask(2) */
long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t oldset, unsigned long sigsetsize)
{
    u64 new_mask, old_mask;
    bool setting = !uaddr_is_null(set);
    if (!set_size_ok(sigsetsize))
        return -EINVAL;
    int err = setting ? copy_in(&new_mask, set, sizeof new_mask) : 0;
    if (!err)
        err = signal_mask(how, setting ? &new_mask : NULL, &old_mask);
    if (!err && !uaddr_is_null(oldset))
        err = copy_out(oldset, &old_mask, sizeof old_mask);
    return err;
}

/* rt_sigpending(2) */
long sys_rt_sigpending(uaddr_t set, unsigned long sigsetsize)
{
    if (sigsetsize > sizeof(sigset_t))
        return -EINVAL;
    u64 pending = signal_pending();
    return copy_out(set, &pending, sigsetsize);
}

/* rt_sigsuspend(2), pause(2) */
long sys_rt_sigsuspend(uaddr_t set, unsigned long sigsetsize)
{
    u64 mask;
    if (!set_size_ok(sigsetsize))
        return -EINVAL;
    int err = copy_in(&mask, set, sizeof mask);
    return err ? err : signal_suspend(mask);
}

long sys_pause(void)
{
    return signal_suspend(thread_current()->sigmask);
}

/* rt_sigreturn(2) */
long sys_rt_sigreturn(void)
{
    return signal_return(thread_current()->user_tf);
}

/* sigaltstack(2) */
long sys_sigaltstack(uaddr_t ss, uaddr_t old_ss)
{
    stack_t set, old;
    bool setting = !uaddr_is_null(ss);
    if (setting && copy_in(&set, ss, sizeof set))
        return -EFAULT;
    int err = sigstack_set(setting ? &set : NULL, &old, thread_current()->user_tf->rsp);
    if (!err && !uaddr_is_null(old_ss))
        err = copy_out(old_ss, &old, sizeof old);
    return err;
}

/* rt_sigtimedwait(2) */
long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout, unsigned long sigsetsize)
{
    struct thread *t = thread_current();
    u64 wanted, deadline = t->restart_deadline_ns; /* stopped and continued: the rest of the time */
    siginfo_t got;
    t->restart_deadline_ns = 0;
    if (!set_size_ok(sigsetsize))
        return -EINVAL;
    if (copy_in(&wanted, set, sizeof wanted))
        return -EFAULT;
    int err = uaddr_is_null(timeout) || deadline ? 0 : deadline_in(timeout, &deadline);
    if (err)
        return err;
    int sig = signal_wait(wanted, &got, deadline);
    if (sig == -EINTR)
        t->restart_deadline_ns = deadline;
    if (sig > 0 && !uaddr_is_null(info) && copy_out(info, &got, sizeof got))
        return -EFAULT;
    return sig;
}

/* rt_sigqueueinfo(2), rt_tgsigqueueinfo(2) */
long sys_rt_sigqueueinfo(int tgid, int sig, uaddr_t info)
{
    siginfo_t say;
    if (copy_in(&say, info, sizeof say))
        return -EFAULT;
    return tgid <= 0 ? -EINVAL : signal_queue(tgid, 0, sig, &say);
}

long sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, uaddr_t info)
{
    siginfo_t say;
    if (copy_in(&say, info, sizeof say))
        return -EFAULT;
    return tgid <= 0 || tid <= 0 ? -EINVAL : signal_queue(tgid, tid, sig, &say);
}
