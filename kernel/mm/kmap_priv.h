/* kmap_priv.h: what kmap.c, kstack.c and init.c share. */
#pragma once

#include "mm/kmap.h"
#include "mm/regions.h"

/* Map fresh frames at [start, end) of the kernel's half; false when memory is short (some may be
 * mapped then). */
bool kmap_fill(vaddr_t start, vaddr_t end);

/* Unmap [start, end) on every CPU and free the frames. Context as for tlb_batch_flush. */
void kmap_unmap(vaddr_t start, vaddr_t end);

void kstack_stats(struct kmap_stats *out);

/* Which physical addresses the direct map covers. Kept, not copied. */
void kmap_init(const struct region_set *direct);
