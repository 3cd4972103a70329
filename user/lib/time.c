/* Calendar time. The Gregorian calendar by days since 0000-03-01: a year that starts in March has
 * its leap day last, so that no month needs a special case (the derivation is Howard Hinnant's,
 * "chrono-Compatible Low-Level Date Algorithms"). */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400
#define ERA_DAYS    146097 /* 400 years */
#define EPOCH_DAYS  719468 /* from 0000-03-01 to 1970-01-01 */

static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

static long floor_div(long a, long b)
{
    return a / b - (a % b < 0);
}

/* Days from 1970-01-01 to the given date; month 0..11, day 1..31. */
static long days_from_date(long year, int month, int day)
{
    if (month < 2)
        year--;
    long era = floor_div(year, 400);
    long year_of_era = year - era * 400;
    long day_of_year = (153 * ((month + 10) % 12) + 2) / 5 + day - 1;
    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           EPOCH_DAYS;
}

struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm)
{
    long day = floor_div(*t, DAY_SECONDS);
    int second = (int)(*t - day * DAY_SECONDS);

    tm->tm_hour = second / 3600;
    tm->tm_min = second / 60 % 60;
    tm->tm_sec = second % 60;
    tm->tm_wday = (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    tm->tm_isdst = 0;

    long era = floor_div(day + EPOCH_DAYS, ERA_DAYS);
    long of_era = day + EPOCH_DAYS - era * ERA_DAYS;
    long year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    long month = (5 * day_of_year + 2) / 153; /* 0 = March */
    tm->tm_mday = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    tm->tm_mon = (int)((month + 2) % 12);
    long year = year_of_era + era * 400 + (tm->tm_mon < 2);
    tm->tm_year = (int)(year - 1900);
    tm->tm_yday = (int)(day - days_from_date(year, 0, 1));
    return tm;
}

time_t timegm(struct tm *tm)
{
    long year = tm->tm_year + 1900L + floor_div(tm->tm_mon, 12);
    int month = (int)(tm->tm_mon - 12 * floor_div(tm->tm_mon, 12));
    long t = days_from_date(year, month, 1) + tm->tm_mday - 1;

    t = ((t * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60 + tm->tm_sec;
    gmtime_r(&t, tm); /* normalise: the 32nd of January becomes the 1st of February */
    return t;
}

time_t mktime(struct tm *tm)
{
    return timegm(tm);
}

struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm)
{
    return gmtime_r(t, tm);
}

struct tm *gmtime(const time_t *t)
{
    static struct tm tm;

    return gmtime_r(t, &tm);
}

struct tm *localtime(const time_t *t)
{
    return gmtime(t);
}

/* The value of a conversion letter that stands for a number, in the format of that number. */
static bool convert_number(char letter, const struct tm *tm, char *buf, size_t size)
{
    struct tm copy = *tm;
    const struct {
        char letter;
        const char *format;
        long value;
    } numbers[] = {
        {'C', "%02ld", (tm->tm_year + 1900) / 100},
        {'d', "%02ld", tm->tm_mday},
        {'e', "%2ld", tm->tm_mday},
        {'H', "%02ld", tm->tm_hour},
        {'I', "%02ld", (tm->tm_hour + 11) % 12 + 1},
        {'j', "%03ld", tm->tm_yday + 1},
        {'m', "%02ld", tm->tm_mon + 1},
        {'M', "%02ld", tm->tm_min},
        {'s', "%ld", letter == 's' ? timegm(&copy) : 0},
        {'S', "%02ld", tm->tm_sec},
        {'u', "%ld", (tm->tm_wday + 6) % 7 + 1},
        {'w', "%ld", tm->tm_wday},
        {'y', "%02ld", tm->tm_year % 100},
        {'Y', "%ld", tm->tm_year + 1900},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (numbers[i].letter == letter) {
            snprintf(buf, size, numbers[i].format, numbers[i].value);
            return true;
        }
    return false;
}

/* The same for a letter that stands for text, or for a format of several others. */
static void convert_text(char letter, const struct tm *tm, char *buf, size_t size)
{
    static const char *const formats[128] = {
        ['c'] = "%a %b %e %H:%M:%S %Y",
        ['D'] = "%m/%d/%y",
        ['x'] = "%m/%d/%y",
        ['F'] = "%Y-%m-%d",
        ['R'] = "%H:%M",
        ['T'] = "%H:%M:%S",
        ['X'] = "%H:%M:%S",
    };
    const char *day = days[tm->tm_wday], *month = months[tm->tm_mon];

    if (letter > 0 && formats[(int)letter])
        strftime(buf, size, formats[(int)letter], tm);
    else if (letter == 'a' || letter == 'A')
        snprintf(buf, size, "%.*s", letter == 'a' ? 3 : 99, day);
    else if (letter == 'b' || letter == 'h' || letter == 'B')
        snprintf(buf, size, "%.*s", letter == 'B' ? 99 : 3, month);
    else if (letter == 'p')
        strlcpy(buf, tm->tm_hour < 12 ? "AM" : "PM", size);
    else if (letter == 'z' || letter == 'Z')
        strlcpy(buf, letter == 'z' ? "+0000" : "UTC", size);
    else if (strchr("nt%", letter))
        strlcpy(buf, letter == 'n' ? "\n" : letter == 't' ? "\t" : "%", size);
    else
        snprintf(buf, size, "%%%c", letter);
}

size_t strftime(char *restrict s, size_t max, const char *restrict fmt,
                const struct tm *restrict tm)
{
    size_t n = 0;

    for (; *fmt; fmt++) {
        char text[64] = {*fmt};
        if (*fmt == '%' && fmt[1]) {
            fmt++;
            if (!convert_number(*fmt, tm, text, sizeof(text)))
                convert_text(*fmt, tm, text, sizeof(text));
        }
        size_t len = strlen(text);
        if (n + len + 1 > max)
            return 0;
        memcpy(s + n, text, len);
        n += len;
    }
    s[n] = '\0';
    return n;
}

char *asctime(const struct tm *tm)
{
    static char text[32];

    strftime(text, sizeof(text), "%c\n", tm);
    return text;
}

char *ctime(const time_t *t)
{
    return asctime(localtime(t));
}
