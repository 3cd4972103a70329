/* frame.c: the buddy system and the per-CPU caches in front of it (mm/frame.h).
 *
 * Three places hold free frames:
 *   buddy          blocks of 2^order frames, under one lock; kind PAGE_FREE
 *   cache.dirty    single frames of one CPU, contents unknown; kind PAGE_CACHED
 *   cache.zeroed   single frames of one CPU that are known to be all zeros (page tables go away
 * empty): clearing a frame costs more than all else in an allocation, so what is clean stays apart
 * A cache is touched only by its CPU with interrupts off. It takes from and gives to the buddy
 * system CACHE_BATCH frames at a time, so that the lock is taken once for many.
 *
 * With check=poison, a free frame is filled with a pattern that is verified when it is allocated.
 */
#include "mm/frame.h"
#include "debug/assert.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "lock/spinlock.h"
#include "mm/frame_priv.h"
#include "mm/rank.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/smp.h"

enum {
    POISON = 0x6b,   /* the byte that free frames are filled with */
    CACHE_MAX = 64,  /* frames in cache.dirty, at most */
    ZEROED_MAX = 16, /* frames in cache.zeroed, at most */
    CACHE_SHARE =
        1024, /* and one in so many of all frames, lest the caches of a small machine hold it all */
};

static struct {
    struct spinlock lock;
    struct list_head free[MAX_ORDER + 1]; /* heads of free blocks */
    u64 blocks[MAX_ORDER + 1];            /* their number */
    u32 nonempty;                         /* bit o: free[o] has a block */
    u64 nfree;                            /* frames */
    u64 total;
    u64 reserved;
} buddy = {.lock = SPINLOCK_INIT("buddy", RANK_BUDDY)};

static struct cache {
    u32 ndirty;
    u32 nzeroed;
    struct page *dirty[CACHE_MAX];
    struct page *zeroed[ZEROED_MAX];
} ALIGNED(64) caches[MAX_CPUS];

static u32 cache_limit = 8;
static bool poisoning;
static struct region_set all_ram;
static _Atomic u64 failures;

size_t (*low_memory_hook)(unsigned order);

/* ---- the buddy system ---- */

static inline u64 frame_number(const struct page *page)
{
    return (u64)(page - (struct page *)PAGES_BASE);
}

static void block_insert(struct page *page, unsigned order) REQUIRES(&buddy.lock)
{
    page->kind = PAGE_FREE;
    page->order = (u8)order;
    list_add(&buddy.free[order], &page->link);
    buddy.nonempty |= 1u << order;
    buddy.blocks[order]++;
}

static void block_remove(struct page *page, unsigned order) REQUIRES(&buddy.lock)
{
    list_del(&page->link);
    page->kind = PAGE_USED;
    if (--buddy.blocks[order] == 0)
        buddy.nonempty &= ~(1u << order);
}

/* Merge with the buddy as long as that is free as a whole. The buddy's struct page always exists:
 * they are mapped for whole blocks of the largest order, and a frame that is not RAM reads as
 * PAGE_RESERVED. */
static void buddy_give(struct page *page, unsigned order) REQUIRES(&buddy.lock)
{
    struct page *base = (struct page *)PAGES_BASE;
    u64 n = frame_number(page);

    buddy.nfree += 1ul << order;
    for (; order < MAX_ORDER; order++) {
        struct page *other = base + (n ^ 1ul << order);
        if (other->kind != PAGE_FREE || other->order != order)
            break;
        block_remove(other, order);
        n &= ~(1ul << order);
        base[n].kind = PAGE_USED; /* the right half may have been the head so far */
    }
    block_insert(base + n, order);
}

/* Give the frames [start, end) in the largest blocks that their alignment allows. */
static void buddy_give_range(u64 start, u64 end) REQUIRES(&buddy.lock)
{
    struct page *base = (struct page *)PAGES_BASE;
    while (start < end) {
        unsigned order = MIN(63u - (unsigned)__builtin_clzl(end - start), (unsigned)MAX_ORDER);
        if (start)
            order = MIN(order, (unsigned)__builtin_ctzl(start));
        buddy_give(base + start, order);
        start += 1ul << order;
    }
}

