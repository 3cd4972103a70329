/* Between the idle loop and the load averages.
 */
#pragma once

/* A CPU leaves idling: count again, if nobody does. Any context but NMI. */
void loadavg_resume(void);
