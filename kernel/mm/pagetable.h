/* pagetable.h: 4-level page tables (Intel SDM vol. 3, "4-Level Paging and 5-Level Paging").
 *
 * Level 4 is the top (the PML4), level 1 the last; a leaf is an entry of level 1, or one of level 2
 * or 3 with PTE_PS (2 MiB, 1 GiB). The upper half of every top table is the kernel's: its 256
 * tables of level 3 are made at boot, and all address spaces point at them, so that the kernel's
 * mappings never need copying.
 *
 * A page-table page counts its non-zero entries in its struct page: whoever walks over address
 * space skips what is empty, and a table whose last entry goes is freed at once (through the
 * tlb_batch).
 *
 * Reference counts. An entry that is not 0 and lacks PTE_SPECIAL owns one reference to its frame;
 * pt_unmap hands it to the batch. A *leaf*, below, is an entry with PTE_P or PTE_NONE: a page of
 * PROT_NONE keeps its frame, though the processor sees nothing there.
 *
 * This file moves entries; what they mean (COW, rights, faults) is vm/'s. */
#pragma once

#include "lib/thread_safety.h"
#include "lib/types.h"
#include "lock/spinlock.h"
#include "mm/page.h"
#include "mm/rank.h"
#include "x86/pte.h"
#include "x86/smp.h"

struct tlb_batch;

/* Key: l = lock, a = atomic, c = fixed at creation. */
struct pagetable {
    pte_t *top;           /* (c) level 4, in the direct map; its entries: (l) */
    struct spinlock lock; /* guards all entries of the lower half; never held across a TLB flush */
    _Atomic cpumask_t cpus; /* (a) CPUs that have it loaded, or may have stale entries of it */
    _Atomic u32 ntables;    /* (a) page-table pages of the lower half, the top included */
    u64 nframes;            /* (l) frames that entries of the lower half own: the resident set */
};

extern struct pagetable kernel_pt;

/* An address space with an empty lower half. NULL: -ENOMEM. */
MUST_CHECK struct pagetable *pt_create(void);

/* Free it, and its tables. Every user page was unmapped before (or goes now, as by pt_clear). No
 * CPU runs in it; those that have it still loaded, lazily, are made to drop it: context as for
 * tlb_batch_flush. */
void pt_destroy(struct pagetable *pt);

/* Frames that the lower halves of all address spaces use for tables now: for leak counts. */
u64 pt_frames(void);

/* Run on this CPU in pt from now on; NULL is kernel_pt. Preemption off. */
void pt_activate(struct pagetable *pt);

/* The one walker. Find the entry for va at *level (1..3), or, if the walk ends earlier at an empty
 * entry or a larger leaf, that entry; *level becomes the entry's level. With `create`, missing
 * tables above *level are made, and NULL means -ENOMEM; without, the result is never NULL. Lower
 * half: REQUIRES(&pt->lock) or that nobody else knows pt. */
pte_t *pt_walk(struct pagetable *pt, vaddr_t va, int *level, bool create);

/* The leaf that translates va, 0 if none; *level (which may be NULL) becomes its level. */
pte_t pt_get(struct pagetable *pt, vaddr_t va, int *level) REQUIRES(&pt->lock);

/* Put a level-1 leaf at va: entry = address | PTE_P (or PTE_NONE) | bits. The reference to the
 * frame is the table's from now on. What was there is returned in *old (NULL: it must have been
 * empty), and is then the caller's: the frame's reference and the TLB flush. 0 or -ENOMEM (nothing
 * changed). */
MUST_CHECK int pt_set(struct pagetable *pt, vaddr_t va, pte_t entry, pte_t *old)
    REQUIRES(&pt->lock);

/* Put a level-1 leaf at va if nothing is there: what a page fault wants, in one walk. The reference
 * to the frame is the table's from now on. 0, -EEXIST or -ENOMEM (then nothing changed). */
MUST_CHECK int pt_add(struct pagetable *pt, vaddr_t va, pte_t entry) REQUIRES(&pt->lock);

/* Put a leaf into an entry of level 1 that pt_walk, or a look at its neighbour, found empty; as
 * pt_add. */
static inline void pt_fill(struct pagetable *pt, pte_t *e, pte_t entry) REQUIRES(&pt->lock)
{
    *e = entry;
    virt_to_page(e)->table.present++; /* of the table that e lies in */
    pt->nframes += !(entry & PTE_SPECIAL);
}

/* Map [va, va + len) to the physically contiguous [pa, pa + len) with these bits, by the largest
 * leaves that alignment allows (max_level 1..3). For kernel ranges and device memory, that is,
 * PTE_SPECIAL or no references. Nothing was mapped there (asserted). 0 or -ENOMEM (a part is mapped
 * then: pt_unmap it). */
MUST_CHECK int pt_map(struct pagetable *pt, vaddr_t va, paddr_t pa, u64 len, pte_t bits,
                      int max_level);

/* Remove every translation in [start, end), page aligned, empty tables with them. Returns where it
 * stopped: end, or less when the batch was full (flush it and go on from there). A PTE_D that was
 * set is kept as PAGE_DIRTY. */
vaddr_t pt_unmap(struct pagetable *pt, vaddr_t start, vaddr_t end, struct tlb_batch *b)
    REQUIRES(&pt->lock);

/* pt_unmap for an address space that no CPU will ever use again (exit): drops references at once,
 * no batch. */
void pt_clear(struct pagetable *pt, vaddr_t start, vaddr_t end) REQUIRES(&pt->lock);

/* In every leaf of [start, end) clear the bits `clear`, then set `set`; what changed goes into the
 * batch. */
void pt_protect(struct pagetable *pt, vaddr_t start, vaddr_t end, pte_t set, pte_t clear,
                struct tlb_batch *b) REQUIRES(&pt->lock);

/* fork: give `to` the translations that `from` has in [start, end), each frame with one more
 * reference. If `cow`, writable entries become PTE_COW and read-only on both sides, and the
 * parent's go into the batch. Returns the number of frames shared, or -ENOMEM (what was copied
 * stays: pt_clear it). */
MUST_CHECK s64 pt_fork(struct pagetable *to, struct pagetable *from, vaddr_t start, vaddr_t end,
                       bool cow, struct tlb_batch *b) REQUIRES(&to->lock, &from->lock);

/* mremap: move the translations of [from, from + len) to `to` (empty; same alignment within 2 MiB
 * not required). The old range goes into the batch. 0 or -ENOMEM (a part is moved: call again to go
 * on, or back). */
MUST_CHECK int pt_move(struct pagetable *pt, vaddr_t from, vaddr_t to, u64 len, struct tlb_batch *b)
    REQUIRES(&pt->lock);

/* Iterate: the first present leaf in [*va, end), 0 when none; *va becomes its first address, *level
 * its level. Skips empty tables whole. The entry can be changed through pt_walk. */
pte_t pt_next(struct pagetable *pt, vaddr_t *va, vaddr_t end, int *level) REQUIRES(&pt->lock);

/* ---- the kernel's half ---- */

/* Panics if some kernel page is writable and executable, or reachable by programs, or the lower
 * half is not empty. Returns the number of leaves that it looked at. Boot, and KTESTs. */
u64 pt_audit(void);