/* A block of exactly this order, cut from the smallest that is large enough. */
static struct page *buddy_take(unsigned order) REQUIRES(&buddy.lock)
{
    u32 enough = buddy.nonempty >> order << order;
    if (!enough)
        return NULL;
    unsigned have = (unsigned)__builtin_ctz(enough);
    struct page *page = list_entry(buddy.free[have].next, struct page, link);

    block_remove(page, have);
    while (have > order) {
        have--;
        block_insert(page + (1ul << have), have); /* the upper half stays free */
    }
    buddy.nfree -= 1ul << order;
    return page;
}

/* ---- poison ---- */

/* Each frame says by PAGE_POISONED whether it was filled: those that were never in use were not, or
 * boot would fill all memory. */
static void poison(struct page *page, unsigned order)
{
    for (u64 i = 0; i < 1ul << order; i++) {
        memset(page_virt(page + i), POISON, PAGE_SIZE);
        page_flags_set(page + i, PAGE_POISONED);
    }
}

static void poison_check(struct page *page, unsigned order)
{
    for (struct page *p = page; p < page + (1ul << order); p++) {
        const u64 *word = page_virt(p);
        if (!(atomic_load_explicit(&p->flags, memory_order_relaxed) & PAGE_POISONED))
            continue;
        for (u64 i = 0; i < PAGE_SIZE / 8; i++)
            if (word[i] != POISON * 0x0101010101010101ul)
                panic("frame %#lx: written after it was freed: %#lx at offset %#lx", page_phys(p),
                      word[i], i * 8);
        page_flags_clear(p, PAGE_POISONED);
    }
}

/* ---- the caches: interrupts are off ---- */

/* Take a batch from the buddy system; false when it has nothing. */
static bool cache_refill(struct cache *c)
{
    u32 want = MAX(cache_limit / 2, 1u);
    unsigned order = 31 - (unsigned)__builtin_clz(want);
    spin_lock(&buddy.lock);
    struct page *block = buddy_take(order);
    while (!block && order > 0)
        block = buddy_take(--order);
    spin_unlock(&buddy.lock);
    if (!block)
        return false;
    for (u32 i = 1u << order; i-- > 0;) { /* the lowest is popped first */
        block[i].kind = PAGE_CACHED;
        c->dirty[c->ndirty++] = block + i;
    }
    return true;
}

/* How many frames of pages[0..n) lie side by side, upwards or downwards; *lowest is the first. */
static u32 neighbours(struct page **pages, u32 n, struct page **lowest)
{
    s64 step = n > 1 && pages[1] == pages[0] - 1 ? -1 : 1;
    u32 i = 1;
    while (i < n && pages[i] == pages[i - 1] + step)
        i++;
    *lowest = step < 0 ? pages[i - 1] : pages[0];
    return i;
}

/* Give all but `keep` frames back, the ones that were used longest ago. What was taken together
 * often comes back together: then neighbours need not find each other one by one. */
static void cache_shrink(struct cache *c, u32 keep)
{
    u32 give = c->ndirty - keep, n;
    spin_lock(&buddy.lock);
    for (u32 i = 0; i < give; i += n) {
        struct page *lowest;
        n = neighbours(c->dirty + i, give - i, &lowest);
        for (u32 k = 0; k < n; k++)
            lowest[k].kind = PAGE_USED;
        buddy_give_range(frame_number(lowest), frame_number(lowest) + n);
    }
    spin_unlock(&buddy.lock);
    c->ndirty = keep;
    memmove(c->dirty, c->dirty + give, keep * sizeof c->dirty[0]);
}

static inline void cache_push(struct cache *c, struct page *page)
{
    if (unlikely(poisoning))
        poison(page, 0);
    page->kind = PAGE_CACHED;
    if (unlikely(c->ndirty >= cache_limit))
        cache_shrink(c, cache_limit / 2);
    c->dirty[c->ndirty++] = page;
}

