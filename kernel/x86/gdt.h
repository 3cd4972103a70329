/* Segments and the task-state segment: what is left of them in 64-bit mode.
 *
 * The selectors are laid out as syscall and sysret demand (Intel SDM vol. 3, "Fast System Calls in
 * 64-Bit Mode"): kernel data follows kernel code; user data precedes 64-bit user code.
 */
#pragma once
#include "lib/types.h"

struct percpu;

enum {
    SEL_KCODE = 0x08,
    SEL_KDATA = 0x10,
    SEL_UCODE32 = 0x18, /* never used: sysret to 64 bits takes this + 16 */
    SEL_UDATA = 0x20 | 3,
    SEL_UCODE = 0x28 | 3,
    SEL_TSS = 0x30,
};

enum { IST_DF = 1, IST_NMI = 2, IST_MC = 3, IST_DB = 4, IST_COUNT = 4 };
enum { IST_STACK_BYTES = 8192 * STACK_SCALE, IST_BYTES = IST_COUNT * IST_STACK_BYTES };

struct tss {
    u32 reserved0;
    u64 rsp[3]; /* rsp[0]: stack for a trap from ring 3 */
    u64 reserved1;
    u64 ist[7]; /* ist[n - 1] is what the IDT calls IST n */
    u64 reserved2;
    u16 reserved3, iomap_base;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "Intel SDM vol. 3, \"64-Bit Task State Segment\"");

struct gdt {
    u64 entry[8]; /* null, kcode, kdata, ucode32, udata, ucode, tss (two slots) */
};

/* Fill and load the GDT, the TSS and the IST stacks (p->ist_stacks) of CPU p, and point %gs at p.
 * On CPU p, with interrupts off. */
void gdt_init_cpu(struct percpu *p);
