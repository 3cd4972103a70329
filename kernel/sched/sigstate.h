/* What a thread carries of its signals; proc/ gives it its meaning.
 */
#pragma once
#include "lib/list.h"
#include "lib/types.h"

/* Signals sent to it and not yet taken (proc/sigqueue.h). */
struct sigpending {
    u64 set;
    struct list_head infos;
};

/* What sigaltstack(2) set; size 0: nothing. */
struct sigstack {
    u64 base, size;
};

/* The last exception that became a signal: for its handler's context. */
struct fault_report {
    u64 vector, error, cr2;
};
