/* The places that linker.ld defines. Their addresses mean something, their contents do not.
 */
#pragma once
#include "lib/types.h"

/* The image: physical address p is at KERNEL_BASE + p. */
#define KERNEL_BASE 0xffffffff80000000ull

extern char kernel_start[], kernel_end[];
extern char text_start[], text_end[];     /* read, execute */
extern char rodata_start[], rodata_end[]; /* read */
extern char data_start[], data_end[];     /* read, write: .data and .bss */
extern char ksyms_start[], ksyms_end[];   /* read: the symbol table */
extern char boot_stack[], boot_stack_top[];

/* The first page tables (boot/start.S), at their address in the image. */
extern u64 boot_pml4[];
