/* Saving and loading the programs' floating-point and vector registers.
 *
 * XSAVE where present, with everything that the CPU offers up to AVX-512; FXSAVE's 512 bytes
 * otherwise. Source: Intel SDM vol. 1, "Managing State Using the XSAVE Feature Set".
 */
#include "x86/fpu.h"
#include "x86/cpu.h"
#include "x86/cpufeature.h"
#include "lib/string.h"

enum {
    XCR0_X87 = 1,
    XCR0_SSE = 2,
    XCR0_AVX = 4,
    XCR0_AVX512 = 0xe0,
    CPUID_XSAVE = 0xd,
    FX_FCW = 0,
    FX_MXCSR = 24,
    FX_BYTES = FPU_LEGACY_BYTES,
    FCW_DEFAULT = 0x37f,
    MXCSR_DEFAULT = 0x1f80,
};

static u64 xcr0; /* 0: no XSAVE */
static size_t area_bytes = FX_BYTES;

static void xsetbv(u64 v)
{
    asm volatile("xsetbv" ::"c"(0), "a"((u32)v), "d"((u32)(v >> 32)));
}

void fpu_init_cpu(void)
{
    asm volatile("fninit");
    if (!cpu_has("xsave"))
        return;
    struct cpuid offer = cpuid(CPUID_XSAVE, 0);
    u64 use = XCR0_X87 | XCR0_SSE | (offer.eax & XCR0_AVX);
    if ((use & XCR0_AVX) && (offer.eax & XCR0_AVX512) == XCR0_AVX512)
        use |= XCR0_AVX512;
    xsetbv(use);
    xcr0 = use;
    area_bytes = cpuid(CPUID_XSAVE, 0).ebx; /* for what XCR0 now enables */
}

size_t fpu_area_size(void)
{
    return area_bytes;
}

u64 fpu_features(void)
{
    return xcr0;
}

/* XSTATE_BV says that only x87 and SSE are in the area: XRSTOR sets the rest to its initial state,
 * all zero. */
void fpu_area_init(void *area)
{
    memset(area, 0, area_bytes);
    *(u16 *)((char *)area + FX_FCW) = FCW_DEFAULT;
    *(u32 *)((char *)area + FX_MXCSR) = MXCSR_DEFAULT;
    if (xcr0)
        *(u64 *)((char *)area + FX_BYTES) = XCR0_X87 | XCR0_SSE;
}

void fpu_save(void *area)
{
    if (xcr0)
        asm volatile("xsave64 (%0)" ::"r"(area), "a"((u32)xcr0), "d"((u32)(xcr0 >> 32)) : "memory");
    else
        asm volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void fpu_load(const void *area)
{
    if (xcr0)
        asm volatile("xrstor64 (%0)" ::"r"(area), "a"((u32)xcr0), "d"((u32)(xcr0 >> 32))
                     : "memory");
    else
        asm volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}
