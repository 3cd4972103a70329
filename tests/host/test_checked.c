/* sources: */
/* Range arithmetic against the same sums in 128 bits. Catches: a wrap that passes a bounds check.
 */
#include "shim.h"
#include "lib/checked.h"
#include "lib/hash.h"

typedef unsigned __int128 u128;

/* Numbers near 0, near 2^64, and anywhere. */
static u64 edge(void)
{
    switch (rnd_below(4)) {
    case 0:
        return rnd_below(4);
    case 1:
        return U64_MAX - rnd_below(4);
    case 2:
        return BIT(63) - 2 + rnd_below(4);
    default:
        return rnd();
    }
}

TEST(checked_range_within)
{
    for (int i = 0; i < 200000; i++) {
        u64 start = edge(), len = edge(), limit = edge();
        CHECK_EQ(range_within(start, len, limit), (u128)start + len <= limit);
    }
}

TEST(checked_ranges_overlap)
{
    for (int i = 0; i < 200000; i++) {
        u64 a = edge(), alen = edge(), b = edge(), blen = edge();
        if ((u128)a + alen > (u128)U64_MAX + 1 || (u128)b + blen > (u128)U64_MAX + 1)
            continue;
        bool want = alen && blen && (u128)a < (u128)b + blen && (u128)b < (u128)a + alen;
        CHECK_EQ(ranges_overlap(a, alen, b, blen), want);
    }
}

TEST(checked_align_up)
{
    for (int i = 0; i < 200000; i++) {
        u64 x = edge(), align = BIT(rnd_below(40)), out;
        u128 want = ((u128)x + align - 1) / align * align;
        bool over = align_up_overflows(x, align, &out);
        CHECK_EQ(over, want > U64_MAX);
        CHECK(over || out == want);
    }
}

TEST(hash_spreads_low_bits)
{
    u32 bucket[64] = {0};
    for (u64 i = 0; i < 64000; i++)
        bucket[hash_u64(i << 12) & 63]++; /* page addresses: their low bits are all zero */
    for (int i = 0; i < 64; i++)
        CHECK(bucket[i] > 800 && bucket[i] < 1200);
    CHECK(hash_bytes(1, "ab", 2) != hash_bytes(2, "ab", 2));
    CHECK(hash_mix(hash_mix(0, 1), 2) != hash_mix(hash_mix(0, 2), 1));
}

int main(void)
{
    return run_tests();
}
