/* Catches: vector or x87 state that another process, a system call, an interrupt or a fault
 * changes, that fork does not copy, or that a new program inherits. Four processes with states of
 * their own on one CPU check theirs again and again. */
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>

#include "ut.h"

static bool have_avx(void)
{
    unsigned int a = 1, b, c = 0, d;

    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (!(c & (1u << 27)) || !(c & (1u << 28)))
        return false;
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (a & 6) == 6;
}

static bool avx;

static void load(const uint64_t pattern[4])
{
    if (avx)
        __asm__ volatile("vmovdqu (%0), %%ymm3\n vmovdqu (%0), %%ymm15" : : "r"(pattern));
    else
        __asm__ volatile("movdqu (%0), %%xmm3\n movdqu (%0), %%xmm15" : : "r"(pattern));
}

static bool still_loaded(const uint64_t pattern[4])
{
    uint64_t now[8] = {0};

    if (avx)
        __asm__ volatile("vmovdqu %%ymm3, (%0)\n vmovdqu %%ymm15, 32(%0)" : : "r"(now) : "memory");
    else
        __asm__ volatile("movdqu %%xmm3, (%0)\n movdqu %%xmm15, 32(%0)" : : "r"(now) : "memory");
    size_t size = avx ? 32 : 16;
    return memcmp(now, pattern, size) == 0 && memcmp(now + 4, pattern, size) == 0;
}

static long raw_call(long nr)
{
    long result;

    __asm__ volatile("syscall" : "=a"(result) : "a"(nr) : "rcx", "r11", "memory");
    return result;
}

/* One of the four: its own pattern, its own rounding mode. */
static int keep_state(void *arg)
{
    uint64_t mine = 0x0123456789abcdef * (uint64_t)(uintptr_t)arg;
    uint64_t pattern[4] = {mine, ~mine, mine ^ 0x5555, mine + 1};
    unsigned int mxcsr = 0x1f80 | ((unsigned int)(uintptr_t)arg & 3) << 13, now;
    uint16_t control = (uint16_t)(0x37f | ((unsigned int)(uintptr_t)arg & 3) << 10), control_now;
    volatile char *fresh =
        mmap(NULL, 200 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    __asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(mxcsr), "m"(control));
    load(pattern);
    for (int i = 0; i < 200; i++) {
        raw_call(24);                           /* sched_yield: another one runs */
        fresh[i * 4096] = 1;                    /* a fault */
        for (volatile int k = 0; k < 1000; k++) /* interrupts */
            ;
        if (!still_loaded(pattern)) {
            CHECK(!"the vector registers changed");
            break;
        }
    }
    __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(now), "=m"(control_now));
    CHECK_EQ(now & 0xffc0, mxcsr & 0xffc0);
    CHECK_EQ(control_now, control);
    munmap((void *)fresh, 200 * 4096);
    return 0;
}

static void four_on_one_cpu(void)
{
    cpu_set_t all, one;
    int status;

    CHECK_OK(sched_getaffinity(0, sizeof(all), &all));
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    CHECK_OK(sched_setaffinity(0, sizeof(one), &one));
    for (uintptr_t i = 1; i <= 4; i++)
        if (fork() == 0) {
            keep_state(ut_pointer(i));
            _exit(ut_result());
        }
    for (int i = 0; i < 4; i++) {
        CHECK(wait(&status) > 0);
        CHECK_EXIT(status, 0);
    }
    CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
}

/* fork copies the state: the child checks before it calls anything that might use it. */
static void over_fork(void)
{
    uint64_t pattern[4] = {11, 22, 33, 44};
    int status;

    load(pattern);
    long pid = raw_call(57);
    bool kept = still_loaded(pattern);
    if (pid == 0)
        _exit(!kept);
    CHECK(kept);
    CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
}

/* A new program starts with a clean state; it is this one, called with an argument. */
static int check_clean(void)
{
    uint64_t zero[4] = {0};
    unsigned int mxcsr;
    uint16_t control;

    __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(mxcsr), "=m"(control));
    CHECK_EQ(mxcsr, 0x1f80);
    CHECK_EQ(control, 0x37f);
    CHECK(still_loaded(zero));
    return ut_result();
}

static void over_exec(void)
{
    uint64_t pattern[4] = {1, 2, 3, 4};
    unsigned int mxcsr = 0x9f80;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        char *argv[] = {"t_fpu", "clean", NULL};
        __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
        load(pattern);
        execve("/proc/self/exe", argv, environ);
        _exit(99);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
}

static int unmasked(void *arg)
{
    unsigned int mxcsr = 0x1f80 & ~(1u << 9); /* division by zero traps */
    volatile double zero = 0;

    (void)arg;
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
    return (int)(1.0 / zero) & 0;
}

int main(int argc, char **argv)
{
    (void)argv;
    avx = have_avx();
    if (argc > 1)
        return check_clean();
    four_on_one_cpu();
    over_fork();
    over_exec();
    int status = ut_child(unmasked, NULL); /* QEMU's emulation never raises this exception */
    if (status != 0)
        CHECK_SIGNAL(status, SIGFPE);
    return ut_result();
}
