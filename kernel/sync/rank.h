/* The lock order within sync/.
 */
#pragma once
#include "lock/rank.h"

enum {
    RANK_WORK = RANK(SYNC, 2), /* lists of deferred work; only wait queues are woken near it */
};