static void cache_push_zeroed(struct cache *c, struct page *page)
{
    if (poisoning || c->nzeroed >= MIN(cache_limit, (u32)ZEROED_MAX)) {
        cache_push(c, page);
        return;
    }
    page->kind = PAGE_CACHED;
    c->zeroed[c->nzeroed++] = page;
}

/* One frame from this CPU's cache; *zeroed says whether it holds zeros already. */
static inline struct page *cache_pop(bool want_zeroed, bool *zeroed)
{
    struct page *page = NULL;
    bool irqs = irqs_save();
    struct cache *c = &caches[cpu_id()];

    *zeroed = want_zeroed && c->nzeroed;
    if (*zeroed)
        page = c->zeroed[--c->nzeroed];
    else if (likely(c->ndirty) || cache_refill(c))
        page = c->dirty[--c->ndirty];
    else if (c->nzeroed)
        page = c->zeroed[--c->nzeroed]; /* the last resort; not worth telling */
    irqs_restore(irqs);
    return page;
}

static void cache_drain(void *unused)
{
    (void)unused;
    bool irqs = irqs_save();
    struct cache *c = &caches[cpu_id()];
    cache_shrink(c, 0);
    spin_lock(&buddy.lock);
    while (c->nzeroed)
        buddy_give(c->zeroed[--c->nzeroed], 0);
    spin_unlock(&buddy.lock);
    irqs_restore(irqs);
}

bool frame_may_wait(void)
{
    const struct ctx *c = ctx_current();
    return c->spin_depth == 0 && c->preempt_depth == 0 && irqs_enabled() && !this_cpu()->in_irq;
}

void frame_drain_caches(void)
{
    cache_drain(NULL);
    if (frame_may_wait())
        ipi_call_mask(atomic_load(&cpus_online), cache_drain, NULL);
}

/* ---- allocation ---- */

static struct page *block_alloc(unsigned order)
{
    spin_lock(&buddy.lock);
    struct page *page = buddy_take(order);
    spin_unlock(&buddy.lock);
    return page;
}

/* Nothing at hand: collect what the caches hold, then ask whoever can give memory back. */
static struct page *alloc_slow(unsigned flags, unsigned order)
{
    frame_drain_caches();
    struct page *page = block_alloc(order);
    if (page || !(flags & FRAME_RECLAIM))
        return page;

    ASSERT(frame_may_wait());
    while (low_memory_hook && low_memory_hook(order)) {
        frame_drain_caches();
        page = block_alloc(order);
        if (page)
            return page;
    }
    return NULL;
}

struct page *frame_alloc(unsigned flags, unsigned order)
{
    bool zeroed = false;
    ASSERT(order <= MAX_ORDER);
    struct page *page = order == 0 ? cache_pop(flags & FRAME_ZERO, &zeroed) : block_alloc(order);
    if (unlikely(!page)) {
        page = alloc_slow(flags, order);
        if (!page) {
            atomic_fetch_add_explicit(&failures, 1, memory_order_relaxed);
            return NULL;
        }
    }
    if (unlikely(poisoning) && !zeroed)
        poison_check(page, order);
    atomic_store_explicit(&page->refs, 1, memory_order_relaxed);
    atomic_store_explicit(&page->flags, 0, memory_order_relaxed);
    page->kind = PAGE_USED;
    page->order = (u8)order;
    page->object = NULL;
    if ((flags & FRAME_ZERO) && !zeroed)
        for (u64 i = 0; i < 1ul << order; i++)
            page_zero(page_virt(page + i));
    return page;
}

static inline void check_free(const struct page *page)
{
    const u32 not_ours = 1u << PAGE_FREE | 1u << PAGE_CACHED | 1u << PAGE_RESERVED;
    u32 refs = atomic_load_explicit(&page->refs, memory_order_relaxed);
    if (unlikely(refs != 0 || (not_ours >> page->kind & 1)))
        panic("frame %#lx freed, but has %u references and kind %u", page_phys(page), refs,
              page->kind);
}

