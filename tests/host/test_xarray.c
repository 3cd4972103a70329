/* sources: kernel/lib/xarray.c */
/* The map against a plain array of (index, entry, mark). Catches: lost entries when the tree grows
 * or shrinks, a search that skips or repeats, marks that outlive their entry, reservations that
 * fail, leaked nodes. */
#include "shim.h"
#include "lib/xarray.h"
#include "abi/errno.h"

enum { N = 96 };

static struct {
    u64 index;
    void *entry;
    bool marked, reserved;
} model[N];

static long nodes;
static long allowed = -1; /* node allocations left before they fail; -1: no limit */

static void *node_alloc(void)
{
    if (allowed == 0)
        return NULL;
    if (allowed > 0)
        allowed--;
    nodes++;
    return malloc(XA_NODE_BYTES);
}

static void node_free(void *node)
{
    nodes--;
    free(node);
}

/* Indices that meet in nodes, at every height, with both ends of the range. */
static u64 interesting_index(int i)
{
    switch (i % 6) {
    case 0:
        return (u64)i / 6;
    case 1:
        return 64 * (u64)i;
    case 2:
        return rnd_below(5000) + (u64)i * 5000;
    case 3:
        return U64_MAX - (u64)i;
    case 4:
        return (1ul << (i % 64)) + 7000000 + (u64)i;
    default:
        return (rnd() & ~0xfful) | (u64)i;
    }
}

static void model_init(void)
{
    xa_set_allocator(node_alloc, node_free);
    allowed = -1;
    for (int i = 0; i < N; i++) {
        model[i].index = interesting_index(i);
        model[i].entry = NULL;
        model[i].marked = model[i].reserved = false;
        for (int j = 0; j < i; j++)
            CHECK(model[j].index != model[i].index);
    }
}

/* The model's answer to xa_find: the slot with the least index in [from, max], -1 if none. */
static int model_find(u64 from, u64 max, bool marked)
{
    int best = -1;
    for (int i = 0; i < N; i++)
        if (model[i].entry && (!marked || model[i].marked) && model[i].index >= from &&
            model[i].index <= max && (best < 0 || model[i].index < model[best].index))
            best = i;
    return best;
}

static void check_find(struct xarray *xa, u64 from, u64 max, bool marked)
{
    u64 index = from;
    void *entry = marked ? xa_find_marked(xa, &index, max) : xa_find(xa, &index, max);
    int want = model_find(from, max, marked);
    CHECK(entry == (want < 0 ? NULL : model[want].entry));
    CHECK_EQ(index, want < 0 ? from : model[want].index);
}

static void check_all(struct xarray *xa)
{
    u64 index;
    void *entry;
    int n = 0, want = 0;

    for (int i = 0; i < N; i++) {
        CHECK(xa_load(xa, model[i].index) == model[i].entry);
        CHECK_EQ(xa_mark_test(xa, model[i].index), model[i].entry && model[i].marked);
        want += model[i].entry != NULL;
    }
    xa_for_each(xa, index, entry) n++;
    CHECK_EQ(n, want);
}

static void random_step(struct xarray *xa, int i)
{
    u64 index = model[i].index;
    switch (rnd_below(6)) {
    case 0:
    case 1:
        model[i].entry = &model[rnd_below(N)];
        CHECK_EQ(xa_store(xa, index, model[i].entry), 0);
        model[i].reserved = false;
        break;
    case 2:
    case 3:
        CHECK(xa_erase(xa, index) == model[i].entry);
        model[i].entry = NULL;
        model[i].marked = model[i].reserved = false;
        break;
    case 4:
        if (rnd_below(2)) {
            xa_mark_set(xa, index);
            model[i].marked |= model[i].entry != NULL;
        } else {
            xa_mark_clear(xa, index);
            model[i].marked = false;
        }
        break;
    case 5:
        CHECK_EQ(xa_reserve(xa, index), 0);
        model[i].reserved = !model[i].entry;
        break;
    }
}

TEST(xarray_against_model)
{
    struct xarray xa = XA_INIT;
    model_init();
    for (int round = 0; round < 20000; round++) {
        random_step(&xa, (int)rnd_below(
                             round % 2000 < 1000 ? N : 12)); /* now and then it gets nearly empty */
        u64 from = rnd_below(2) ? rnd() : model[rnd_below(N)].index;
        check_find(&xa, from, rnd_below(2) ? U64_MAX : from + rnd_below(100000), rnd_below(2));
        if (round % 50 == 0)
            check_all(&xa);
    }
    for (int i = 0; i < N; i++)
        xa_erase(&xa, model[i].index);
    CHECK(xa_empty(&xa));
    CHECK_EQ(nodes, 0);
}

TEST(xarray_reservation_cannot_fail)
{
    struct xarray xa = XA_INIT;
    model_init();
    for (int i = 0; i < N; i++)
        CHECK_EQ(xa_reserve(&xa, model[i].index), 0);
    for (int i = 1; i < N; i += 2)
        CHECK(xa_erase(&xa, model[i].index) == NULL);
    allowed = 0;
    for (int i = 0; i < N; i += 2) {
        CHECK(xa_load(&xa, model[i].index) == NULL);
        CHECK_EQ(xa_store(&xa, model[i].index, &xa), 0);
    }
    xa_destroy(&xa);
    CHECK_EQ(nodes, 0);
}

TEST(xarray_out_of_memory_changes_nothing)
{
    model_init();
    for (int budget = 0; budget < 24; budget++) {
        struct xarray xa = XA_INIT;
        allowed = -1;
        CHECK_EQ(xa_store(&xa, 3, &nodes), 0);
        CHECK_EQ(xa_store(&xa, 70000, &allowed), 0);
        long before = nodes;
        allowed = budget;
        int err = xa_store(&xa, U64_MAX - 5, &xa);
        CHECK(err == 0 || err == -ENOMEM);
        CHECK(err == 0 || nodes == before);
        CHECK(xa_load(&xa, 3) == &nodes && xa_load(&xa, 70000) == &allowed);
        CHECK(xa_load(&xa, U64_MAX - 5) == (err ? NULL : (void *)&xa));
        xa_destroy(&xa);
        CHECK_EQ(nodes, 0);
    }
}

TEST(xarray_single_page_needs_no_node)
{
    struct xarray xa = XA_INIT;
    model_init();
    allowed = 0;
    CHECK_EQ(xa_store(&xa, 0, &xa), 0);
    xa_mark_set(&xa, 0);
    u64 index = 0;
    CHECK(xa_find_marked(&xa, &index, U64_MAX) == &xa);
    CHECK(xa_erase(&xa, 0) == &xa);
    CHECK(!xa_mark_test(&xa, 0) && xa_empty(&xa));
}

int main(void)
{
    return run_tests();
}
