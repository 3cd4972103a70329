/* The interrupt descriptor table and the system-call MSRs.
 *
 * Every gate is an interrupt gate (interrupts off on entry), so that the entry code never races
 * with a second interrupt; trap.c turns them on again as soon as it has read what a second one
 * could overwrite (CR2). Source: Intel SDM vol. 3, "64-Bit Mode IDT", "Fast System Calls in 64-Bit
 * Mode".
 */
#include "x86/idt.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/gdt.h"
#include "x86/trapframe.h"

struct gate {
    u16 offset_low, selector;
    u8 ist, type;
    u16 offset_mid;
    u32 offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "64-bit gate");

enum { GATE_INTERRUPT = 0x8e, GATE_DPL3 = 0x60 };

static struct gate idt[TRAP_COUNT];

static u8 ist_of(int vector)
{
    switch (vector) {
    case TRAP_DF:
        return IST_DF;
    case TRAP_NMI:
        return IST_NMI;
    case TRAP_MC:
        return IST_MC;
    case TRAP_DB:
        return IST_DB;
    default:
        return 0;
    }
}

void idt_init(void)
{
    for (int v = 0; v < TRAP_COUNT; v++) {
        u64 stub = (u64)trap_stubs + (u64)v * ENTRY_STUB_BYTES;
        /* int3 and into may be raised by a program's own instruction; any other `int n` is a #GP.
         */
        u8 dpl = v == TRAP_BP || v == TRAP_OF ? GATE_DPL3 : 0;
        idt[v] = (struct gate){
            .offset_low = stub,
            .offset_mid = stub >> 16,
            .offset_high = stub >> 32,
            .selector = SEL_KCODE,
            .ist = ist_of(v),
            .type = GATE_INTERRUPT | dpl,
        };
    }
}

void idt_init_cpu(void)
{
    struct {
        u16 limit;
        u64 base;
    } PACKED idtr = {sizeof idt - 1, (u64)idt};
    asm volatile("lidt %0" ::"m"(idtr));

    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    wrmsr(MSR_STAR, (u64)(SEL_UCODE32 | 3) << 48 | (u64)SEL_KCODE << 32);
    wrmsr(MSR_LSTAR, (u64)syscall_entry);
    /* DESIGN, entry state: what a program may have set and the kernel must not run with. */
    wrmsr(MSR_SFMASK, RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_AC | RFLAGS_NT | RFLAGS_IOPL);
}
