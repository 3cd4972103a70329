/* Calls that only Lucid has. */
#pragma once

#include "abi/lucid.h"

/* What exists in the machine now. flags: 0 or LUCID_STATS_SETTLE. ENOSYS on another kernel. */
int lucid_stats(struct lucid_stats *stats, int flags);
/* Let the n-th allocation of kernel memory from now fail, counted in the system calls and faults of
 * this thread; 0: none. Returns what was left of an earlier wish, 0 if its allocation has failed.
 * EOPNOTSUPP without check=poison on the kernel's command line. */
int lucid_fail_nth(unsigned n);
