/* System calls on signals.
 */
#include "abi/errno.h"
#include "abi/signal.h"
#include "proc/signal.h"
#include "sys/syscall.h"

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

/* rt_sigreturn(2). Handlers are not entered yet, so nobody has a frame to return from: who calls
 * it anyway is treated as Linux treats a frame that cannot be read. */
long sys_rt_sigreturn(void)
{
    signal_force(SIGSEGV);
    return 0;
}
