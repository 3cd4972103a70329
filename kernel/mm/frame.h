/* frame.h: the allocator of physical memory, in frames of 4 KiB.
 *
 * Free frames are kept by the buddy system (Knowlton, "A Fast Storage Allocator", CACM 1965):
 * blocks of 2^order frames, aligned to their size; a freed block merges with its buddy whenever
 * that is free too. Single frames pass through a small cache per CPU, so that the common case takes
 * no lock.
 *
 * Life cycle of a block. frame_alloc: one reference, the caller's, contents undefined (FRAME_ZERO:
 * zeros). page_get adds a reference, page_put drops one; the last frees the block. A typical
 * sequence is
 *     page = frame_alloc(FRAME_ZERO, 0); pt_set(pt, va, page_phys(page) | ...);   -- the mapping
 * owns it fork: page_get(page);  ... each munmap: page_put(page), after the TLBs were flushed.
 *
 * frame_alloc itself never sleeps, never reclaims. */
#pragma once

#include "lib/types.h"
#include "mm/page.h"

enum { MAX_ORDER = 10 }; /* the largest block: 4 MiB */

/* ---- allocation ---- */

enum frame_flags {
    FRAME_ZERO = 1, /* filled with zeros */
    FRAME_RECLAIM =
        2, /* before failing, ask low_memory_hook: interrupts on and no spinlock held (asserted) */
};

/* A block of 2^order frames, aligned to its size, with one reference, no flags and no object; NULL
 * means -ENOMEM. Any context but NMI. */
MUST_CHECK struct page *frame_alloc(unsigned flags, unsigned order);

/* Give back a block of which the caller holds the only reference (asserted). A frame of kind
 * PAGE_TABLE must be all zeros: the next FRAME_ZERO gets it without clearing. Any context but NMI.
 */
void frame_free(struct page *page);

/* page_put for each of n pages, with one interrupt window and one lock for many. */
void page_put_many(struct page **pages, size_t n);

/* Free n blocks whose last reference is gone already (page_put_was_last). */
void page_free_many(struct page **pages, size_t n);

/* Give the allocator the whole frames in [start, end), RAM that boot has kept from it so far. */
void frame_add(paddr_t start, paddr_t end);

/* ---- shortage, statistics ---- */

/* Frees some memory for a block of `order`; returns how many frames it freed (0: none to be had).
 * May sleep. Set by vm/. */
extern size_t (*low_memory_hook)(unsigned order);

/* Give the per-CPU caches back to the buddy system, here and, where interrupts are on and no
 * spinlock is held, on all CPUs. */
void frame_drain_caches(void);

struct frame_stats {
    u64 total;    /* frames of RAM that the allocator manages */
    u64 free;     /* of them free, those in per-CPU caches included */
    u64 cached;   /* in per-CPU caches */
    u64 reserved; /* frames of RAM that it never got: image, initrd, firmware, struct pages */
    u64 free_blocks[MAX_ORDER + 1];
    u64 failures; /* allocations refused so far */
};
void frame_stats(struct frame_stats *out);

/* May the caller be made to wait: interrupts on, preemption on, no spinlock held, not in an
 * interrupt? */
bool frame_may_wait(void);

/* Free frames now, those in caches included. Takes no lock. */
u64 frame_free_count(void);

/* For tests, with check=poison: let the n-th allocation from now that this thread makes (of a frame
 * or an object of a slab cache) fail; 0: none. Returns what was left of an earlier wish: 0 if its
 * allocation has failed. */
u32 mm_fail_nth(u32 n);
bool mm_can_fail(void); /* can that be had here? */
