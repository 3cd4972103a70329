/* The other CPUs: starting them, and asking them to do something.
 */
#pragma once
#include "lib/types.h"
#include "lib/bitmap.h"
#include "x86/percpu.h"

/* A set of CPUs. One word, as MAX_CPUS is 64. */
typedef u64 cpumask_t;
#define CPUMASK_ALL (~(cpumask_t)0)
static inline cpumask_t cpumask_of(unsigned cpu) { return (cpumask_t)1 << cpu; }
/* CPUs that run the kernel. Only grows. */
extern _Atomic cpumask_t cpus_online;

/* Start every CPU of the MADT; each enters ap_main(cpu) on a stack from stack_for(cpu) (its top address), with
 * percpu[cpu].ist_stacks already set from `alloc(IST_BYTES)`: both come from the layers above, which own memory.
 * Returns how many are online, the boot CPU included. */
unsigned smp_init(vaddr_t (*stack_for)(unsigned cpu), void *(*alloc)(size_t bytes));
/* The count of enabled CPUs that the MADT lists. */
unsigned smp_cpus_present(void);

/* Run fn(arg) on every online CPU of `mask` except this one, in interrupt context, and wait until all are done.
 * Interrupts must be on and no spinlock held (two callers would wait for each other for ever: asserted). */
void ipi_call_mask(cpumask_t mask, void (*fn)(void *), void *arg);
/* Make CPU `cpu` pass through its trap exit soon. */
void ipi_resched(unsigned cpu);
/* Stop all other CPUs for good (panic); waits a bounded time. Any context. */
void smp_stop_others(void);
