/* kmap.h: kernel addresses outside the direct map: memory that need not be physically contiguous,
 * device registers, and kernel stacks with a guard page.
 *
 * Addresses are cheap (TiBs), changing page tables is not, because an address given up may be
 * reused only after every CPU flushed it. So freed areas and stacks are kept and unmapped many at a
 * time. */
#pragma once

#include "lib/types.h"

enum { KSTACK_SIZE = 16384 * STACK_SCALE }; /* bytes */

/* A kernel stack: returns its lowest address, NULL for -ENOMEM; it ends (begins to be used) at +
 * KSTACK_SIZE, and below it lies an unmapped guard page. Contents undefined. Interrupts on, no
 * spinlock held. */
MUST_CHECK void *kstack_alloc(void);

/* Give it back; nobody runs on it any more. Context as above. */
void kstack_free(void *stack);

/* Unmap all stacks that are kept for reuse. Context as above. */
void kstack_shrink(void);

/* Is va in the guard area of a stack slot? For the double-fault handler: a yes means that a kernel
 * stack overflowed. */
bool kstack_is_guard(vaddr_t va);

/* Virtually contiguous memory, page aligned, contents undefined (vzalloc: zeros); NULL for -ENOMEM.
 * An unmapped page follows it. Interrupts on, no spinlock held, for all three. */
MUST_CHECK void *vmalloc(size_t bytes);
MUST_CHECK void *vzalloc(size_t bytes);
void vfree(void *p); /* NULL is fine */

/* How registers or a frame buffer are cached. */
enum mmio_cache {
    MMIO_UNCACHED,        /* device registers */
    MMIO_WRITE_COMBINING, /* frame buffers: stores may be gathered (as far as the PAT allows; else
                             uncached) */
    MMIO_WRITE_BACK,      /* memory that no allocator owns: ACPI tables, persistent memory */
};

/* Make `len` bytes at physical pa accessible; pa need not be aligned. NULL: -ENOMEM. Stays until
 * mmio_unmap. Where RAM is at pa, prefer P2V. Interrupts on (or boot), no spinlock held. */
MUST_CHECK void *mmio_map(paddr_t pa, size_t len, enum mmio_cache cache);
void mmio_unmap(void *va, size_t len);

/* Firmware memory (ACPI tables), read only as a courtesy: the direct map where it covers [pa, pa +
 * len), else a mapping that stays for ever. NULL if that fails. Fits acpi_map_fn. */
const void *kmap_firmware(paddr_t pa, size_t len);

struct kmap_stats {
    u64 vmalloc_pages; /* mapped in the vmalloc area */
    u64 mmio_pages;
    u64 kstacks;        /* in use */
    u64 kstacks_cached; /* mapped and free */
};
void kmap_stats(struct kmap_stats *out);
