/* rtc.c: read the CMOS clock (Motorola MC146818A data sheet, "Time, Calendar, and Alarm
 * Locations").
 *
 * The registers change once a second, one by one, so a single pass may mix two seconds: they are
 * read until two passes agree and no update is in progress. The clock is read once at boot; after
 * that the TSC keeps the time.
 */
#include "x86/rtc.h"

#include "lib/string.h"
#include "x86/cpu.h"

enum { CMOS_INDEX = 0x70, CMOS_DATA = 0x71 };
enum {
    RTC_SECOND = 0,
    RTC_MINUTE = 2,
    RTC_HOUR = 4,
    RTC_DAY = 7,
    RTC_MONTH = 8,
    RTC_YEAR = 9,
    RTC_STATUS_A = 0x0a,
    RTC_STATUS_B = 0x0b,
};
enum { A_UPDATE = 0x80, B_24H = 0x02, B_BINARY = 0x04, HOUR_PM = 0x80 };

static u8 cmos_read(u8 reg)
{
    outb(CMOS_INDEX, reg);
    return inb(CMOS_DATA);
}

static struct rtc_regs regs_read(u8 century_reg)
{
    return (struct rtc_regs){
        .second = cmos_read(RTC_SECOND),
        .minute = cmos_read(RTC_MINUTE),
        .hour = cmos_read(RTC_HOUR),
        .day = cmos_read(RTC_DAY),
        .month = cmos_read(RTC_MONTH),
        .year = cmos_read(RTC_YEAR),
        .century = century_reg ? cmos_read(century_reg) : 0,
        .status_b = cmos_read(RTC_STATUS_B),
    };
}

u64 rtc_days(unsigned year, unsigned month, unsigned day)
{
    static const u16 before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned y = year - 1; /* leap days up to the end of last year */
    u64 leaps = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return (year - 1970) * 365ull + leaps + before[month - 1] + (leap && month > 2) + day - 1;
}

static unsigned digits(u8 v, u8 status_b)
{
    return status_b & B_BINARY ? v : (v >> 4) * 10u + (v & 15);
}

u64 rtc_to_epoch_s(const struct rtc_regs *r)
{
    u8 b = r->status_b;
    unsigned hour = digits(r->hour & ~HOUR_PM, b);
    if (!(b & B_24H))
        hour = hour % 12 + (r->hour & HOUR_PM ? 12 : 0);
    unsigned century = r->century ? digits(r->century, b) : 20;
    unsigned year = century * 100 + digits(r->year, b);
    unsigned month = digits(r->month, b), day = digits(r->day, b);
    unsigned minute = digits(r->minute, b), second = digits(r->second, b);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    if (hour > 23 || minute > 59 || second > 60)
        return 0;
    return ((rtc_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

u64 rtc_read_epoch_s(u8 century_reg)
{
    enum { POLLS_MAX = 10000 }; /* about a microsecond each: an update takes 2 ms */
    for (int polls = 0; polls < POLLS_MAX; polls++) {
        if (cmos_read(RTC_STATUS_A) & A_UPDATE)
            continue;
        struct rtc_regs a = regs_read(century_reg), b = regs_read(century_reg);
        if (!(cmos_read(RTC_STATUS_A) & A_UPDATE) && memcmp(&a, &b, sizeof a) == 0)
            return rtc_to_epoch_s(&a);
    }
    return 0;
}
