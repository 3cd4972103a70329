/* Signals delivered to a handler that returns. */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

static volatile long caught;

static void count(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    caught++;
}

/* The instruction that faults is `mov %eax, (%rdi)`: two bytes to step over. */
static void step_over(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    ((ucontext_t *)context)->uc_mcontext.rip += 2;
    caught++;
}

static void catch_signal(int sig, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    must(sigaction(sig, &act, NULL), "sigaction");
}

static long deliver(long n)
{
    long pid = getpid();
    catch_signal(SIGUSR1, count);
    caught = 0;
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys2(NR_kill, pid, SIGUSR1);
    long spent = ticks() - start;
    signal(SIGUSR1, SIG_DFL);
    return caught == n ? spent : -ENOSYS;
}

/* Tried only where a handler is called at all: a fault is not survived without one. */
static long deliver_fault(long n)
{
    if (deliver(1) < 0)
        return -ENOSYS;
    catch_signal(SIGSEGV, step_over);
    char *p = memory(PAGE, MAP_PRIVATE);
    must(sys3(NR_mprotect, (long)p, PAGE, PROT_READ), "mprotect");
    caught = 0;
    long start = ticks();
    for (long i = 0; i < n; i++)
        asm volatile("mov %%eax, (%%rdi)" : : "D"(p), "a"(0) : "memory");
    long spent = ticks() - start;
    signal(SIGSEGV, SIG_DFL);
    memory_free(p, PAGE);
    return caught == n ? spent : -ENOSYS;
}

const struct bench signal_benches[] = {
    {"signal_caught", deliver, 200},
    {"sigsegv_caught", deliver_fault, 200},
    {0},
};
