/* Time: the TSC as clocksource, calibrated once against the ACPI PM timer or taken from CPUID.
 *
 * Everything that is measured often (a boundary crossing, a trace event) keeps raw TSC ticks, which cost one
 * instruction; they become nanoseconds only when somebody reads them.
 */
#pragma once
#include "lib/types.h"
#include "x86/cpu.h"

#define NS_PER_SEC 1000000000ull
#define NS_PER_MS  1000000ull
#define NS_PER_US  1000ull

/* Find the TSC's and the APIC timer's frequencies (at most 2 ms). Boot CPU, interrupts off. */
void clock_init(void);
/* Nanoseconds since boot, monotonic on and across all CPUs. Any context. */
u64 now_ns(void);
/* Convert a count of TSC ticks. */
u64 tsc_to_ns(u64 ticks);
u64 ns_to_tsc(u64 ns);
u64 tsc_hz(void);
/* Wall-clock time at boot in seconds since 1970, from the CMOS clock. */
u64 clock_boot_epoch_s(void);
/* Busy-wait; for device initialisation only. */
void clock_delay_us(u64 us);
