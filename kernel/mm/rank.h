/* rank.h: the lock order within mm/, from the outside in. */
#pragma once

#include "lock/rank.h"

enum {
    RANK_KMAP = RANK(MM, 12),      /* areas of kernel addresses (kmap.c) */
    RANK_PAGETABLE = RANK(MM, 10), /* struct pagetable.lock; a second one (fork) in address order */
    RANK_SLAB_LIST = RANK(MM, 8),  /* the list of all caches */
    RANK_SLAB = RANK(MM, 6),       /* struct kmem_cache.lock */
    RANK_BUDDY = RANK(MM, 2),      /* free lists */
    RANK_QUARANTINE = RANK(MM, 1), /* what a sanitizer holds back (kasan_slab.c, kasan_frame.c) */
};
