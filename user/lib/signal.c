/* Signals: POSIX's functions over the kernel's rt_ calls. */
#include <signal.h>
#include <unistd.h>

#include "internal.h"

void __restore_rt(void); /* syscalls.S: where a handler returns to */

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
    struct sigaction with_restorer;

    if (act) {
        with_restorer = *act;
        with_restorer.sa_flags |= SA_RESTORER;
        with_restorer.sa_restorer = __restore_rt;
        act = &with_restorer;
    }
    return (int)sys_rt_sigaction(sig, act, old, sizeof(sigset_t));
}

sighandler_t signal(int sig, sighandler_t handler)
{
    struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

    return sigaction(sig, &act, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    return (int)sys_rt_sigprocmask(how, set, old, sizeof(sigset_t));
}

int sigpending(sigset_t *set)
{
    return (int)rt_sigpending(set, sizeof(sigset_t));
}

int sigsuspend(const sigset_t *mask)
{
    return (int)rt_sigsuspend(mask, sizeof(sigset_t));
}

int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
    return (int)rt_sigtimedwait(set, info, timeout, sizeof(sigset_t));
}

int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    return sigtimedwait(set, info, NULL);
}

int sigqueue(pid_t pid, int sig, union sigval value)
{
    siginfo_t info = {.si_code = SI_QUEUE, .si_pid = getpid(), .si_uid = getuid()};

    info.si_value = value;
    return (int)rt_sigqueueinfo(pid, sig, &info);
}

int killpg(pid_t pgrp, int sig)
{
    return kill(-pgrp, sig);
}

int raise(int sig)
{
    return tkill(gettid(), sig);
}
