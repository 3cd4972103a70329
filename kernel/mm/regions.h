/* regions.h: small sets of physical addresses as sorted, disjoint intervals: what boot knows of
 * memory before there is a frame allocator. No locks: one CPU, at boot. */
#pragma once

#include "lib/types.h"

enum { REGIONS_MAX = 128 };

struct region {
    paddr_t start, end; /* [start, end), start < end */
};

struct region_set {
    unsigned n;
    struct region r[REGIONS_MAX]; /* ascending; neighbours that touch are one */
};

/* Add or take away [start, end); an empty interval changes nothing. If there were more than
 * REGIONS_MAX pieces, the smallest piece is dropped: memory is wasted, never given twice. */
void regions_add(struct region_set *set, paddr_t start, paddr_t end);
void regions_remove(struct region_set *set, paddr_t start, paddr_t end);

/* Does the set contain all of [start, end)? */
bool regions_contain(const struct region_set *set, paddr_t start, paddr_t end);

/* Bytes in all. */
u64 regions_total(const struct region_set *set);

/* Cut `len` bytes, aligned to `align` (a power of two), from the end of the highest interval that
 * has them below `limit`. Returns their address, or 0 (which is therefore never in a set that is
 * cut). */
paddr_t regions_take(struct region_set *set, u64 len, u64 align, paddr_t limit);
