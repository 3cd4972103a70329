/* The other CPUs: starting them, and asking them to do something.
 */
#pragma once
#include "lib/types.h"
#include "x86/percpu.h"

/* A set of CPUs. One word, as MAX_CPUS is 64. */
typedef u64 cpumask_t;
#define CPUMASK_ALL (~(cpumask_t)0)
static inline cpumask_t cpumask_of(unsigned cpu)
{
    return (cpumask_t)1 << cpu;
}
/* CPUs that run the kernel. Only grows. */
extern _Atomic cpumask_t cpus_online;

/* The page below 1 MiB that starting CPUs run their first instructions on. The frame allocator
 * leaves it alone. */
#define SMP_TRAMPOLINE_PA 0x8000ull

/* The memory of the CPUs that start: handed in by the layers above, which own memory. Each
 * function may return NULL; then the CPU does not start. */
struct smp_memory {
    void *trampoline;                     /* where the kernel can write SMP_TRAMPOLINE_PA */
    struct ctx *(*ctx_for)(unsigned cpu); /* the context, with a stack, that enters ap_main */
    void *(*alloc)(size_t bytes);         /* for its IST stacks (IST_BYTES) */
};

/* Start every CPU of the MADT, one after the other: each enters ap_main(cpu) and reports by
 * smp_cpu_online. Returns how many are online, the boot CPU included; fewer than
 * smp_cpus_present() means that one did not come up (the log says which) and that no further one
 * was tried. Interrupts may be on. */
unsigned smp_init(const struct smp_memory *mem);
/* For a CPU in ap_main: its descriptor tables, its APIC and its run queue stand, the next thing
 * it does is idle. Compares its clock with the boot CPU's. Interrupts off. */
void smp_cpu_online(void);
/* The count of enabled CPUs that the MADT lists (1 without a MADT), at most MAX_CPUS. */
unsigned smp_cpus_present(void);

/* Register the vectors of the IPIs: before the first thread is woken, for a CPU also sends itself
 * one. */
void ipi_init(void);
/* Run fn(arg) on every online CPU of `mask` except this one, in interrupt context, and wait until
 * all are done. Interrupts must be on and no spinlock held (two callers would wait for each other
 * for ever: checked). */
void ipi_call_mask(cpumask_t mask, void (*fn)(void *), void *arg);
/* Make CPU `cpu` pass through its trap exit soon. */
void ipi_resched(unsigned cpu);
/* Stop all other CPUs for good (panic), by NMI; waits a bounded time. Any context. Returns those
 * that did not stop. */
cpumask_t smp_stop_others(void);
/* What the NMI handler calls on a CPU that is to stop. */
NORETURN void smp_park(void);
