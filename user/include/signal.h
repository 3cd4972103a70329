/* Signals. */
#pragma once

#include "abi/signal.h"
#include "abi/time.h"
#include "abi/ucontext.h"
#include <sys/types.h>

typedef void (*sighandler_t)(int);

#define SIG_DFL ((sighandler_t)0)
#define SIG_IGN ((sighandler_t)1)
#define SIG_ERR ((sighandler_t)-1)

struct sigaction { /* laid out as struct ksigaction */
    union {
        sighandler_t sa_handler;
        void (*sa_sigaction)(int, siginfo_t *, void *);
    };
    unsigned long sa_flags;
    void (*sa_restorer)(void); /* filled in by the library */
    sigset_t sa_mask;
};
_Static_assert(sizeof(struct sigaction) == sizeof(struct ksigaction), "one layout");

int sigaction(int sig, const struct sigaction *act, struct sigaction *old);
sighandler_t signal(int sig,
                    sighandler_t handler); /* BSD's meaning: restarts calls, stays installed */
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
/* Take a signal of set, which is blocked; info may be NULL. The signal, or -1. */
int sigwaitinfo(const sigset_t *set, siginfo_t *info);
int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout);
int sigqueue(pid_t pid, int sig, union sigval value);
int sigaltstack(const stack_t *stack, stack_t *old);
int kill(pid_t pid, int sig);
int killpg(pid_t pgrp, int sig);
int raise(int sig);
int tkill(pid_t tid, int sig);
int tgkill(pid_t tgid, pid_t tid, int sig);

static inline int sigemptyset(sigset_t *set)
{
    set->bits = 0;
    return 0;
}
static inline int sigfillset(sigset_t *set)
{
    set->bits = ~UINT64_C(0);
    return 0;
}
static inline int sigaddset(sigset_t *set, int sig)
{
    set->bits |= SIGSET_BIT(sig);
    return 0;
}
static inline int sigdelset(sigset_t *set, int sig)
{
    set->bits &= ~SIGSET_BIT(sig);
    return 0;
}
static inline int sigismember(const sigset_t *set, int sig)
{
    return (set->bits & SIGSET_BIT(sig)) != 0;
}
