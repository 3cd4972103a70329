/* The entry path and the trap table, tried from inside the kernel with `int n`.
 *
 * Catches: a register lost or swapped between SAVE_GPRS and RESTORE_GPRS; flags that the handler
 * must not inherit; a slot that can be taken twice; a count that is not kept; a backtrace that
 * stops at the trap.
 */
#include "abi/errno.h"
#include "debug/backtrace.h"
#include "debug/ksym.h"
#include "debug/ktest.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/cpufeature.h"
#include "x86/irq.h"
#include "x86/percpu.h"
#include "x86/sections.h"
#include "x86/trapframe.h"

/* A vector that no device uses: the last below the APIC's. */
enum { TEST_VECTOR = 239, CALLERS = 16 };

static struct {
    u64 rflags;             /* as the handler found them */
    struct trapframe frame; /* as it was when the trap came */
    u64 callers[CALLERS];
    unsigned ncallers;
} seen;

static void test_handler(struct trapframe *tf, void *arg)
{
    seen.rflags = rflags_read();
    seen.frame = *tf;
    seen.ncallers =
        backtrace_collect(ctx_current(), (u64)__builtin_frame_address(0), seen.callers, CALLERS);
    tf->rax = (u64)arg;
}

static bool handler_installed(void)
{
    static bool done;
    if (!done)
        done = trap_register(TEST_VECTOR, test_handler, (void *)0x5eed, "ktest") == 0;
    return done;
}

KTEST(trap_register_refuses)
{
    KT_ASSERT(handler_installed());
    KT_EQ(trap_register(TEST_VECTOR, test_handler, NULL, "again"), -EBUSY);
    KT_EQ(trap_register(TRAP_COUNT, test_handler, NULL, "too far"), -EINVAL);
    KT_EQ(irq_register(TRAP_GP, NULL, NULL, "an exception is no device"), -EINVAL);
    KT_ASSERT(strcmp(trap_name(TEST_VECTOR), "ktest") == 0);
    KT_ASSERT(strcmp(trap_name(TRAP_PF), "#PF page fault") == 0);
}

KTEST(trap_counts_and_returns)
{
    KT_ASSERT(handler_installed());
    u64 before = trap_total(TEST_VECTOR), result = 0;
    asm volatile("int %1" : "+a"(result) : "i"(TEST_VECTOR) : "memory");
    KT_EQ(result, 0x5eed);
    KT_EQ(trap_total(TEST_VECTOR), before + 1);
    KT_EQ(seen.frame.vector, TEST_VECTOR);
    KT_EQ(seen.frame.error, 0);
}

/* Every register goes in with a value of its own; the handler sees it, and it is still there
 * afterwards. */
KTEST(trap_keeps_registers)
{
    static u64 after[14];
    KT_ASSERT(handler_installed());
    asm volatile(
        "pushq %%rbp\n\t"
        "pushq %%rbx\n\t"
        "movl $1, %%ebx; movl $2, %%ecx; movl $3, %%edx; movl $4, %%esi; movl $5, %%edi\n\t"
        "movl $6, %%ebp; movl $8, %%r8d; movl $9, %%r9d; movl $10, %%r10d\n\t"
        "movl $11, %%r11d; movl $12, %%r12d; movl $13, %%r13d; movl $14, %%r14d\n\t"
        "movl $15, %%r15d\n\t"
        "int %0\n\t"
        "movq %%rbx, after_regs(%%rip)\n\t"
        "movq %%rcx, 8+after_regs(%%rip); movq %%rdx, 16+after_regs(%%rip)\n\t"
        "movq %%rsi, 24+after_regs(%%rip); movq %%rdi, 32+after_regs(%%rip)\n\t"
        "movq %%rbp, 40+after_regs(%%rip); movq %%r8, 48+after_regs(%%rip)\n\t"
        "movq %%r9, 56+after_regs(%%rip); movq %%r10, 64+after_regs(%%rip)\n\t"
        "movq %%r11, 72+after_regs(%%rip); movq %%r12, 80+after_regs(%%rip)\n\t"
        "movq %%r13, 88+after_regs(%%rip); movq %%r14, 96+after_regs(%%rip)\n\t"
        "movq %%r15, 104+after_regs(%%rip)\n\t"
        "popq %%rbx\n\t"
        "popq %%rbp\n\t"
        ".pushsection .bss; .balign 8; after_regs: .skip 112; .popsection" ::"i"(TEST_VECTOR)
        : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
          "memory");
    u64 *regs;
    asm("leaq after_regs(%%rip), %0" : "=r"(regs));
    memcpy(after, regs, sizeof after);
    const u64 want[14] = {1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int i = 0; i < 14; i++)
        KT_EQ(after[i], want[i]);
    const struct trapframe *tf = &seen.frame;
    const u64 got[14] = {tf->rbx, tf->rcx, tf->rdx, tf->rsi, tf->rdi, tf->rbp, tf->r8,
                         tf->r9,  tf->r10, tf->r11, tf->r12, tf->r13, tf->r14, tf->r15};
    for (int i = 0; i < 14; i++)
        KT_EQ(got[i], want[i]);
}

