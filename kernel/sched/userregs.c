/* Saving and loading user registers at a switch (userregs.h).
 *
 * FPU state is switched eagerly: XSAVE and XRSTOR know which parts are in use and cost less than
 * the trap of a lazy scheme. With FSGSBASE a program sets its bases without asking us, so they are
 * read at each switch; without it the values in struct thread are the truth, and writing the MSRs
 * is dear, so that is done only when they differ from what the CPU has. While the kernel runs, the
 * user's gs base is the one that swapgs has put aside.
 */
#include "sched/userregs.h"
#include "sched/thread.h"
#include "x86/cpu.h"
#include "x86/cpufeature.h"
#include "x86/fpu.h"

/* Without FSGSBASE: what this CPU's MSRs hold. Only its own CPU, interrupts off. */
static struct {
    u64 fs, gs;
} loaded[MAX_CPUS];

static u64 read_fs(void)
{
    u64 v;
    asm volatile("rdfsbase %0" : "=r"(v));
    return v;
}

/* Interrupts are off; an NMI in between finds its own way to the per-CPU data (x86/entry.S). */
static u64 read_user_gs(void)
{
    u64 v;
    asm volatile("swapgs; rdgsbase %0; swapgs" : "=r"(v));
    return v;
}

static void write_bases_fast(u64 fs, u64 gs)
{
    asm volatile("wrfsbase %0" ::"r"(fs));
    asm volatile("swapgs; wrgsbase %0; swapgs" ::"r"(gs));
}

static void write_bases_msr(u64 fs, u64 gs)
{
    unsigned cpu = cpu_id();
    if (loaded[cpu].fs != fs)
        wrmsr(MSR_FS_BASE, loaded[cpu].fs = fs);
    if (loaded[cpu].gs != gs)
        wrmsr(MSR_KERNEL_GS_BASE, loaded[cpu].gs = gs);
}

static void bases_save(struct thread *t)
{
    if (cpu_has_fsgsbase) {
        t->fs_base = read_fs();
        t->gs_base = read_user_gs();
    }
}

static void bases_load(const struct thread *t)
{
    if (cpu_has_fsgsbase)
        write_bases_fast(t->fs_base, t->gs_base);
    else
        write_bases_msr(t->fs_base, t->gs_base);
}

/* A kernel thread leaves the CPU's registers as the last user thread had them; they are saved, so
 * nobody minds. */
void userregs_switch(struct thread *prev, struct thread *next)
{
    if (prev->fpu) {
        fpu_save(prev->fpu);
        bases_save(prev);
    }
    if (next->fpu) {
        fpu_load(next->fpu);
        bases_load(next);
    }
}

void userregs_copy(struct thread *child)
{
    bool on = irqs_save();
    struct thread *t = thread_current();
    bases_save(t);
    child->fs_base = t->fs_base;
    child->gs_base = t->gs_base;
    fpu_save(child->fpu);
    irqs_restore(on);
}

static void set_bases(u64 fs, u64 gs)
{
    struct thread *t = thread_current();
    t->fs_base = fs;
    t->gs_base = gs;
    bases_load(t);
}

void userregs_reset_fpu(void)
{
    bool on = irqs_save();
    struct thread *t = thread_current();
    fpu_area_init(t->fpu);
    fpu_load(t->fpu);
    irqs_restore(on);
}

void userregs_reset(void)
{
    userregs_reset_fpu();
    bool on = irqs_save();
    set_bases(0, 0);
    irqs_restore(on);
}

void userregs_set_fs(u64 base)
{
    bool on = irqs_save();
    bases_save(thread_current());
    set_bases(base, thread_current()->gs_base);
    irqs_restore(on);
}

void userregs_set_gs(u64 base)
{
    bool on = irqs_save();
    bases_save(thread_current());
    set_bases(thread_current()->fs_base, base);
    irqs_restore(on);
}

u64 userregs_get_fs(void)
{
    bool on = irqs_save();
    bases_save(thread_current());
    irqs_restore(on);
    return thread_current()->fs_base;
}

u64 userregs_get_gs(void)
{
    bool on = irqs_save();
    bases_save(thread_current());
    irqs_restore(on);
    return thread_current()->gs_base;
}
