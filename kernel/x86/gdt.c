/* Segments, the task-state segment and the IST stacks of each CPU (gdt.h).
 *
 * Source: Intel SDM vol. 3, "Segment Descriptors", "TSS Descriptor in 64-bit mode".
 */
#include "x86/gdt.h"
#include "x86/cpu.h"
#include "x86/percpu.h"

enum {
    DESC_CODE64 = 0x9a | 0x20 << 8, /* present, code, readable; L */
    DESC_DATA = 0x92 | 0xc0 << 8,   /* present, data, writable */
    DESC_DPL3 = 0x60,
    DESC_TSS = 0x89,  /* present, available 64-bit TSS */
    IST_RESERVE = 16, /* at the top of each IST stack: the struct percpu * (entry.S) */
};

static u64 descriptor(u32 access_flags)
{
    return (u64)(access_flags & 0xff) << 40 | (u64)(access_flags >> 8 & 0xf0) << 48 |
           0x000f00000000ffffull;
}

/* The stack of IST number n (1-based), with its CPU's pointer above it: what ist_common in entry.S
 * loads into GS_BASE. */
static u64 ist_top(struct percpu *p, int n)
{
    u64 top = (u64)p->ist_stacks + (u64)n * IST_STACK_BYTES - IST_RESERVE;
    *(struct percpu **)top = p;
    return top;
}

static void tss_fill(struct percpu *p)
{
    for (int n = 1; n <= IST_COUNT; n++)
        p->tss.ist[n - 1] = ist_top(p, n);
    p->tss.iomap_base = sizeof p->tss; /* beyond the limit: no port is open to programs */

    u64 base = (u64)&p->tss;
    p->gdt.entry[SEL_TSS / 8] = (sizeof p->tss - 1) | (base & 0xffffff) << 16 |
                                (u64)DESC_TSS << 40 | (base >> 24 & 0xff) << 56;
    p->gdt.entry[SEL_TSS / 8 + 1] = base >> 32;
}

void gdt_init_cpu(struct percpu *p)
{
    p->self = p;
    p->gdt.entry[SEL_KCODE / 8] = descriptor(DESC_CODE64);
    p->gdt.entry[SEL_KDATA / 8] = descriptor(DESC_DATA);
    p->gdt.entry[SEL_UDATA / 8] = descriptor(DESC_DATA | DESC_DPL3);
    p->gdt.entry[SEL_UCODE / 8] = descriptor(DESC_CODE64 | DESC_DPL3);
    tss_fill(p);

    struct {
        u16 limit;
        u64 base;
    } PACKED gdtr = {sizeof p->gdt - 1, (u64)&p->gdt};
    asm volatile("lgdt %0\n\t"
                 "pushq %1\n\t" /* a far return is how %cs is loaded */
                 "leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "lretq\n"
                 "1: movl %2, %%ds\n\t"
                 "movl %2, %%es\n\t"
                 "movl %2, %%ss\n\t"
                 "movl %3, %%fs\n\t"
                 "movl %3, %%gs\n\t" /* clears GS_BASE: set right below */
                 "ltr %w4" ::"m"(gdtr),
                 "i"(SEL_KCODE), "r"(SEL_KDATA), "r"(0), "r"(SEL_TSS)
                 : "rax", "memory");
    wrmsr(MSR_GS_BASE, (u64)p);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}
