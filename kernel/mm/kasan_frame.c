/* Frames under the sanitizer (mm/kasan_mm.h): marked when free, held back after they are freed. */
#include "debug/sanitizer.h"
#include "lib/list.h"
#include "lock/spinlock.h"
#include "mm/frame.h"
#include "mm/kasan_mm.h"
#include "mm/kasan_priv.h"
#include "mm/rank.h"

enum {
    HELD_MAX = 512,     /* frames in quarantine */
    HELD_ORDER_MAX = 3, /* larger blocks do not pass through it: they are what runs out first */
};

static struct {
    struct spinlock lock;
    struct list_head blocks; /* (lock) through page->link; the oldest first */
    u64 frames;              /* (lock) */
} quarantine = {
    .lock = SPINLOCK_INIT("frame quarantine", RANK_QUARANTINE),
    .blocks = LIST_INIT(quarantine.blocks),
};

void kasan_frame_alloc(struct page *page, unsigned order)
{
    kasan_unpoison(page_virt(page), PAGE_SIZE << order);
    page->trace.alloc = san_stack_save();
    page->trace.freed = 0;
}

static struct page *oldest(void) REQUIRES(&quarantine.lock)
{
    struct page *page = list_pop_entry(&quarantine.blocks, struct page, link);
    if (page)
        quarantine.frames -= 1ul << page->order;
    return page;
}

/* PAGE_POISONED marks what has been held back already. What is no allocated block goes on to the
 * allocator too, which says so. */
bool kasan_frame_swap(struct page **page)
{
    struct page *p = *page;
    u16 flags = atomic_load_explicit(&p->flags, memory_order_relaxed);
    if (p->kind < PAGE_USED || p->order > MAX_ORDER || (flags & PAGE_POISONED))
        return true;
    kasan_poison(page_virt(p), PAGE_SIZE << p->order, KASAN_FRAME_FREE);
    p->trace.freed = san_stack_save();
    if (p->order > HELD_ORDER_MAX)
        return true;

    spin_lock(&quarantine.lock);
    list_add_tail(&quarantine.blocks, &p->link);
    quarantine.frames += 1ul << p->order;
    *page = quarantine.frames > HELD_MAX ? oldest() : NULL;
    spin_unlock(&quarantine.lock);
    return *page != NULL;
}

static struct page *take_oldest(void)
{
    spin_lock(&quarantine.lock);
    struct page *page = oldest();
    spin_unlock(&quarantine.lock);
    return page;
}

void kasan_frame_drain(void)
{
    struct page *page;
    while ((page = take_oldest())) {
        page_flags_set(page, PAGE_POISONED);
        page_free_last(page);
    }
}

u64 kasan_frames_held(void)
{
    return READ_ONCE(quarantine.frames);
}

static const char *const kind_names[] = {
    [PAGE_RESERVED] = "never the allocator's",
    [PAGE_FREE] = "free",
    [PAGE_CACHED] = "free, in a CPU's cache",
    [PAGE_USED] = "allocated or just freed",
    [PAGE_SLAB] = "a slab's",
    [PAGE_TABLE] = "a page table",
};

void kasan_frame_describe(vaddr_t a)
{
    const struct page *page = virt_to_page((const void *)a);
    san_line("%#lx is in frame %#lx, %s", a, page_phys(page),
             page->kind < ARRAY_SIZE(kind_names) ? kind_names[page->kind] : "of no known kind");
    san_line("  allocated by:");
    san_stack_print(page->trace.alloc);
    if (page->trace.freed)
        san_line("  freed by:");
    san_stack_print(page->trace.freed);
}
