/* Catches: threads that run where they may not; a CPU that is left idle while others have two to
 * run; a loop that keeps everyone else from running; yields that do not yield. */
#include <sched.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include "ut.h"

#define CPUS_MAX 64

static cpu_set_t all;

static cpu_set_t only(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return set;
}

static void affinity(void)
{
    cpu_set_t set, none;

    for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
        if (!CPU_ISSET(cpu, &all))
            continue;
        set = only(cpu);
        CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
        for (int i = 0; i < 10; i++) {
            CHECK_EQ(sched_getcpu(), cpu);
            sched_yield();
        }
        CHECK_OK(sched_getaffinity(0, sizeof(set), &set));
        CHECK_EQ(CPU_COUNT(&set), 1);
    }
    CPU_ZERO(&none);
    CHECK_ERR(sched_setaffinity(0, sizeof(none), &none), EINVAL);
    CHECK_ERR(sched_setaffinity(1 << 22, sizeof(all), &all), ESRCH);
    CHECK_ERR(sched_setaffinity(0, sizeof(all), ut_pointer(8)), EFAULT);
    CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
}

static int inherits(void *cpu)
{
    cpu_set_t set;

    CHECK_OK(sched_getaffinity(0, sizeof(set), &set));
    CHECK_EQ(CPU_COUNT(&set), 1);
    CHECK_EQ(sched_getcpu(), *(int *)cpu);
    return 0;
}

/* A sleeping process is moved from outside. */
static void from_outside(void)
{
    int last = 0, status;

    for (int cpu = 0; cpu < CPUS_MAX; cpu++)
        if (CPU_ISSET(cpu, &all))
            last = cpu;
    cpu_set_t set = only(last);
    CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
    CHECK_EXIT(ut_child(inherits, &last), 0);
    CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
    pid_t pid = fork();
    if (pid == 0) {
        ut_sleep_ms(100);
        _exit(sched_getcpu() == last ? 0 : 1);
    }
    CHECK_OK(sched_setaffinity(pid, sizeof(set), &set));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
}

/* Two loops for each CPU; each must get something, and this process must go on running. */
static void busy_machine(void)
{
    int count = 2 * CPU_COUNT(&all);
    volatile unsigned long *work =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pids[2 * CPUS_MAX];

    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            for (;;)
                work[i]++;
    }
    long start = ut_now_ms();
    for (int i = 0; i < 20; i++)
        ut_sleep_ms(10);
    long took = ut_now_ms() - start;
    CHECK(took < 5000);
    for (int tries = 0; tries < 100; tries++) { /* everyone gets a turn */
        bool ran = true;
        for (int i = 0; i < count; i++)
            ran &= work[i] > 0;
        if (ran)
            break;
        ut_sleep_ms(20);
    }
    for (int i = 0; i < count; i++)
        CHECK(work[i] > 0);
    for (int i = 0; i < count; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    munmap((void *)work, 4096);
}

/* Two on one CPU take turns when they yield. */
static void yielding(void)
{
    volatile int *turn =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int first = 0, status;

    while (!CPU_ISSET(first, &all))
        first++;
    cpu_set_t set = only(first);
    CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
    pid_t pid = fork();
    for (int i = 0; i < 500; i++) { /* even turns are the parent's */
        long start = ut_now_ms();
        while (turn[0] % 2 != (pid == 0)) {
            sched_yield();
            if (ut_now_ms() - start > 10000)
                _exit(1);
        }
        turn[0]++;
    }
    if (pid == 0)
        _exit(0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
    CHECK_EQ(turn[0], 1000);
    CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
    munmap((void *)turn, 4096);
}

int main(void)
{
    CHECK_OK(sched_getaffinity(0, sizeof(all), &all));
    CHECK_EQ(CPU_COUNT(&all), get_nprocs());
    affinity();
    from_outside();
    busy_machine();
    yielding();
    return ut_result();
}
