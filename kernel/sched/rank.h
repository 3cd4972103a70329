/* The lock order within sched/, from the outside in.
 */
#pragma once
#include "lock/rank.h"

enum {
    RANK_WAITQ = RANK(SCHED, 12),  /* wait queues; callbacks run under them */
    RANK_THREADS = RANK(SCHED, 6), /* the table of threads */
    RANK_RUNQ = RANK(SCHED, 4),    /* runqueues; two of them in address order */
    RANK_SAMPLER = RANK(SCHED, 3), /* load averages and watchdog, which start timers */
    RANK_TIMER = RANK(SCHED, 2),   /* timer queues */
};