KTEST(trap_entry_clears_df_and_ac)
{
    KT_ASSERT(handler_installed());
    asm volatile("std; int %0; cld" ::"i"(TEST_VECTOR) : "rax", "memory");
    KT_ASSERT(seen.frame.rflags & RFLAGS_DF);
    KT_ASSERT(!(seen.rflags & RFLAGS_DF));
    if (!cpu_has_smap)
        KT_SKIP("no SMAP: AC means nothing to the kernel");
    asm volatile("stac; int %0; clac" ::"i"(TEST_VECTOR) : "rax", "memory");
    KT_ASSERT(seen.frame.rflags & RFLAGS_AC);
    KT_ASSERT(!(seen.rflags & RFLAGS_AC));
}

static NOINLINE void trap_from_here(void)
{
    asm volatile("int %0" ::"i"(TEST_VECTOR) : "rax", "memory");
}

KTEST(backtrace_crosses_a_trap)
{
    KT_ASSERT(handler_installed());
    trap_from_here();
    bool found = false;
    for (unsigned i = 0; i < seen.ncallers; i++) {
        const char *name;
        u64 start;
        if (ksym_lookup(seen.callers[i], &name, &start) && start == (u64)trap_from_here)
            found = true;
    }
    KT_ASSERT(found);
}

KTEST(ksym_names_addresses)
{
    const char *name;
    u64 start;
    char buf[64];
    KT_ASSERT(ksym_lookup((u64)ktest_run_all + 3, &name, &start));
    KT_ASSERT(strcmp(name, "ktest_run_all") == 0);
    KT_EQ(start, ktest_run_all);
    KT_ASSERT(!ksym_lookup((u64)data_start, &name, &start));
    KT_ASSERT(strcmp(ksym_format((u64)ktest_run_all + 3, buf, sizeof buf), "ktest_run_all+0x3") ==
              0);
    KT_ASSERT(strcmp(ksym_format(0x1234, buf, sizeof buf), "0x1234") == 0);
}

KTEST(percpu_points_at_itself)
{
    preempt_disable();
    struct percpu *p = this_cpu();
    KT_EQ(p, &percpu[cpu_id()]);
    KT_EQ(p->self, p);
    KT_EQ(rdmsr(MSR_GS_BASE), p);
    preempt_enable();
}

KTEST(cpu_protections_are_on)
{
    u64 cr0 = read_cr0(), cr4 = read_cr4();
    KT_ASSERT(cr0 & CR0_WP);
    KT_ASSERT(!(cr0 & CR0_TS));
    KT_ASSERT(rdmsr(MSR_EFER) & EFER_NXE);
    KT_EQ(!!(cr4 & CR4_SMEP), cpu_has("smep"));
    KT_EQ(!!(cr4 & CR4_SMAP), cpu_has("smap"));
    KT_EQ(!!(cr4 & CR4_UMIP), cpu_has("umip"));
}
