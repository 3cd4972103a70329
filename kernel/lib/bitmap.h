/* bitmap.h: a set of small integers as bits in an array of u64, bit i in word i / 64. None of it is
 * atomic: the caller holds the lock of the data. A result equal to `nbits` means "none". */
#pragma once

#include "lib/types.h"

#define BITMAP_WORDS(nbits)         (((nbits) + 63) / 64)
#define BITMAP_DECLARE(name, nbits) u64 name[BITMAP_WORDS(nbits)]

static inline void bitmap_set(u64 *map, size_t bit)
{
    map[bit / 64] |= BIT(bit % 64);
}

static inline void bitmap_clear(u64 *map, size_t bit)
{
    map[bit / 64] &= ~BIT(bit % 64);
}

static inline bool bitmap_test(const u64 *map, size_t bit)
{
    return map[bit / 64] >> (bit % 64) & 1;
}

/* Set (clear) the `count` bits from `first` on. */
void bitmap_set_range(u64 *map, size_t first, size_t count);
void bitmap_clear_range(u64 *map, size_t first, size_t count);

/* The first set (clear) bit at or after `from` and below nbits; nbits when there is none. */
size_t bitmap_next_set(const u64 *map, size_t nbits, size_t from);
size_t bitmap_next_clear(const u64 *map, size_t nbits, size_t from);

/* The first run of `count` >= 1 clear bits that starts at or after `from` and ends below nbits;
 * nbits when none. */
size_t bitmap_find_clear_run(const u64 *map, size_t nbits, size_t from, size_t count);

/* How many of the first nbits are set. */
size_t bitmap_count(const u64 *map, size_t nbits);

#define bitmap_for_each_set(bit, map, nbits)                                                       \
    for (bit = bitmap_next_set(map, nbits, 0); bit < (nbits);                                      \
         bit = bitmap_next_set(map, nbits, bit + 1))

/* How many bits of w are set. In software: the popcnt instruction is younger than x86-64, and the
 * compiler's builtin would call a library that a kernel does not link. (Adds neighbours in
 * parallel: Warren, "Hacker's Delight", "Counting 1-Bits".) */
static inline unsigned bits_count(u64 w)
{
    w -= w >> 1 & 0x5555555555555555;
    w = (w & 0x3333333333333333) + (w >> 2 & 0x3333333333333333);
    w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (unsigned)(w * 0x0101010101010101 >> 56);
}
