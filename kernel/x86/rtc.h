/* The CMOS clock: the only one that runs while the machine is off.
 */
#pragma once
#include "lib/types.h"

/* A reading of its registers, as they stand there. */
struct rtc_regs {
    u8 second, minute, hour, day, month, year, century;
    u8 status_b; /* how to read them: 12 or 24 hours, binary or decimal digits */
};

/* Seconds since 1970 (UTC, as QEMU and most systems set the clock); 0 if there is no clock or it
 * holds no valid date. `century_reg`: the register with the century, from the FADT; 0: there is
 * none. Boot CPU; waits at most 10 ms. */
u64 rtc_read_epoch_s(u8 century_reg);

/* The pure part: registers to seconds since 1970, 0 if they are not a date. `century` 0: assume
 * 2000-2099. */
u64 rtc_to_epoch_s(const struct rtc_regs *r);
/* Days from 1970-01-01 to a date of the Gregorian calendar; year >= 1970. */
u64 rtc_days(unsigned year, unsigned month, unsigned day);
