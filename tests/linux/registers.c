/* Would catch: the registers that only a context switch saves (vector registers, the bases of fs
 * and gs) changed hands in one, or lost across fork. Four processes give up the CPU thousands of
 * times and find their own values each time; thread-local storage needs fs, arch_prctl sets gs. */
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* arch_prctl(2); musl has no header for them. */
#define ARCH_SET_GS 0x1001
#define ARCH_GET_GS 0x1004

enum { PROCESSES = 4, ROUNDS = 2000 };

static __thread long local = 7;

/* What %xmm7 holds after sched_yield(2), if it held `value` before. */
static unsigned long over_yield(unsigned long value)
{
    long ret = SYS_sched_yield;
    __asm__ volatile("movq %1, %%xmm7\n\t"
                     "syscall\n\t"
                     "movq %%xmm7, %1"
                     : "+a"(ret), "+r"(value)
                     :
                     : "rcx", "r11", "xmm7", "memory");
    return value;
}

static int check(int k)
{
    unsigned long base = 0x10000ul * (k + 1), gs = 0;
    if (local != 7 || syscall(SYS_arch_prctl, ARCH_SET_GS, base))
        return 1;
    local = k * 1000;
    for (int i = 0; i < ROUNDS; i++) {
        if (over_yield(base + i) != base + i)
            return 2;
        if (local != k * 1000)
            return 3;
        if (syscall(SYS_arch_prctl, ARCH_GET_GS, &gs) || gs != base)
            return 4;
    }
    return 0;
}

int main(void)
{
    int bad = 0, status;
    puts("BEGIN");
    fflush(stdout);
    for (int k = 0; k < PROCESSES; k++)
        if (fork() == 0)
            _exit(check(k));
    for (int k = 0; k < PROCESSES; k++) {
        wait(&status);
        if (status)
            printf("a process ends with status %#x\n", status);
        bad |= status;
    }
    puts("END");
    return bad != 0;
}
