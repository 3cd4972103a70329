/* Process 1.
 */
#pragma once
#include "lib/types.h"

/* Make process 1 and let it run: the program named by init= (else the first of /init, /bin/init,
 * /sbin/init, /bin/sh that can be executed), with the console as descriptors 0, 1 and 2. Words of
 * the command line that the kernel does not know are its arguments (those with '=' its
 * environment), as on Linux. Called at the end of boot, on a kernel thread. */
void init_start(void);
/* Process 1 has ended: say so and power off with a status that tells success from failure. */
NORETURN void init_ended(int wait_status);
