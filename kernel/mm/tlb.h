/* tlb.h: telling every CPU to forget translations, and freeing memory only after that.
 *
 * A CPU may use a stale translation until it is told otherwise, so a frame taken out of a page
 * table must not be reused before every CPU that might have it in its TLB has dropped it (Intel SDM
 * vol. 3, "Propagation of Paging-Structure Changes to Multiple Processors"). A tlb_batch collects
 * what a change made stale, together with the frames that it made free, and one flush pays for all:
 *
 *     struct tlb_batch b;
 *     tlb_batch_init(&b, pt);
 *     while (start < end) {
 *         spin_lock(&pt->lock);
 *         start = pt_unmap(pt, start, end, &b);     -- stops early when the batch is full
 *         spin_unlock(&pt->lock);
 *         tlb_batch_flush(&b);                      -- IPIs, waits for all acks, then page_put on
 * each frame
 *     }
 *
 * Adding a translation where none was needs no flush: absent entries are not cached. */
#pragma once

#include "lib/types.h"
#include "mm/page.h"

struct pagetable;

enum {
    TLB_BATCH_INLINE = 16, /* frames collected without extra memory: a small munmap needs none */
    TLB_FLUSH_ALL = 64,    /* beyond so many pages flushing everything is cheaper than one by one */
};

/* On the stack of one thread. */
struct tlb_batch {
    struct pagetable *pt;
    vaddr_t start, end;  /* what may be stale lies in here; start >= end: nothing */
    u32 count, capacity; /* of pages[] */
    struct page **pages; /* frames and empty page tables: each holds one reference to give up */
    struct page *more;   /* the frame that pages[] lies in, when the inline array was too small */
    struct page *few[TLB_BATCH_INLINE];
};

static inline void tlb_batch_init(struct tlb_batch *b, struct pagetable *pt)
{
    b->pt = pt;
    b->start = U64_MAX;
    b->end = 0;
    b->count = 0;
    b->capacity = TLB_BATCH_INLINE;
    b->pages = b->few;
    b->more = NULL;
}

/* The translations of [start, end) were changed or removed. */
static inline void tlb_batch_range(struct tlb_batch *b, vaddr_t start, vaddr_t end)
{
    if (start < b->start)
        b->start = start;
    if (end > b->end)
        b->end = end;
}

/* Can one more frame be added? It tries to get room, so false means "flush now". Any context but
 * NMI. */
bool tlb_batch_make_room(struct tlb_batch *b);

static inline bool tlb_batch_has_room(struct tlb_batch *b)
{
    return b->count < b->capacity || tlb_batch_make_room(b);
}

/* Drop a reference to page, after the flush. Needs room. */
static inline void tlb_batch_page(struct tlb_batch *b, struct page *page)
{
    b->pages[b->count++] = page;
}

/* Has nothing been added? */
static inline bool tlb_batch_is_empty(const struct tlb_batch *b)
{
    return b->start >= b->end && b->count == 0;
}

/* Flush on every CPU that has pt loaded, wait for all of them, then drop the references. The batch
 * is empty afterwards and may be used again. Interrupts on, no spinlock held: two CPUs that wait
 * for each other with interrupts off would wait for ever (asserted). A batch to which nothing was
 * added costs nothing. */
void tlb_batch_flush(struct tlb_batch *b);

/* One user page on this CPU and all others that have pt loaded: a batch of one range and no frame.
 * Context as above. */
void tlb_flush_page(struct pagetable *pt, vaddr_t va);

/* Only this CPU, for translations that became *weaker nowhere*: a fault that finds its entry
 * already good (another thread mended it) drops the stale copy. Any context. */
void tlb_flush_local(vaddr_t va);

/* Everything on this CPU, global entries too. Interrupts off. */
void tlb_flush_all_local(void);
