/* Would catch: a clock that goes backwards or stands, sleeps that end early, CPU time counted for
 * sleeping. Only relations are printed, never times. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(void)
{
    puts("BEGIN");
    long long last = 0, backwards = 0;
    for (int i = 0; i < 20000; i++) {
        long long now = ns(CLOCK_MONOTONIC);
        backwards += now < last;
        last = now;
    }
    printf("monotonic went backwards %lld times\n", backwards);

    struct timespec pause = {0, 30000000};
    long long before = ns(CLOCK_MONOTONIC), cpu = ns(CLOCK_PROCESS_CPUTIME_ID);
    printf("nanosleep %d\n", nanosleep(&pause, NULL));
    long long slept = ns(CLOCK_MONOTONIC) - before;
    printf("slept long enough %d\n", slept >= 30000000);
    printf("sleeping costs no CPU time %d\n", ns(CLOCK_PROCESS_CPUTIME_ID) - cpu < slept);

    struct timespec bad = {0, 1000000000};
    int refused = nanosleep(&bad, NULL);
    printf("bad nanoseconds: %d %s\n", refused, strerror(errno));
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 20000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    printf("absolute sleep %d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("reached %d\n", now.tv_sec > until.tv_sec ||
                               (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));

    struct timeval tv;
    gettimeofday(&tv, NULL);
    long apart = (long)time(NULL) - (long)tv.tv_sec;
    printf("time and gettimeofday agree %d, after 2020 %d\n", apart == 0 || apart == 1,
           tv.tv_sec > 1577836800);
    struct rusage ru;
    volatile unsigned spin = 0;
    long long start = ns(CLOCK_PROCESS_CPUTIME_ID);
    while (ns(CLOCK_PROCESS_CPUTIME_ID) - start < 50000000)
        spin += 1;
    getrusage(RUSAGE_SELF, &ru);
    long used = (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 + ru.ru_utime.tv_usec +
                ru.ru_stime.tv_usec;
    printf("rusage counts it %d\n", used >= 50000);
    puts("END");
    return 0;
}
