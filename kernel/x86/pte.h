/* Page-table entries (Intel SDM vol. 3, "4-Level Paging and 5-Level Paging").
 */
#pragma once
#include "lib/types.h"

typedef u64 pte_t;

#define PTE_P    (1ull << 0) /* present */
#define PTE_W    (1ull << 1) /* writable */
#define PTE_U    (1ull << 2) /* reachable from ring 3 */
#define PTE_PWT  (1ull << 3)
#define PTE_PCD  (1ull << 4) /* uncached: device registers */
#define PTE_A    (1ull << 5) /* accessed: set by the processor */
#define PTE_D    (1ull << 6) /* dirty: set by the processor */
#define PTE_PS   (1ull << 7) /* a leaf above level 1: 2 MiB or 1 GiB */
#define PTE_G    (1ull << 8) /* global: survives a CR3 load */
#define PTE_NX   (1ull << 63)
#define PTE_ADDR 0x000ffffffffff000ull
/* Bits that the processor leaves to us: enumerators, for a debugger cannot look them up elsewhere.
 */
enum {
    PTE_COW = 1 << 9,      /* write-protected because it is shared copy-on-write */
    PTE_SPECIAL = 1 << 10, /* no struct page behind it: device, zero frame */
    PTE_NONE = 1 << 11,    /* PROT_NONE: PTE_P is clear, the frame still here */
};

enum { PAGE_SHIFT = 12, PT_ENTRIES = 512 };
#define PAGE_SIZE    4096ull
#define PAGE_SIZE_2M (PAGE_SIZE << 9)
#define PAGE_SIZE_1G (PAGE_SIZE << 18)

static inline paddr_t pte_addr(pte_t e)
{
    return e & PTE_ADDR;
}
/* Index into the table of `level` (1 = last) for address va. */
static inline unsigned pt_index(vaddr_t va, int level)
{
    return va >> (PAGE_SHIFT + 9 * (level - 1)) & (PT_ENTRIES - 1);
}
static inline u64 pt_level_size(int level)
{
    return PAGE_SIZE << 9 * (level - 1);
}
