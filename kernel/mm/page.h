/* page.h: struct page, the kernel's record of each frame of RAM, and the arithmetic between a
 * frame's three names: its struct page, its physical address, its address in the direct map.
 *
 * Frames are counted: whoever keeps a frame (a page-table entry, an object, a buffer) holds a
 * reference, and the last page_put gives the frame back to the allocator (frame.h). What else the
 * record says belongs to the frame's owner; this layer interprets only `kind` and `order`. */
#pragma once

#include <stdatomic.h>
#include "lib/list.h"
#include "lib/types.h"
#include "mm/layout.h"
#include "x86/pte.h"

struct kmem_cache;
struct vm_object;

/* Whose frame it is: decides which member of the union in struct page holds. */
enum page_kind {
    PAGE_RESERVED, /* not ours: firmware, kernel image, a hole */
    PAGE_FREE,     /* head of a free block of the buddy system */
    PAGE_CACHED,   /* single free frame in a per-CPU cache */
    PAGE_USED,     /* allocated, nothing more known: the kind that frame_alloc gives */
    PAGE_SLAB,     /* a slab's (every frame of its block has this kind, order and cache) */
    PAGE_TABLE,    /* a page table */
};

/* page->flags; change them by page_flags_set and page_flags_clear only. */
enum page_flag {
    PAGE_LOCKED = 1 << 0,     /* somebody fills it or writes it back: others wait */
    PAGE_UPTODATE = 1 << 1,   /* holds its file's data */
    PAGE_DIRTY = 1 << 2,      /* differs from its file */
    PAGE_WRITEBACK = 1 << 3,  /* is being written */
    PAGE_REFERENCED = 1 << 4, /* used since reclaim last looked */
    PAGE_ERROR = 1 << 5,      /* its device failed */
    PAGE_RAW = 1 << 14,       /* head of a free block; the records behind it were never written */
    PAGE_POISONED = 1 << 15,  /* free, and filled with a pattern (check=poison) */
};

/* One per frame of RAM, in an array at PAGES_BASE that is mapped where there is RAM. Keys: a =
 * atomic, b = the buddy system's lock while free, else o = the owner's own lock. */
struct page {
    union {
        struct {
            _Atomic u32 refs;  /* (a) 0: free */
            u8 kind;           /* (b, o) enum page_kind */
            u8 order;          /* (b, o) of the block that this frame heads */
            _Atomic u16 flags; /* (a) enum page_flag */
        };
        u64 head; /* all four in one store, by the allocator alone */
    };
    struct list_head link; /* (b, o) free list, partial slabs, or whatever list its owner keeps */
    union {
        struct {                      /* PAGE_USED in an object (vm/object.h) */
            struct vm_object *object; /* NULL: anonymous, or not a user's page */
            u64 index;                /* in units of pages */
        };
        struct { /* PAGE_SLAB; the last two in its first frame only */
            struct kmem_cache *cache;
            void *freelist;
            u32 inuse; /* objects that are not on freelist */
        } slab;
        struct {         /* PAGE_TABLE */
            u32 present; /* entries that are not 0 */
        } table;
    };
    void *private; /* (o) its owner's: buffer heads, swap slot, shadow entries */
    /* Keeps the size a power of two, so that page <-> frame number is a shift. Under SAN=1: who
     * allocated and who freed this block (handles of san_stack_save). */
    struct {
        u32 alloc, freed;
    } trace;
};
_Static_assert(sizeof(struct page) == 64, "one cache line, 1.6 % of memory");

/* ---- translations: all are arithmetic ---- */

static inline struct page *page_at(paddr_t pa)
{
    return (struct page *)PAGES_BASE + (pa >> PAGE_SHIFT);
}

static inline paddr_t page_phys(const struct page *page)
{
    return (paddr_t)(page - (struct page *)PAGES_BASE) << PAGE_SHIFT;
}

static inline void *page_virt(const struct page *page)
{
    return P2V(page_phys(page));
}

/* The page behind an address of the direct map. */
static inline struct page *virt_to_page(const void *va)
{
    return page_at(V2P(va));
}

/* ---- references and flags ---- */

static inline void page_get(struct page *page)
{
    atomic_fetch_add_explicit(&page->refs, 1, memory_order_relaxed);
}

void page_free_last(struct page *page); /* frame.c */

/* Drop a reference and say whether it was the last: then the caller must free the block
 * (page_free_last, page_free_many). Whoever drops the last must see what the others did to it:
 * hence acquire and release. */
static inline MUST_CHECK bool page_put_was_last(struct page *page)
{
    return atomic_fetch_sub_explicit(&page->refs, 1, memory_order_acq_rel) == 1;
}

/* Drop a reference; the last one frees the block. */
static inline void page_put(struct page *page)
{
    if (page_put_was_last(page))
        page_free_last(page);
}

static inline u32 page_refs(const struct page *page)
{
    return atomic_load_explicit(&page->refs, memory_order_acquire);
}

static inline void page_flags_set(struct page *page, u16 flags)
{
    atomic_fetch_or_explicit(&page->flags, flags, memory_order_release);
}

static inline void page_flags_clear(struct page *page, u16 flags)
{
    atomic_fetch_and_explicit(&page->flags, (u16)~flags, memory_order_release);
}
