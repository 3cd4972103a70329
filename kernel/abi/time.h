/* Time: the structs that pass it, and the clocks. */
#pragma once

#include "abi/types.h"

struct timespec {
    time_t tv_sec;
    long tv_nsec; /* 0 .. 999,999,999 */
};

struct timeval {
    time_t tv_sec;
    suseconds_t tv_usec; /* 0 .. 999,999 */
};

struct timezone {
    int tz_minuteswest;
    int tz_dsttime;
};

struct itimerspec {
    struct timespec it_interval;
    struct timespec it_value;
};

struct itimerval {
    struct timeval it_interval;
    struct timeval it_value;
};

/* times(2), in ticks of 1/USER_HZ second. */
struct tms {
    clock_t tms_utime;
    clock_t tms_stime;
    clock_t tms_cutime;
    clock_t tms_cstime;
};

_Static_assert(sizeof(struct timespec) == 16, "struct timespec is part of the ABI");
_Static_assert(sizeof(struct timeval) == 16, "struct timeval is part of the ABI");
_Static_assert(sizeof(struct itimerspec) == 32, "struct itimerspec is part of the ABI");
_Static_assert(sizeof(struct tms) == 32, "struct tms is part of the ABI");

#define USER_HZ                                                                                    \
    100 /* the unit of clock_t in times(2), /proc and AT_CLKTCK; not how often anything ticks */

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_TAI                11 /* no leap seconds are known: as CLOCK_REALTIME */

#define TIMER_ABSTIME            1

#define ITIMER_REAL              0
#define ITIMER_VIRTUAL           1
#define ITIMER_PROF              2
