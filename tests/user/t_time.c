/* Catches: clocks that jump, run backwards or differ between CPUs; sleeps that are too short or far
 * too long; wrong errors; CPU time that is not accounted or counted twice. */
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>

#include "ut.h"

static int64_t now_ns(clockid_t clock)
{
    struct timespec ts = {0};

    CHECK_OK(clock_gettime(clock, &ts));
    CHECK(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
    return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void run_on(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
    CHECK_EQ(sched_getcpu(), cpu);
}

/* Hopping from CPU to CPU, time never goes back. */
static void monotonic(void)
{
    cpu_set_t all;
    int64_t last = now_ns(CLOCK_MONOTONIC);

    CHECK_OK(sched_getaffinity(0, sizeof(all), &all));
    for (int round = 0; round < 100; round++)
        for (int cpu = 0; cpu < 64; cpu++) {
            if (!CPU_ISSET(cpu, &all))
                continue;
            run_on(cpu);
            for (int i = 0; i < 20; i++) {
                int64_t now = now_ns(CLOCK_MONOTONIC);
                CHECK(now >= last);
                last = now;
            }
        }
    CHECK_OK(sched_setaffinity(0, sizeof(all), &all));
}

static void clocks(void)
{
    static const clockid_t ids[] = {CLOCK_REALTIME,           CLOCK_MONOTONIC,
                                    CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
                                    CLOCK_MONOTONIC_RAW,      CLOCK_REALTIME_COARSE,
                                    CLOCK_MONOTONIC_COARSE,   CLOCK_BOOTTIME};
    struct timespec ts;
    struct timeval tv;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        now_ns(ids[i]);
        CHECK_OK(clock_getres(ids[i], &ts));
        CHECK(ts.tv_sec == 0 && ts.tv_nsec > 0);
    }
    CHECK_ERR(clock_gettime(99, &ts), EINVAL);
    CHECK_ERR(clock_getres(99, &ts), EINVAL);
    CHECK_OK(clock_getres(CLOCK_MONOTONIC, NULL));
    CHECK_ERR(clock_gettime(CLOCK_REALTIME, ut_pointer(8)), EFAULT);
    CHECK_OK(gettimeofday(&tv, NULL));
    int64_t real = now_ns(CLOCK_REALTIME) / 1000000000;
    CHECK(real - tv.tv_sec <= 1 && real >= tv.tv_sec);
    CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
    CHECK(real > 1700000000); /* later than 2023 */
    time_t t = time(NULL);
    CHECK(t - real <= 1 && t >= real - 1);
}

static void sleeping(void)
{
    static const long ms[] = {0, 1, 5, 30};
    struct timespec ts, rem = {77, 77};

    for (size_t i = 0; i < 4; i++) {
        ts = (struct timespec){0, ms[i] * 1000000};
        int64_t start = now_ns(CLOCK_MONOTONIC);
        CHECK_OK(nanosleep(&ts, &rem));
        int64_t took = now_ns(CLOCK_MONOTONIC) - start;
        CHECK(took >= ms[i] * 1000000);
        CHECK(took < (ms[i] + 500) * 1000000);
    }
    CHECK_EQ(rem.tv_sec, 77); /* untouched where the sleep was whole */
    ts = (struct timespec){0, 1000000000};
    CHECK_ERR(nanosleep(&ts, NULL), EINVAL);
    ts = (struct timespec){-1, 0};
    CHECK_ERR(nanosleep(&ts, NULL), EINVAL);
    CHECK_ERR(nanosleep(ut_pointer(8), NULL), EFAULT);
}

static void absolute(void)
{
    int64_t wanted = now_ns(CLOCK_MONOTONIC) + 20000000;
    struct timespec ts = {wanted / 1000000000, wanted % 1000000000};

    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
    CHECK(now_ns(CLOCK_MONOTONIC) >= wanted);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0); /* in the past */
    wanted = now_ns(CLOCK_REALTIME) + 20000000;
    ts = (struct timespec){wanted / 1000000000, wanted % 1000000000};
    CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL), 0);
    CHECK(now_ns(CLOCK_REALTIME) >= wanted);
    ts = (struct timespec){0, 1000000};
    CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, 0, &ts, NULL), 0);
    CHECK_EQ(clock_nanosleep(99, 0, &ts, NULL), EINVAL);
}

static int64_t usage_ns(const struct timeval *tv)
{
    return tv->tv_sec * 1000000000 + tv->tv_usec * 1000;
}

/* 100 ms of user time are accounted as such, and a sleep is not. */
static void accounting(void)
{
    struct rusage before, after;
    struct tms tms;
    char *memory = malloc(4 << 20);

    memset(memory, 1, 4 << 20);
    CHECK_OK(getrusage(RUSAGE_SELF, &before));
    int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = now_ns(CLOCK_MONOTONIC);
    while (now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu < 100000000)
        for (volatile int i = 0; i < 10000; i++)
            ;
    wall = now_ns(CLOCK_MONOTONIC) - wall;
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    ut_sleep_ms(100);
    CHECK(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu < 50000000);
    CHECK_OK(getrusage(RUSAGE_SELF, &after));
    int64_t used = usage_ns(&after.ru_utime) + usage_ns(&after.ru_stime) -
                   usage_ns(&before.ru_utime) - usage_ns(&before.ru_stime);
    CHECK(used >= 90000000 && used <= wall + 60000000);
    CHECK(usage_ns(&after.ru_utime) > usage_ns(&before.ru_utime));
    CHECK(after.ru_nvcsw > before.ru_nvcsw); /* the sleep gave the CPU up */
    CHECK(after.ru_maxrss >= 2048);          /* KiB */
    CHECK(times(&tms) > 0);
    CHECK(tms.tms_utime + tms.tms_stime >= 9);
    CHECK_ERR(getrusage(77, &after), EINVAL);
    free(memory);
}

/* Bursts far shorter than a tick, each followed by a sleep: all of them are accounted. */
static void bursts(void)
{
    int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = now_ns(CLOCK_MONOTONIC);

    for (int i = 0; i < 100; i++) {
        int64_t start = now_ns(CLOCK_MONOTONIC);
        while (now_ns(CLOCK_MONOTONIC) - start < 200000)
            ;
        ut_sleep_ms(1);
    }
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now_ns(CLOCK_MONOTONIC) - wall;
    CHECK(cpu >=
          10000000); /* of 20 ms at least; the machine may have taken the CPU away meanwhile */
    CHECK(cpu < wall - 50000000); /* and not the 100 ms of sleep, however slow the machine */
}

static void up(void)
{
    struct sysinfo si;
    struct timespec ts;

    CHECK_OK(sysinfo(&si));
    CHECK_OK(clock_gettime(CLOCK_BOOTTIME, &ts));
    CHECK(labs(ts.tv_sec - si.uptime) <= 2);
    CHECK(si.totalram > 0 && si.freeram <= si.totalram && si.mem_unit > 0 && si.procs > 0);
}

int main(void)
{
    monotonic();
    clocks();
    sleeping();
    absolute();
    accounting();
    bursts();
    up();
    return ut_result();
}
