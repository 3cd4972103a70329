/* Between the idle loop and what ticks only while something runs.
 */
#pragma once
#include "lib/types.h"

/* A CPU leaves idling: count again, if nobody does. Any context but NMI. */
void loadavg_resume(void);
/* Does it count now, because something runs or ran moments ago? */
bool loadavg_counts(void);

/* watchdog.c: look again; from loadavg_resume. Any context but NMI. */
void watchdog_resume(void);
