/* sources: tests/host/machine kernel/mm/frame.c kernel/mm/frame_poison.c kernel/mm/regions.c
 * kernel/lib/cmdline.c kernel/lib/parse.c */
/* The buddy system and its per-CPU caches on a pretended machine. Catches: a frame given to two
 * owners, a block across a hole, buddies that do not merge again, frames lost in a cache, freed
 * memory that is written. */
#include "shim.h"
#include "machine.h"

#ifndef POISONED /* test_frame_poison.c includes this file with it on */
#define POISONED 0
#endif

enum { SLOTS = 600 };

static void start(void)
{
    machine_start(POISONED ? "check=poison" : "");
    host_cpu = 0;
}

static struct {
    struct page *page;
    unsigned order;
    u64 stamp;
} held[SLOTS];

/* Write a stamp all over a block; it must still be there when the block is freed. */
static void stamp(int i)
{
    for (u64 f = 0; f < 1ul << held[i].order; f++)
        *(u64 *)page_virt(held[i].page + f) = held[i].stamp + f;
}

static void check_stamp(int i)
{
    for (u64 f = 0; f < 1ul << held[i].order; f++)
        CHECK_EQ(*(u64 *)page_virt(held[i].page + f), held[i].stamp + f);
}

static void check_block(const struct page *page, unsigned order)
{
    paddr_t pa = page_phys(page);
    CHECK(pa % (PAGE_SIZE << order) == 0);
    CHECK(regions_contain(&machine_free, pa, pa + (PAGE_SIZE << order)));
    CHECK(page_refs(page) == 1 && page->object == NULL);
}

static void free_slot(int i)
{
    check_stamp(i);
    host_cpu = (unsigned)rnd_below(4);
    if (held[i].order == 0 && rnd_below(8) == 0) {
        page_get(held[i].page);
        struct page *twice[2] = {held[i].page, held[i].page};
        page_put_many(twice, 2);
    } else if (held[i].order == 0 && rnd_below(8) == 0) {
        memset(page_virt(held[i].page), 0, PAGE_SIZE);
        held[i].page->kind = PAGE_TABLE;
        frame_free(held[i].page);
    } else {
        frame_free(held[i].page);
    }
    held[i].page = NULL;
}

static void churn(int rounds)
{
    u64 all = frame_free_count(), out = 0;
    CHECK_EQ(all, regions_total(&machine_free) / PAGE_SIZE);
    for (int round = 0; round < rounds; round++) {
        int i = (int)rnd_below(SLOTS);
        if (held[i].page) {
            out -= 1ul << held[i].order;
            free_slot(i);
        } else {
            unsigned order = rnd_below(3) ? 0 : (unsigned)rnd_below(6),
                     flags = rnd_below(3) ? 0 : FRAME_ZERO;
            host_cpu = (unsigned)rnd_below(4);
            held[i].page = frame_alloc(flags, order);
            if (!held[i].page)
                continue;
            held[i].order = order;
            held[i].stamp = rnd();
            out += 1ul << order;
            check_block(held[i].page, order);
            for (u64 w = 0; flags && w < PAGE_SIZE / 8 << order; w++)
                CHECK_EQ(((u64 *)page_virt(held[i].page))[w], 0);
            stamp(i);
        }
        CHECK_EQ(frame_free_count() + out, all);
    }
    for (int i = 0; i < SLOTS; i++)
        if (held[i].page)
            free_slot(i);
    host_cpu = 0;
    frame_drain_caches();
    CHECK_EQ(frame_free_count(), all);
}

static void blocks(u64 *out)
{
    struct frame_stats s;
    frame_stats(&s);
    memcpy(out, s.free_blocks, sizeof s.free_blocks);
    CHECK_EQ(s.cached, 0);
}

TEST(frame_churn_merges_back)
{
    u64 before[MAX_ORDER + 1], after[MAX_ORDER + 1];
    start();
    blocks(before);
    churn(POISONED ? 4000 : 60000);
    blocks(after);
    CHECK(memcmp(before, after, sizeof before) == 0);
}

TEST(frame_exhaustion_returns_null_and_recovers)
{
    start();
    struct list_head all = LIST_INIT(all);
    struct page *page;
    u64 n = 0, total = frame_free_count();
    while ((page = frame_alloc(0, 0))) {
        list_add(&all, &page->link);
        host_cpu = (host_cpu + 1) % 4; /* frames that other CPUs cache are found too */
        n++;
    }
    CHECK_EQ(n, total);
    CHECK(!frame_alloc(0, 3));
    while ((page = list_pop_entry(&all, struct page, link)))
        page_put(page);
    CHECK_EQ(frame_free_count(), total);
    CHECK((page = frame_alloc(0, MAX_ORDER)) !=
          NULL); /* the caches are emptied so that blocks can form */
    page_put(page);
    frame_drain_caches();
}

static struct page *hostage;

static size_t give_back(unsigned order)
{
    (void)order;
    if (!hostage)
        return 0;
    frame_free(hostage);
    hostage = NULL;
    return 1;
}

TEST(frame_reclaim_is_asked_only_when_allowed)
{
    start();
    struct list_head all = LIST_INIT(all);
    struct page *page;
    while ((page = frame_alloc(0, 0)))
        list_add(&all, &page->link);
    hostage = list_pop_entry(&all, struct page, link);
    low_memory_hook = give_back;
    CHECK(!frame_alloc(0, 0) && hostage);
    CHECK((page = frame_alloc(FRAME_RECLAIM, 0)) && !hostage);
    CHECK(!frame_alloc(FRAME_RECLAIM, 0)); /* the hook has nothing: no endless loop */
    host_irqs = false;
    CHECK_PANICS(page = frame_alloc(FRAME_RECLAIM, 0));
    host_irqs = true;
    low_memory_hook = NULL;
    page_put(page);
    while ((page = list_pop_entry(&all, struct page, link)))
        page_put(page);
    frame_drain_caches();
}

TEST(frame_added_memory_is_allocated)
{
    start();
    struct frame_stats before, after;
    frame_stats(&before);
    paddr_t from = 0x180800, to = 0x1a0400; /* in use so far; parts of frames stay so */
    frame_add(from, to);
    frame_add(0x1b0001, 0x1b0fff); /* no whole frame */
    regions_add(&machine_free, 0x181000, 0x1a0000);
    frame_stats(&after);
    CHECK_EQ(after.total, before.total + 31);
    CHECK_EQ(after.free, before.free + 31);
    CHECK_EQ(after.reserved, before.reserved - 31);
    churn(2000);
}

TEST(frame_double_free_panics)
{
    start();
    struct page *page = frame_alloc(0, 2);
    frame_free(page);
    CHECK_PANICS(frame_free(page));
    page = frame_alloc(0, 0);
    page_get(page);
    CHECK_PANICS(frame_free(page));
}

#if POISONED
TEST(frame_written_after_free_panics)
{
    start();
    struct page *page = frame_alloc(0, 4);
    u8 *p = page_virt(page);
    frame_free(page);
    p[5 * PAGE_SIZE + 100] = 1;
    CHECK_PANICS({
        while (frame_alloc(0, 4))
            ;
    });
}

#endif

int main(void)
{
    return run_tests();
}
