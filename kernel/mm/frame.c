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
 * The records of memory that is free at boot are cleared when a block of the largest order is taken
 * for the first time (PAGE_RAW): a machine that never uses its memory does not pay for it.
 */
#include "mm/frame.h"
#include "debug/assert.h"
#include "debug/sanitizer.h"
#include "lib/cmdline.h"
#include "lib/string.h"
#include "lock/spinlock.h"
#include "mm/frame_priv.h"
#include "mm/kasan_mm.h"
#include "mm/rank.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/smp.h"

enum {
    CACHE_MAX = 47,  /* frames in cache.dirty, at most */
    ZEROED_MAX = 16, /* frames in cache.zeroed, at most; with these a cache is 512 bytes */
    CACHE_SHARE =
        1024,         /* one in so many of all frames, at most: small machines need their memory */
    REFILL_ORDER = 4, /* a cache is refilled by blocks of up to this order */
};

#define BLOCK_FRAMES (1ul << MAX_ORDER)

/* What page->head is after an allocation: one reference, no flags. */
#define HEAD_FRESH(order) (1 | (u64)PAGE_USED << 32 | (u64)(order) << 40)

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

_Static_assert(sizeof(struct cache) == 512, "indexing by a shift");

static u32 cache_limit = 8;
static _Atomic u64 failures;

size_t (*low_memory_hook)(unsigned order);

/* ---- the buddy system ---- */

static inline u64 frame_number(const struct page *page)
{
    return (u64)(page - (struct page *)PAGES_BASE);
}

static inline void block_insert(struct page *page, unsigned order) REQUIRES(&buddy.lock)
{
    page->kind = PAGE_FREE;
    page->order = (u8)order;
    list_add(&buddy.free[order], &page->link);
    buddy.nonempty |= 1u << order;
    buddy.blocks[order]++;
}

static inline void block_remove(struct page *page, unsigned order) REQUIRES(&buddy.lock)
{
    page->link.prev->next = page->link.next;
    page->link.next->prev = page->link.prev;
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
        unsigned order = MIN(63u - (unsigned)__builtin_clzl(end - start),
                             (unsigned)__builtin_ctzl(start | BLOCK_FRAMES));
        buddy_give(base + start, order);
        start += 1ul << order;
    }
}

/* A block of the largest order that nobody has used since boot. */
static void raw_give(struct page *page) REQUIRES(&buddy.lock)
{
    *page = (struct page){.flags = PAGE_RAW};
    buddy.nfree += BLOCK_FRAMES;
    block_insert(page, MAX_ORDER);
}

static void raw_open(struct page *page)
{
    if (atomic_load_explicit(&page->flags, memory_order_relaxed) & PAGE_RAW) {
        page_flags_clear(page, PAGE_RAW);
        memset(page + 1, 0, (BLOCK_FRAMES - 1) * sizeof *page);
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
    if (have == MAX_ORDER)
        raw_open(page);
    while (have > order) {
        have--;
        block_insert(page + (1ul << have), have); /* the upper half stays free */
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.*): cache_refill has room for order 0, so none below */
    buddy.nfree -= 1ul << order;
    return page;
}

/* ---- the caches: interrupts are off ---- */

/* Take a batch from the buddy system; false when it has nothing. The smallest blocks go first, and
 * as a whole, so that large ones are kept and little is cut up. */
static bool cache_refill(struct cache *c)
{
    u32 want = cache_limit / 2;
    spin_lock(&buddy.lock);
    while (c->ndirty < want && buddy.nonempty) {
        unsigned order = MIN((unsigned)__builtin_ctz(buddy.nonempty), (unsigned)REFILL_ORDER);
        while (c->ndirty + (1u << order) > cache_limit)
            order--;
        struct page *page = buddy_take(order);
        for (u32 i = 1u << order; i-- > 0;) { /* the last first, so that they come out in order */
            page[i].kind = PAGE_CACHED;
            page[i].order = 0;
            c->dirty[c->ndirty++] = page + i;
        }
    }
    spin_unlock(&buddy.lock);
    return c->ndirty != 0;
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
        buddy_give_range(frame_number(lowest), frame_number(lowest) + n);
    }
    spin_unlock(&buddy.lock);
    c->ndirty = keep;
    memmove(c->dirty, c->dirty + give, keep * sizeof c->dirty[0]);
}

