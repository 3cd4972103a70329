/* Process 1 of the test nmi/gs (tools/testlib/t_nmi.py), which sends non-maskable interrupts while
 * this runs: one process a CPU enters and leaves the kernel as fast as it can, with a GS base that
 * looks like the kernel's.
 *
 * Catches: an NMI handler that guesses from the sign of GS_BASE whose it is. With FSGSBASE a
 * program may put any value there, so such a handler would use the program's value as the kernel's
 * per-CPU pointer, or lose it, and the loop below would find another one. */
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HWCAP2_FSGSBASE = 2, SECONDS = 3 };

static uint64_t read_gs_base(void)
{
    uint64_t base;

    __asm__ volatile("rdgsbase %0" : "=r"(base));
    return base;
}

static void write_gs_base(uint64_t base)
{
    __asm__ volatile("wrgsbase %0" : : "r"(base));
}

static long now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* Returns the exit status: 0 if nothing changed behind our back. */
static int victim(int cpu, bool fsgsbase)
{
    /* of the kernel's image, and of its direct map */
    static const uint64_t bases[] = {0xffffffff80200000, 0xffff888000100000};
    uint64_t base = bases[cpu % 2];
    cpu_set_t only = {0};
    pid_t parent = getppid();

    CPU_SET(cpu, &only);
    if (sched_setaffinity(0, sizeof(only), &only) != 0)
        return 1;
    if (fsgsbase)
        write_gs_base(base);
    for (long end = now_s() + SECONDS; now_s() < end;) {
        for (int i = 0; i < 1000; i++) {
            if (getppid() != parent)
                return 2;
            if (fsgsbase && read_gs_base() != base)
                return 3;
        }
    }
    return 0;
}

/* How many NMIs the machine has seen: the trap table's count of vector 2. */
static unsigned long nmi_count(void)
{
    char line[128];
    unsigned long vector, count, found = 0;
    FILE *f = fopen("/proc/traps", "r");

    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%lu %lu", &vector, &count) == 2 && vector == 2)
            found = count;
    }
    if (f)
        fclose(f);
    return found;
}

int main(void)
{
    bool fsgsbase = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
    int ncpus = (int)sysconf(_SC_NPROCESSORS_ONLN), bad = 0, status;

    printf("nmivictim: %d CPUs, %s FSGSBASE\n", ncpus, fsgsbase ? "with" : "without");
    fflush(stdout);
    for (int cpu = 0; cpu < ncpus; cpu++) {
        if (fork() == 0)
            _exit(victim(cpu, fsgsbase));
    }
    while (wait(&status) > 0) {
        if (status != 0) {
            printf("nmivictim: status %#x\n", status);
            bad++;
        }
    }
    printf("nmivictim: done, %d bad, %lu NMIs\n", bad, nmi_count());
    return bad != 0;
}
