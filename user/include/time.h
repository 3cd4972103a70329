/* Clocks, calendar time and its text. There are no time zones: local time is UTC. */
#pragma once

#include "abi/time.h"
#include <stddef.h>

struct tm {
    int tm_sec;
    int tm_min;
    int tm_hour;
    int tm_mday; /* 1..31 */
    int tm_mon;  /* 0..11 */
    int tm_year; /* since 1900 */
    int tm_wday; /* 0 = Sunday */
    int tm_yday; /* 0..365 */
    int tm_isdst;
};

time_t time(time_t *t);
int clock_gettime(clockid_t clock, struct timespec *ts);
int clock_getres(clockid_t clock, struct timespec *res);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *req,
                    struct timespec *rem); /* returns the error number */
int nanosleep(const struct timespec *req, struct timespec *rem);
struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm);
struct tm *gmtime(const time_t *t);
struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm);
struct tm *localtime(const time_t *t);
time_t timegm(struct tm *tm);
time_t mktime(struct tm *tm);
char *ctime(const time_t *t);
char *asctime(const struct tm *tm);

/* %a %A %b %B %d %e %H %I %j %m %M %n %p %s %S %t %T %F %D %R %y %Y %Z %z %c %u %w %% %x %X %h. */
size_t strftime(char *restrict s, size_t max, const char *restrict fmt,
                const struct tm *restrict tm);