static inline void cache_push(struct cache *c, struct page *page)
{
    page->kind = PAGE_CACHED;
    if (unlikely(c->ndirty >= cache_limit))
        cache_shrink(c, cache_limit / 2);
    c->dirty[c->ndirty++] = page;
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
    kasan_frame_drain();
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

/* What every allocated block looks like. */
static struct page *make_fresh(struct page *page, unsigned flags, unsigned order)
{
    if (unlikely(frame_poisoning))
        frame_poison_check(page, order);
    page->head = HEAD_FRESH(order);
    page->object = NULL;
    kasan_frame_alloc(page, order);
    if (flags & FRAME_ZERO)
        for (u64 i = 0; i < 1ul << order; i++)
            page_zero(page_virt(page + i));
    return page;
}

/* A block that is not in this CPU's cache. When there is none, collect what all caches hold, then
 * ask whoever can give memory back. */
static NOINLINE struct page *alloc_slow(unsigned flags, unsigned order)
{
    ASSERT(order <= MAX_ORDER);
    struct page *page = block_alloc(order);
    if (!page) {
        frame_drain_caches();
        page = block_alloc(order);
    }
    if (!page && (flags & FRAME_RECLAIM)) {
        ASSERT(frame_may_wait());
        while (!page && low_memory_hook && low_memory_hook(order)) {
            frame_drain_caches();
            page = block_alloc(order);
        }
    }
    if (page)
        return make_fresh(page, flags, order);
    atomic_fetch_add_explicit(&failures, 1, memory_order_relaxed);
    return NULL;
}

/* A single frame, when the cache is empty. */
static NOINLINE struct page *refill_and_alloc(unsigned flags)
{
    struct page *page = NULL;
    bool irqs = irqs_save();
    struct cache *c = &caches[cpu_id()];
    if (c->ndirty || cache_refill(c))
        page = c->dirty[--c->ndirty];
    irqs_restore(irqs);
    return page ? make_fresh(page, flags, 0) : alloc_slow(flags, 0);
}

/* An allocation that asks for reclaim would be tried again, and succeed: it never fails for a test.
 */
static NOINLINE struct page *fresh_or_failed(struct page *page, unsigned flags)
{
    make_fresh(page, flags, 0);
    if ((flags & FRAME_RECLAIM) || !alloc_must_fail())
        return page;
    frame_free(page);
    return NULL;
}

struct page *frame_alloc(unsigned flags, unsigned order)
{
    if (unlikely(order))
        return alloc_slow(flags, order);

    struct page *page;
    bool irqs = irqs_save();
    struct cache *c = &caches[cpu_id()];
    if ((flags & FRAME_ZERO) && c->nzeroed) {
        page = c->zeroed[--c->nzeroed];
        flags = 0;
    } else if (likely(c->ndirty)) {
        page = c->dirty[--c->ndirty];
    } else {
        irqs_restore(irqs);
        return refill_and_alloc(flags);
    }
    irqs_restore(irqs);
    if (unlikely(frame_poisoning))
        return fresh_or_failed(page, flags);
    page->head = HEAD_FRESH(0);
    page->object = NULL;
    kasan_frame_alloc(page, 0);
    if (flags & FRAME_ZERO)
        page_zero(page_virt(page));
    return page;
}

/* ---- giving back ---- */

/* Is this an ordinary single frame, with nothing to check or to fill? */
static inline bool is_plain(const struct page *page)
{
    return page->kind == PAGE_USED && page->order == 0 && likely(!frame_poisoning);
}

/* Everything else that loses its last reference: blocks, page tables, poisoned frames, mistakes.
 * Interrupts are off. */
static NOINLINE void free_unusual(struct cache *c, struct page *page)
{
    unsigned order = page->order;
    if (page->kind < PAGE_USED || order > MAX_ORDER)
        panic("frame %#lx freed, but its kind is %u, order %u", page_phys(page), page->kind, order);
    if (frame_poisoning)
        frame_poison(page, order);
    else if (page->kind == PAGE_TABLE && order == 0 &&
             c->nzeroed < MIN(cache_limit, (u32)ZEROED_MAX)) {
        page->kind = PAGE_CACHED; /* page tables go away empty */
        c->zeroed[c->nzeroed++] = page;
        return;
    }
    if (order == 0) {
        cache_push(c, page);
        return;
    }
    for (u64 i = 1; i < 1ul << order; i++)
        page[i].kind = PAGE_USED; /* slabs mark each frame; nobody may take that for a slab now */
    spin_lock(&buddy.lock);
    buddy_give(page, order);
    spin_unlock(&buddy.lock);
}

/* Interrupts are off. */
static inline void free_into(struct cache *c, struct page *page)
{
    if (!kasan_frame_swap(&page))
        return;
    if (likely(is_plain(page)))
        cache_push(c, page);
    else
        free_unusual(c, page);
}

void page_free_last(struct page *page)
{
    bool irqs = irqs_save();
    free_into(&caches[cpu_id()], page);
    irqs_restore(irqs);
}

void frame_free(struct page *page)
{
    u32 refs = atomic_fetch_sub_explicit(&page->refs, 1, memory_order_acq_rel);
    ASSERT_MSG(refs == 1, "frame %#lx freed with %u references", page_phys(page), refs);
    page_free_last(page);
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

void frame_add(paddr_t start, paddr_t end)
{
    u64 first = ALIGN_UP(start, PAGE_SIZE) >> PAGE_SHIFT, last = end >> PAGE_SHIFT;
    if (first >= last)
        return;
    kasan_poison(P2V(first << PAGE_SHIFT), (last - first) << PAGE_SHIFT, KASAN_FRAME_FREE);
    spin_lock(&buddy.lock);
    buddy_give_range(first, last);
    buddy.total += last - first;
    buddy.reserved -= last - first;
    spin_unlock(&buddy.lock);
}

/* ---- statistics, start ---- */

static u64 cached_frames(void)
{
    u64 n = kasan_frames_held();
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

/* Clear the records of each block that is not free as a whole: of frames that are not RAM too. */
static void clear_records(const struct region_set *ram, const struct region_set *free)
{
    u64 len = BLOCK_FRAMES * PAGE_SIZE;
    for (unsigned i = 0; i < ram->n; i++)
        for (paddr_t pa = ALIGN_DOWN(ram->r[i].start, len); pa < ram->r[i].end; pa += len)
            if (!regions_contain(free, pa, pa + len))
                memset(page_at(pa), 0, BLOCK_FRAMES * sizeof(struct page));
}

static void give_at_boot(u64 start, u64 end) REQUIRES(&buddy.lock)
{
    u64 whole = MIN(ALIGN_UP(start, BLOCK_FRAMES), end);
    buddy_give_range(start, whole);
    for (; end - whole >= BLOCK_FRAMES; whole += BLOCK_FRAMES)
        raw_give((struct page *)PAGES_BASE + whole);
    buddy_give_range(whole, end);
}

void frame_init(const struct region_set *ram, const struct region_set *free)
{
    frame_poisoning = !SANITIZED && cmdline_list_has("check", "poison");
    for (unsigned o = 0; o <= MAX_ORDER; o++)
        list_init(&buddy.free[o]);

    clear_records(ram, free);
    spin_lock(&buddy.lock);
    for (unsigned i = 0; i < free->n; i++)
        give_at_boot(free->r[i].start >> PAGE_SHIFT, free->r[i].end >> PAGE_SHIFT);
    spin_unlock(&buddy.lock);
    for (unsigned i = 0; i < free->n; i++)
        kasan_poison(P2V(free->r[i].start), free->r[i].end - free->r[i].start, KASAN_FRAME_FREE);
    buddy.total = buddy.nfree;
    buddy.reserved = (regions_total(ram) >> PAGE_SHIFT) - buddy.total;
    cache_limit = (u32)MIN(MAX(buddy.total / CACHE_SHARE, 8ul), (u64)CACHE_MAX);
}
