/* The address map: what lives where, fixed for every build (docs/memory-map.md shows it as a
 * picture).
 */
#pragma once
#include "debug/kasan.h" /* KASAN_OFFSET */
#include "lib/types.h"
#include "x86/sections.h"

#define USER_TOP 0x00007ffffffff000ull /* first address that a program cannot map */
#define USER_MIN 0x0000000000010000ull /* nothing below: null pointers with an offset fault */
/* All RAM, 64 TiB of room, 1 GiB or 2 MiB leaves. An enumerator, so that debuggers know it too. */
enum { DIRECT_BASE = 0xffff888000000000ull };
#define DIRECT_SIZE  (64ull << 40)
#define VMALLOC_BASE 0xffffc90000000000ull /* kernel memory that need not be contiguous */
#define VMALLOC_SIZE (1ull << 40)
#define KSTACK_BASE  0xffffd10000000000ull /* kernel stacks, each above an unmapped guard page */
#define KSTACK_AREA  (1ull << 40)
#define PAGES_BASE   0xffffea0000000000ull /* struct page array, indexed by frame number */
#define MMIO_BASE    0xffffeb0000000000ull /* device registers, uncached */
#define MMIO_SIZE    (1ull << 40)

/* Below 1 MiB nothing is ever allocated: real-mode code, firmware data, the log of the last boot.
 */
#define LOW_MEMORY_END 0x100000ull

#define P2V(pa)        ((void *)((paddr_t)(pa) + DIRECT_BASE))
#define V2P(va)        ((paddr_t)((vaddr_t)(va)-DIRECT_BASE))
/* For symbols of the kernel image only. */
#define KSYM2P(sym) ((paddr_t)((vaddr_t)(sym)-KERNEL_BASE))

_Static_assert(DIRECT_BASE + DIRECT_SIZE <= VMALLOC_BASE, "direct map below vmalloc");
_Static_assert(VMALLOC_BASE + VMALLOC_SIZE <= KSTACK_BASE, "vmalloc below stacks");
_Static_assert(KSTACK_BASE + KSTACK_AREA <= PAGES_BASE, "stacks below struct pages");
_Static_assert(PAGES_BASE + (DIRECT_SIZE >> 12) * 64 <= MMIO_BASE, "struct pages for all RAM");
_Static_assert(KASAN_OFFSET + (DIRECT_BASE >> 3) >= MMIO_BASE + MMIO_SIZE, "MMIO below the shadow");
_Static_assert(KASAN_OFFSET + (U64_MAX >> 3) < KERNEL_BASE, "the shadow below the image");
