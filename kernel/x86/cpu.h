/* Single instructions that C cannot say, and the control-register bits that go with them.
 *
 * Nothing here keeps state. Names follow the instruction; a caller that wants meaning uses the file
 * that owns it (apic.h, clock.h, pte.h).
 */
#pragma once
#include "lib/types.h"
#include "x86/io.h"

enum {
    CR0_MP = 1 << 1,
    CR0_EM = 1 << 2,
    CR0_TS = 1 << 3,
    CR0_NE = 1 << 5,
    CR0_WP = 1 << 16,
    CR4_PAE = 1 << 5,
    CR4_MCE = 1 << 6,
    CR4_PGE = 1 << 7,
    CR4_OSFXSR = 1 << 9,
    CR4_OSXMMEXCPT = 1 << 10,
    CR4_UMIP = 1 << 11,
    CR4_FSGSBASE = 1 << 16,
    CR4_PCIDE = 1 << 17,
    CR4_OSXSAVE = 1 << 18,
    CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21,
};

enum msr {
    MSR_APIC_BASE = 0x1b,
    MSR_EFER = 0xc0000080,
    MSR_STAR = 0xc0000081,
    MSR_LSTAR = 0xc0000082,
    MSR_CSTAR = 0xc0000083,
    MSR_SFMASK = 0xc0000084,
    MSR_FS_BASE = 0xc0000100,
    MSR_GS_BASE = 0xc0000101,
    MSR_KERNEL_GS_BASE = 0xc0000102,
    MSR_TSC_AUX = 0xc0000103,
};
enum { EFER_SCE = 1 << 0, EFER_LME = 1 << 8, EFER_NXE = 1 << 11 };

static inline void irqs_on(void)
{
    asm volatile("sti" ::: "memory");
}
static inline void irqs_off(void)
{
    asm volatile("cli" ::: "memory");
}
static inline void cpu_pause(void)
{
    asm volatile("pause" ::: "memory");
}
static inline void cpu_halt(void)
{
    asm volatile("hlt" ::: "memory");
}

static inline u64 rflags_read(void)
{
    u64 f;
    asm volatile("pushfq; popq %0" : "=r"(f)::"memory");
    return f;
}

static inline bool irqs_enabled(void)
{
    return rflags_read() & (1 << 9);
}

/* Turn interrupts off and say whether they were on: pair with irqs_restore. */
static inline bool irqs_save(void)
{
    bool on = irqs_enabled();
    irqs_off();
    return on;
}

static inline void irqs_restore(bool on)
{
    if (on)
        irqs_on();
}

static inline u64 rdtsc(void)
{
    u64 lo, hi; /* 64 bits wide, because rdtsc clears the upper halves itself */
    asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return hi << 32 | lo;
}

static inline u64 rdmsr(enum msr msr)
{
    u32 lo, hi;
    asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (u64)hi << 32 | lo;
}

static inline void wrmsr(enum msr msr, u64 v)
{
    asm volatile("wrmsr" ::"c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

#define DEFINE_CR(n)                                                                               \
    static inline u64 read_cr##n(void)                                                             \
    {                                                                                              \
        u64 v;                                                                                     \
        asm volatile("movq %%cr" #n ", %0" : "=r"(v)::"memory");                                   \
        return v;                                                                                  \
    }                                                                                              \
    static inline void write_cr##n(u64 v)                                                          \
    {                                                                                              \
        asm volatile("movq %0, %%cr" #n ::"r"(v) : "memory");                                      \
    }
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

static inline void invlpg(u64 va)
{
    asm volatile("invlpg (%0)" ::"r"(va) : "memory");
}

struct cpuid {
    u32 eax, ebx, ecx, edx;
};
static inline struct cpuid cpuid(u32 leaf, u32 sub)
{
    struct cpuid r;
    asm volatile("cpuid"
                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                 : "a"(leaf), "c"(sub));
    return r;
}
