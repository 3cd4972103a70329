/* pt_priv.h: what the page-table files share: pagetable.c (one entry), pt_range.c (many),
 * kernel_map.c (boot), tlb.c. */
#pragma once

#include "lock/percpu_counter.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "mm/regions.h"

/* Bits of an entry that points to a lower table. Rights are the leaf's business, so a table grants
 * everything. */
#define PTE_USER_TABLE   (PTE_P | PTE_W | PTE_U | PTE_A)
#define PTE_KERNEL_TABLE (PTE_P | PTE_W | PTE_A)

/* Is this entry, found at `level`, a leaf or empty (that is, does a walk end here)? */
static inline bool pte_ends_walk(pte_t e, int level)
{
    return level == 1 || !(e & PTE_P) || (e & PTE_PS);
}

static inline pte_t *pte_table(pte_t e)
{
    return P2V(pte_addr(e));
}

/* Does this entry, which is not 0 and no table's, own a reference to its frame? (What is neither
 * present nor PTE_NONE, such as the place of a page that was swapped out, will have PTE_SPECIAL.)
 */
static inline bool pte_owns(pte_t e)
{
    return !(e & PTE_SPECIAL);
}

/* page_at(pte_addr(e)) in fewer instructions: frame number times 64 is the address shifted by six.
 */
static inline struct page *pte_page(pte_t e)
{
    return (struct page *)(PAGES_BASE + (pte_addr(e) >> (PAGE_SHIFT - 6)));
}
_Static_assert(sizeof(struct page) == 1 << 6, "pte_page");

/* The record of the table in which entry e lies. */
static inline struct page *table_of_entry(const pte_t *e)
{
    return virt_to_page(e);
}

/* The kernel's tables are made for ever, some of them before there are struct pages: nobody counts
 * their entries. */
static inline bool pt_counts(const struct pagetable *pt)
{
    return pt != &kernel_pt;
}

/* Entries change under the feet of nobody but the processor, which sets PTE_A and PTE_D in present
 * ones at any time. */
static inline pte_t pte_exchange(pte_t *e, pte_t value)
{
    return __atomic_exchange_n(e, value, __ATOMIC_RELAXED);
}

/* Tables of all lower halves, for pt_frames. */
extern struct percpu_counter pt_table_count;

/* The table that is loaded on this CPU. Preemption off. */
struct pagetable *pt_active(void);

/* A zeroed frame for a table of the kernel's half; 0 when there is none. At boot it comes from
 * early_frame, later from the frame allocator. */
paddr_t pt_kernel_table(void);
extern paddr_t (*pt_early_frame)(void); /* NULL as soon as frame_alloc works */

/* Make the kernel's half: a table for every slot of the address map, the image with its rights,
 * `ram` in the direct map. Takes frames from pt_early_frame. */
void kernel_map_build(const struct region_set *ram);

/* Map [va, va + len) of the kernel's half to memory from take(len), as it is; panics without. */
void kernel_map_fresh(vaddr_t va, u64 len, paddr_t (*take)(u64 len));

/* Is all of [va, va + len), of the kernel's half, mapped memory? Any context. */
bool kernel_map_has(vaddr_t va, size_t len);

/* Once, when the kernel's half is complete and slab caches work: address spaces can be made from
 * here on. */
void pt_init(void);
