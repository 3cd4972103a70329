/* One struct per CPU, reached through %gs while the CPU is in the kernel.
 *
 * Only what the entry code and the lowest layers need lives here; a higher layer keeps its own
 * array indexed by cpu_id() (runqueues in sched/, frame caches in mm/). A value read through
 * this_cpu() is stale as soon as the thread may move to another CPU: hold a spinlock, or disable
 * preemption, around the use.
 */
#pragma once
#include "lib/types.h"
#include "x86/context.h"
#include "x86/gdt.h"

enum { MAX_CPUS = 64 };

struct percpu {
    struct percpu *self; /* offset 0: %gs:0 is the struct's own address */
    struct ctx *current; /* the context that runs here */
    u64 user_rsp;        /* syscall entry parks the user's stack pointer here */
    u64 kernel_rsp;      /* top of the current thread's kernel stack (also tss.rsp0) */
    u32 id;              /* 0 .. ncpus - 1, the boot CPU is 0 */
    u32 apic_id;
    u64 canary;       /* offset 40: where gcc's stack protector looks with -mcmodel=kernel */
    u64 crossing_tsc; /* TSC at the last user/kernel/irq/idle boundary (sched/account.h) ... */
    u64 spent_tsc[4]; /* ... and the ticks spent so far in each enum cpu_mode */
    u64 syscalls;     /* system calls made here */
    bool online;
    bool in_irq;      /* inside an interrupt handler: no sleeping */
    void *ist_stacks; /* IST_BYTES: the stacks of #DF, NMI, #MC and #DB */
    struct gdt gdt;
    struct tss tss;
    u64 nmi_count;
};
_Static_assert(__builtin_offsetof(struct percpu, self) == 0, "entry.S and this_cpu()");
_Static_assert(__builtin_offsetof(struct percpu, canary) == 40, "stack protector ABI");

extern struct percpu percpu[MAX_CPUS];
extern unsigned ncpus; /* CPUs that the machine has and the kernel drives; fixed after smp_init */

static inline struct percpu *this_cpu(void)
{
    struct percpu *p;
    asm("movq %%gs:0, %0" : "=r"(p));
    return p;
}

/* The running context in one load: correct even if the thread migrates, as each thread sees itself.
 */
static inline struct ctx *ctx_current(void)
{
    struct ctx *c;
    asm("movq %%gs:8, %0" : "=r"(c));
    return c;
}

static inline unsigned cpu_id(void)
{
    u32 id;
    asm volatile("movl %%gs:32, %0" : "=r"(id));
    return id;
}

static inline void preempt_disable(void)
{
    ctx_current()->preempt_depth++;
    asm volatile("" ::: "memory");
}

/* Does not reschedule by itself: a request that arrived meanwhile is honoured at the next trap
 * exit. */
static inline void preempt_enable(void)
{
    asm volatile("" ::: "memory");
    ctx_current()->preempt_depth--;
}
