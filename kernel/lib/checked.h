/* checked.h: arithmetic on numbers that a program, a disk or a packet chose. Each returns true when
 * the exact result does not fit, in which case *out holds the wrapped value and must not be used.
 */
#pragma once

#include "lib/types.h"

#define add_overflows(a, b, out) __builtin_add_overflow(a, b, out)
#define sub_overflows(a, b, out) __builtin_sub_overflow(a, b, out)
#define mul_overflows(a, b, out) __builtin_mul_overflow(a, b, out)

/* Is [start, start + len) within [0, limit)? Never wraps; an empty range is inside when start <=
 * limit. */
static inline bool range_within(u64 start, u64 len, u64 limit)
{
    return start <= limit && len <= limit - start;
}

/* Do [a, a + alen) and [b, b + blen), neither of which wraps, have a byte in common? An empty range
 * has none. */
static inline bool ranges_overlap(u64 a, u64 alen, u64 b, u64 blen)
{
    return alen && blen && (a < b ? b - a < alen : a - b < blen);
}

/* Round up to a power of two `align`; true when that does not fit in 64 bits. */
static inline bool align_up_overflows(u64 x, u64 align, u64 *out)
{
    bool over = add_overflows(x, align - 1, out);
    *out &= ~(align - 1);
    return over;
}
