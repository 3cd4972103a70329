/* What the kernel said before it rebooted: the log lives in memory that a reset leaves alone.
 */
#pragma once
#include "lib/types.h"

enum { LASTLOG_PA = 0x90000, LASTLOG_BYTES = 0x9000 };

/* mem: where LASTLOG_PA is mapped. Repeat the log of the boot before this one, if it ended in a
 * panic or a reboot, on the console
 * (`lastlog` on the command line) and count the boots; then keep this boot's log there. Once, after
 * mm_init: below 1 MiB nothing is ever allocated. */
void lastlog_init(void *mem);
/* How many times the machine has booted since it was switched on, this time included. */
unsigned lastlog_boots(void);
