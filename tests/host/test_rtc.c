/* sources: kernel/x86/rtc.c */
/* The CMOS clock's registers as a date. Catches: a wrong leap year, midnight and noon in 12-hour
 * mode, decimal digits read as binary, nonsense taken for a date. */
#include "shim.h"
#include <time.h>
#include "x86/rtc.h"

enum { MODE_24H = 2, MODE_BINARY = 4 };

static u8 bcd(unsigned v)
{
    return v / 10 << 4 | v % 10;
}

TEST(rtc_agrees_with_the_c_library)
{
    for (int i = 0; i < 20000; i++) {
        time_t t = 946684800 + rnd_below(4102444800ul - 946684800); /* 2000 to 2099 */
        struct tm tm;
        gmtime_r(&t, &tm);
        bool century = rnd_below(2), binary = rnd_below(2), h24 = rnd_below(2);
        unsigned hour = h24 ? tm.tm_hour : tm.tm_hour % 12 ? tm.tm_hour % 12 : 12;
        u8 pm = !h24 && tm.tm_hour >= 12 ? 0x80 : 0;
        struct rtc_regs r = {.second = bcd(tm.tm_sec),
                             .minute = bcd(tm.tm_min),
                             .hour = bcd(hour) | pm,
                             .day = bcd(tm.tm_mday),
                             .month = bcd(tm.tm_mon + 1),
                             .year = bcd(tm.tm_year % 100),
                             .century = century ? bcd(20) : 0,
                             .status_b = h24 ? MODE_24H : 0};
        if (binary)
            r = (struct rtc_regs){.second = tm.tm_sec,
                                  .minute = tm.tm_min,
                                  .hour = hour | pm,
                                  .day = tm.tm_mday,
                                  .month = tm.tm_mon + 1,
                                  .year = tm.tm_year % 100,
                                  .century = century ? 20 : 0,
                                  .status_b = (h24 ? MODE_24H : 0) | MODE_BINARY};
        CHECK_EQ(rtc_to_epoch_s(&r), t);
    }
}

TEST(rtc_knows_leap_years)
{
    CHECK_EQ(rtc_days(1970, 1, 1), 0);
    CHECK_EQ(rtc_days(1972, 3, 1), 790);
    CHECK_EQ(rtc_days(2000, 2, 29), 11016);
    CHECK_EQ(rtc_days(2000, 3, 1), 11017);
    CHECK_EQ(rtc_days(2100, 3, 1) - rtc_days(2100, 2, 28), 1); /* no leap year */
}

TEST(rtc_refuses_nonsense)
{
    struct rtc_regs all_ones = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct rtc_regs no_month = {.day = 1, .year = 0x24, .status_b = MODE_24H};
    struct rtc_regs hour_24 = {
        .day = 1, .month = 1, .year = 0x24, .hour = 0x24, .status_b = MODE_24H};
    CHECK_EQ(rtc_to_epoch_s(&all_ones), 0);
    CHECK_EQ(rtc_to_epoch_s(&no_month), 0);
    CHECK_EQ(rtc_to_epoch_s(&hour_24), 0);
}

int main(void)
{
    return run_tests();
}
