/* Time: the TSC as clocksource, its frequency taken from CPUID or measured once against the ACPI PM
 * timer.
 *
 * Everything that is measured often (a boundary crossing, a trace event) keeps raw TSC ticks, which
 * cost one instruction; they become nanoseconds only when somebody reads them.
 */
#pragma once
#include "lib/types.h"
#include "x86/cpu.h"

#define NS_PER_SEC 1000000000ull
#define NS_PER_MS  1000000ull
#define NS_PER_US  1000ull

/* Find the TSC's frequency (about 1 ms), read the wall clock, give klog its time. Boot CPU, after
 * acpi_init. */
void clock_init(void);
/* Nanoseconds since clock_init (0 before), monotonic on and across all CPUs. Any context. */
u64 now_ns(void);
/* Convert a count of TSC ticks, rounding down. */
u64 tsc_to_ns(u64 ticks);
u64 ns_to_tsc(u64 ns);
u64 tsc_hz(void);
/* Wall-clock time at now_ns() == 0 in seconds since 1970, from the CMOS clock; 0 if that is not
 * there. */
u64 clock_boot_epoch_s(void);
/* Busy-wait; for device initialisation only. */
void clock_delay_us(u64 us);

/* Compare the TSC of a starting CPU with ours, and note the difference if there is one. The boot
 * CPU calls the first for `cpu` while that CPU calls the second. False: it did not answer within
 * five seconds. */
MUST_CHECK bool clock_sync_start(unsigned cpu);
void clock_sync_join(void);
