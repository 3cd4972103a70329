/* sources: tests/host/machine kernel/mm/slab.c kernel/mm/slab_pages.c kernel/mm/kmalloc.c
 * kernel/mm/frame.c kernel/mm/frame_poison.c kernel/mm/regions.c kernel/lib/cmdline.c
 * kernel/lib/parse.c kernel/lib/xarray.c */
/* Slab caches and kmalloc on a pretended machine. Catches: an object given out twice, a
 * constructor's work lost, misuse that check=poison must find, slabs that are never given back. */
#include "shim.h"
#include "machine.h"
#include "mm/slab.h"

enum { SLOTS = 2000 };

static struct {
    u64 *p;
    size_t size;
    u64 stamp;
} held[SLOTS];

static bool started;

/* slab_init can run once only, so the option holds for the whole program: test_slab_poison.c
 * includes this file with it on. */
#ifndef POISONED
#define POISONED 0
#endif

static void start(void)
{
    if (!started) {
        machine_start(POISONED ? "check=poison" : "");
        slab_init();
        started = true;
    }
    host_cpu = 0;
    host_irqs = true;
}

static void write_all(int i)
{
    for (size_t w = 0; w < held[i].size / 8; w++)
        held[i].p[w] = held[i].stamp + w;
}

static void check_all(int i)
{
    for (size_t w = 0; w < held[i].size / 8; w++)
        CHECK_EQ(held[i].p[w], held[i].stamp + w);
}

static u64 active_objects(const char *name)
{
    struct slab_stats s;
    for (unsigned i = 0; slab_stats(i, &s); i++)
        if (strcmp(s.name, name) == 0)
            return s.active;
    return U64_MAX;
}

TEST(slab_kmalloc_churn)
{
    start();
    u64 before = slab_objects_active();
    for (int round = 0; round < 20000; round++) {
        int i = (int)rnd_below(SLOTS);
        host_cpu = (unsigned)rnd_below(4);
        if (held[i].p) {
            check_all(i);
            kfree(held[i].p);
            held[i].p = NULL;
        } else {
            held[i].size = 1 + rnd_below(rnd_below(20) ? 600 : 40000);
            held[i].p = kmalloc(held[i].size);
            if (!held[i].p)
                continue;
            CHECK(kmalloc_size(held[i].p) >= held[i].size);
            CHECK((uptr)held[i].p %
                      (IS_POW2(held[i].size) ? MAX(16ul, MIN(held[i].size, 4096ul)) : 16) ==
                  0);
            held[i].stamp = rnd();
            write_all(i);
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        kfree(held[i].p);
        held[i].p = NULL;
    }
    CHECK_EQ(slab_objects_active(), before);
}

static int constructed;

static void ctor(void *object)
{
    constructed++;
    *(u64 *)object = 0x1234;
}

TEST(slab_constructed_state_survives)
{
    start();
    struct kmem_cache *c = kmem_cache_create("ctor", 40, 64, ctor);
    u64 *objects[100];
    constructed = 0;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++) {
            objects[i] = kmem_cache_alloc(c);
            CHECK(objects[i][0] == 0x1234 && (uptr)objects[i] % 64 == 0);
            objects[i][1] = rnd();
        }
        CHECK_EQ(active_objects("ctor"), 100);
        for (int i = 0; i < 100; i++)
            kmem_cache_free(c, objects[i]);
    }
    if (!POISONED)
        CHECK(constructed < 300); /* not at each of 500 allocations */
    kmem_cache_destroy(c);
    CHECK_EQ(active_objects("ctor"), U64_MAX);
}

TEST(slab_shrink_gives_frames_back)
{
    start();
    struct kmem_cache *c = kmem_cache_create("shrink", 512, 0, NULL);
    static void *objects[1000];
    slab_shrink();
    u64 before = slab_frames(), free_before = frame_free_count();
    for (int i = 0; i < 1000; i++)
        CHECK((objects[i] = kmem_cache_alloc(c)) != NULL);
    CHECK(slab_frames() >= before + 1000 * 512 / PAGE_SIZE);
    for (int i = 0; i < 1000; i++)
        kmem_cache_free(c, objects[i]);
    slab_shrink();
    CHECK_EQ(slab_frames(), before);
    CHECK_EQ(frame_free_count(), free_before);
    kmem_cache_destroy(c);
}

TEST(slab_out_of_memory)
{
    start();
    struct page *page;
    struct list_head all = LIST_INIT(all);
    while ((page = frame_alloc(0, 0)))
        list_add(&all, &page->link);
    struct kmem_cache *c = kmem_cache_create("oom", 3000, 0, NULL);
    if (c) {
        int n = 0;
        void *first = kmem_cache_alloc(c);
        while (n < 10 && kmem_cache_alloc(c))
            n++;
        CHECK(n < 10 && !first);
    }
    CHECK(!kmalloc(100000));
    while ((page = list_pop_entry(&all, struct page, link)))
        page_put(page);
    CHECK(c == NULL || kmem_cache_alloc(c));
}

TEST(slab_odd_arguments)
{
    start();
    CHECK(!kmalloc(0) && !kmalloc(KMALLOC_MAX + 1) && !kmalloc(U64_MAX));
    CHECK(!kcalloc(U64_MAX / 2, 4));
    kfree(NULL);
    u8 *p = kzalloc(1000);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(p[i], 0);
    kfree(p);
}

TEST(slab_misuse_is_found)
{
    start();
    struct kmem_cache *c = kmem_cache_create("misuse", 24, 0, NULL);
    u8 *p = kmem_cache_alloc(c);
    kmem_cache_free(c, p);
    CHECK_PANICS(kmem_cache_free(c, p)); /* found without poison too: it was the last one freed */
    host_irqs = true;
    if (!POISONED)
        return;
    p = kmem_cache_alloc(c);
    u8 *q = kmem_cache_alloc(c);
    kmem_cache_free(c, p);
    kmem_cache_free(c, q);
    CHECK_PANICS(kmem_cache_free(c, p));
    q[3] = 0;
    CHECK_PANICS(q = kmem_cache_alloc(c)); /* written after it was freed */
    p = kmem_cache_alloc(c);
    p[24] = 0;
    CHECK_PANICS(kmem_cache_free(c, p)); /* overrun by one byte */
    CHECK_PANICS(kmem_cache_free(c, (u8 *)kmalloc(24) + 8));
}

int main(void)
{
    return run_tests();
}
