/* init.h: bringing memory up, on the boot CPU, with the boot page tables still loaded. */
#pragma once

/* From bootinfo's memory map: struct pages, the final kernel page table (loaded on return; the boot
 * tables stay for the other CPUs' start), the buddy system, slab caches and kernel address areas.
 * Panics when there is too little memory. x86 (exceptions, so that a mistake shows) and lib are up;
 * interrupts are off. */
void mm_init(void);

/* Each other CPU, once, before it takes locks of mm: load the kernel page table. */
void mm_init_cpu(void);
