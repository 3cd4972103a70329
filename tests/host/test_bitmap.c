/* sources: kernel/lib/bitmap.c */
/* Bitmaps against an array of bool. Catches: off by one at word borders, noise beyond the last bit.
 */
#include "shim.h"
#include "lib/bitmap.h"
#include <string.h>

enum { MAX_BITS = 300 };

static u64 map[BITMAP_WORDS(MAX_BITS)];
static bool model[MAX_BITS];

static size_t model_next(size_t nbits, size_t from, bool value)
{
    while (from < nbits && model[from] != value)
        from++;
    return MIN(from, nbits);
}

static size_t model_run(size_t nbits, size_t from, size_t count)
{
    for (size_t start = from; start + count <= nbits; start++)
        if (model_next(start + count, start, true) == start + count)
            return start;
    return nbits;
}

static void check_same(size_t nbits)
{
    size_t from = rnd_below(nbits + 1), count = 1 + rnd_below(80), set = 0;
    for (size_t i = 0; i < nbits; i++) {
        CHECK_EQ(bitmap_test(map, i), model[i]);
        set += model[i];
    }
    CHECK_EQ(bitmap_count(map, nbits), set);
    CHECK_EQ(bitmap_next_set(map, nbits, from), model_next(nbits, from, true));
    CHECK_EQ(bitmap_next_clear(map, nbits, from), model_next(nbits, from, false));
    CHECK_EQ(bitmap_find_clear_run(map, nbits, from, count), model_run(nbits, from, count));
}

TEST(bitmap_random_edits)
{
    for (int round = 0; round < 30000; round++) {
        size_t nbits = 1 + rnd_below(MAX_BITS);
        size_t first = rnd_below(MAX_BITS),
               count = rnd_below(MIN((size_t)90, MAX_BITS - first) + 1);
        bool value = rnd_below(2);
        (value ? bitmap_set_range : bitmap_clear_range)(map, first, count);
        memset(model + first, value, count);
        size_t bit = rnd_below(MAX_BITS);
        value = rnd_below(2);
        (value ? bitmap_set : bitmap_clear)(map, bit);
        model[bit] = value;
        check_same(nbits);
    }
}

TEST(bitmap_for_each_visits_all)
{
    size_t bit, sum = 0;
    u64 m[2] = {BIT(0) | BIT(63), BIT(1)};
    bitmap_for_each_set(bit, m, 128) sum += bit;
    CHECK_EQ(sum, 0 + 63 + 65);
}

int main(void)
{
    return run_tests();
}
