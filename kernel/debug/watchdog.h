/* What is said when something hangs, once per boot: a headline and the dump of the whole machine
 * (debug/dump.h). lock/spinlock.c, which notices a lock that does not come free, and
 * sched/watchdog.c, which looks at CPUs and threads, report here.
 *
 * `watchdog=report` on the command line, the default, prints and goes on; `panic` then panics, as
 * the tests want it; `off` looks at nothing.
 */
#pragma once
#include "lib/types.h"

/* False: switched off, or there has been a report. */
extern bool watchdog_on;

/* Boot: read the command line. */
void watchdog_init(void);
/* Print the headline and the dump, CPU `first` first (-1: any order), then go on or panic. Only the
 * first call of all does anything. Any context. */
void watchdog_report(int first, const char *fmt, ...) PRINTF(2, 3);

/* For kernel code that computes for very long without a switch and may: this CPU is all right. */
void watchdog_touch(void);
u64 watchdog_touches(unsigned cpu);
