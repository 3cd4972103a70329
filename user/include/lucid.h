/* Calls that only Lucid has. */
#pragma once

#include "abi/lucid.h"

/* What exists in the machine now. flags: 0 or LUCID_STATS_SETTLE. ENOSYS on another kernel. */
int lucid_stats(struct lucid_stats *stats, int flags);