static void block_free(struct page *page, unsigned order)
{
    if (unlikely(poisoning))
        poison(page, order);
    for (u64 i = 1; i < 1ul << order; i++)
        page[i].kind = PAGE_USED; /* slabs mark each frame; nobody may take that for a slab now */
    spin_lock(&buddy.lock);
    buddy_give(page, order);
    spin_unlock(&buddy.lock);
}

void page_free_last(struct page *page)
{
    check_free(page);
    if (page->order) {
        block_free(page, page->order);
        return;
    }
    bool irqs = irqs_save();
    cache_push(&caches[cpu_id()], page);
    irqs_restore(irqs);
}

void frame_free(struct page *page)
{
    u32 refs = atomic_fetch_sub_explicit(&page->refs, 1, memory_order_acq_rel);
    ASSERT_MSG(refs == 1, "frame %#lx freed with %u references", page_phys(page), refs);
    page_free_last(page);
}

void frame_free_zeroed(struct page *page)
{
    u32 refs = atomic_fetch_sub_explicit(&page->refs, 1, memory_order_acq_rel);
    ASSERT_MSG(refs == 1, "frame %#lx freed with %u references", page_phys(page), refs);
    ASSERT(page->order == 0);
    check_free(page);
    bool irqs = irqs_save();
    cache_push_zeroed(&caches[cpu_id()], page);
    irqs_restore(irqs);
}

/* Interrupts are off. */
static inline void free_into(struct cache *c, struct page *page)
{
    check_free(page);
    if (unlikely(page->order))
        block_free(page, page->order);
    else if (page->kind == PAGE_TABLE)
        cache_push_zeroed(c, page); /* it went because it was empty */
    else
        cache_push(c, page);
}

void page_put_many(struct page **pages, size_t n)
{
    bool irqs = irqs_save();
    struct cache *c = &caches[cpu_id()];
    for (size_t i = 0; i < n; i++)
        if (page_put_was_last(pages[i]))
            free_into(c, pages[i]);
    irqs_restore(irqs);
}

void page_free_many(struct page **pages, size_t n)
{
    bool irqs = irqs_save();
    struct cache *c = &caches[cpu_id()];
    for (size_t i = 0; i < n; i++)
        free_into(c, pages[i]);
    irqs_restore(irqs);
}

/* ---- statistics, start ---- */

bool frame_is_ram(paddr_t pa)
{
    return regions_contain(&all_ram, pa, pa + 1);
}

static u64 cached_frames(void)
{
    u64 n = 0;
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
        n += READ_ONCE(caches[cpu].ndirty) + READ_ONCE(caches[cpu].nzeroed);
    return n;
}

u64 frame_free_count(void)
{
    return READ_ONCE(buddy.nfree) + cached_frames();
}

void frame_stats(struct frame_stats *out)
{
    spin_lock(&buddy.lock);
    for (unsigned o = 0; o <= MAX_ORDER; o++)
        out->free_blocks[o] = buddy.blocks[o];
    out->free = buddy.nfree;
    spin_unlock(&buddy.lock);
    out->cached = cached_frames();
    out->free += out->cached;
    out->total = buddy.total;
    out->reserved = buddy.reserved;
    out->failures = atomic_load_explicit(&failures, memory_order_relaxed);
}

void frame_init(const struct region_set *ram, const struct region_set *free)
{
    poisoning = cmdline_list_has("check", "poison");
    all_ram = *ram;
    for (unsigned o = 0; o <= MAX_ORDER; o++)
        list_init(&buddy.free[o]);

    spin_lock(&buddy.lock);
    for (unsigned i = 0; i < free->n; i++)
        buddy_give_range(free->r[i].start >> PAGE_SHIFT, free->r[i].end >> PAGE_SHIFT);
    spin_unlock(&buddy.lock);
    buddy.total = buddy.nfree;
    buddy.reserved = (regions_total(ram) >> PAGE_SHIFT) - buddy.total;
    cache_limit = (u32)MIN(MAX(buddy.total / CACHE_SHARE, 8ul), (u64)CACHE_MAX);
}
