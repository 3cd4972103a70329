/* sources: kernel/mm/regions.c */
/* Interval sets against an array of bool. Catches: intervals lost, merged or split wrongly, memory
 * handed out twice. */
#include "shim.h"
#include <string.h>
#include "mm/regions.h"

enum { N = 400 };

static bool model[N];
static struct region_set set;

static void check_same(void)
{
    u64 total = 0;
    for (unsigned i = 0; i < set.n; i++) {
        CHECK(set.r[i].start < set.r[i].end);
        CHECK(i == 0 ||
              set.r[i - 1].end < set.r[i].start); /* sorted, and neighbours do not touch */
    }
    for (u64 x = 0; x < N; x++) {
        CHECK_EQ(regions_contain(&set, x, x + 1), model[x]);
        total += model[x];
    }
    CHECK_EQ(regions_total(&set), total);
}

TEST(regions_random_edits)
{
    for (int round = 0; round < 5000; round++) {
        u64 a = 1 + rnd_below(N - 1), b = a + rnd_below(MIN((u64)60, N - a) + 1);
        bool add = rnd_below(2);
        (add ? regions_add : regions_remove)(&set, a, b);
        memset(model + a, add, b - a);
        check_same();
        if (rnd_below(4) == 0) {
            u64 len = 1 + rnd_below(20), align = 1ul << rnd_below(4), limit = rnd_below(N + 50);
            u64 at = regions_take(&set, len, align, limit);
            if (at) {
                CHECK(at % align == 0 && at + len <= limit);
                for (u64 x = at; x < at + len; x++) {
                    CHECK(model[x]);
                    model[x] = false;
                }
            }
            check_same();
        }
    }
}

TEST(regions_too_many_drop_the_smallest)
{
    memset(&set, 0, sizeof set);
    for (u64 i = 0; i < REGIONS_MAX + 20; i++)
        regions_add(&set, i * 100, i * 100 + 10 + i % 50);
    CHECK_EQ(set.n, REGIONS_MAX);
    u64 least = U64_MAX;
    for (unsigned i = 0; i < set.n; i++)
        least = MIN(least, set.r[i].end - set.r[i].start);
    CHECK(least > 10);
}

TEST(regions_take_prefers_the_highest_below_the_limit)
{
    memset(&set, 0, sizeof set);
    regions_add(&set, 0x1000, 0x5000);
    regions_add(&set, 0x8000, 0xa000);
    CHECK_EQ(regions_take(&set, 0x1000, 0x1000, U64_MAX), 0x9000);
    CHECK_EQ(regions_take(&set, 0x2000, 0x2000, U64_MAX), 0x2000);
    CHECK_EQ(regions_take(&set, 0x1000, 0x1000, 0x4800), 0x1000);
    CHECK_EQ(regions_take(&set, 0x4000, 0x1000, U64_MAX), 0);
}

int main(void)
{
    return run_tests();
}
