/* What a system call costs before it does anything, and what the simplest ones do. */
#include <signal.h>
#include <time.h>

#include "bench.h"

static long null_call(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys0(NR_getppid);
    return ticks() - start;
}

static long clock_call(long n)
{
    struct timespec ts;
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys2(NR_clock_gettime, CLOCK_MONOTONIC, (long)&ts);
    return ticks() - start;
}

static long yield_alone(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys0(NR_sched_yield);
    return ticks() - start;
}

static void never_called(int sig)
{
    (void)sig;
}

static long action_call(long n)
{
    struct sigaction act = {.sa_handler = never_called, .sa_flags = SA_RESTORER};
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys6(NR_rt_sigaction, SIGUSR2, (long)&act, 0, sizeof(sigset_t), 0, 0);
    return ticks() - start;
}

static long mask_call(long n)
{
    sigset_t set = {0}, old;
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys6(NR_rt_sigprocmask, SIG_BLOCK, (long)&set, (long)&old, sizeof(sigset_t), 0, 0);
    return ticks() - start;
}

const struct bench call_benches[] = {
    {"null_syscall", null_call, 1000},  {"clock_gettime", clock_call, 1000},
    {"yield_alone", yield_alone, 1000}, {"sigaction", action_call, 1000},
    {"sigprocmask", mask_call, 1000},   {0},
};
