/* kmalloc.c: memory of any size. Up to 8 KiB the size is rounded up to one of a few classes (powers
 * of two and the three-quarter steps between, so that at most a third is wasted), each a slab
 * cache; larger blocks are whole frames. */
#include "debug/assert.h"
#include "lib/checked.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "mm/slab_priv.h"

static struct {
    u32 size;
    const char *name;
    struct kmem_cache *cache;
} classes[] = {
    {16, "kmalloc-16", NULL},     {32, "kmalloc-32", NULL},     {48, "kmalloc-48", NULL},
    {64, "kmalloc-64", NULL},     {96, "kmalloc-96", NULL},     {128, "kmalloc-128", NULL},
    {192, "kmalloc-192", NULL},   {256, "kmalloc-256", NULL},   {384, "kmalloc-384", NULL},
    {512, "kmalloc-512", NULL},   {768, "kmalloc-768", NULL},   {1024, "kmalloc-1024", NULL},
    {1536, "kmalloc-1536", NULL}, {2048, "kmalloc-2048", NULL}, {3072, "kmalloc-3072", NULL},
    {4096, "kmalloc-4096", NULL}, {6144, "kmalloc-6144", NULL}, {8192, "kmalloc-8192", NULL},
};

enum { SMALL_MAX = 8192, STEP = 16 };

static struct kmem_cache
    *by_step[SMALL_MAX / STEP + 1]; /* the class of size s is at (s + 15) / 16 */

void kmalloc_init(void)
{
    unsigned step = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
        u32 size = classes[i].size, align = IS_POW2(size) ? MIN(size, 4096u) : STEP;
        classes[i].cache = kmem_cache_create(classes[i].name, size, align, NULL);
        if (!classes[i].cache)
            panic("no memory for the slab cache %s", classes[i].name);
        for (; step <= size / STEP; step++)
            by_step[step] = classes[i].cache;
    }
}

/* The least order whose block has `size` bytes. */
static unsigned order_for(size_t size)
{
    unsigned order = 0;
    while ((PAGE_SIZE << order) < size)
        order++;
    return order;
}

void *kmalloc(size_t size)
{
    if (likely(size - 1 < SMALL_MAX)) { /* size 0 wraps, and is refused below */
        void *p = kmem_cache_alloc(by_step[(size + STEP - 1) / STEP]);
        kasan_kmalloc(p, size);
        return p;
    }
    if (size == 0 || size > KMALLOC_MAX)
        return NULL;
    struct page *page = frame_alloc(frame_may_wait() ? FRAME_RECLAIM : 0, order_for(size));
    void *p = page ? page_virt(page) : NULL;
    kasan_kmalloc(p, size);
    return p;
}

void *kzalloc(size_t size)
{
    void *p = kmalloc(size);
    if (p)
        memset(p, 0, size);
    return p;
}

void *kcalloc(size_t n, size_t size)
{
    size_t bytes;
    return mul_overflows(n, size, &bytes) ? NULL : kzalloc(bytes);
}

void kfree(const void *p)
{
    if (!p)
        return;
    struct kmem_cache *cache = slab_cache_of(p);
    if (cache) {
        kmem_cache_free(cache, (void *)(uptr)p);
        return;
    }
    struct page *page = virt_to_page(p);
    ASSERT_MSG(IS_ALIGNED((uptr)p, PAGE_SIZE) && page->kind == PAGE_USED,
               "kfree of %p, which is not allocated", p);
    frame_free(page);
}

size_t kmalloc_size(const void *p)
{
    struct kmem_cache *cache = slab_cache_of(p);
    return cache ? cache->size : PAGE_SIZE << virt_to_page(p)->order;
}
