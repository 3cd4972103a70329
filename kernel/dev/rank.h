/* The lock order within dev/, from the outside in.
 */
#pragma once
#include "lock/rank.h"

enum {
    RANK_TTY_READ = RANK(DEV, 10),    /* one reader of a terminal at a time (sleeps) */
    RANK_TTY_WRITE = RANK(DEV, 9),    /* one write(2) to a terminal at a time (sleeps) */
    RANK_TTY = RANK(DEV, 4),          /* a terminal's line discipline and owner */
    RANK_TTY_DRIVER = RANK_LEAF(LIB), /* its device: a klog sink comes here from any layer */
};
