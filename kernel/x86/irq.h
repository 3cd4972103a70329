/* The trap table: which function answers which vector.
 *
 * A student extends it with trap_register; /proc/traps and the `traps` command list it with counts.
 * Vectors 0-31 are the processor's, 32-239 go to devices through the I/O APIC or MSI, 240-255 to
 * the local APIC (timer, IPIs, spurious).
 */
#pragma once
#include "lib/types.h"

struct trapframe;
typedef void (*trap_fn)(struct trapframe *tf, void *arg);
typedef void (*irq_fn)(void *arg);

enum {
    VEC_IRQ_BASE = 32, /* legacy IRQ n, when routed by ioapic_route, is VEC_IRQ_BASE + n */
    VEC_IRQ_END = 240,
    VEC_TIMER = 240,
    VEC_RESCHED = 241,
    VEC_CALL = 242, /* ipi_call_mask */
    VEC_STOP = 243, /* panic on another CPU, where NMI is not used */
    VEC_ERROR = 254,
    VEC_SPURIOUS = 255,
};

struct trap_slot {
    trap_fn fn; /* NULL: nobody registered; the trap is reported as unexpected */
    irq_fn irq; /* what irq_register was given */
    void *arg;
    const char *name;
    bool is_irq; /* acknowledge at the local APIC after the handler */
};

/* Install fn for `vector` (0-255). -EBUSY if one is there, -EINVAL if out of range. Any context
 * after x86_init. */
MUST_CHECK int trap_register(unsigned vector, trap_fn fn, void *arg, const char *name);
/* The same for a device interrupt: fn runs in hard-interrupt context (interrupts off, may take leaf
 * locks, never sleeps) and the APIC is acknowledged for it. */
MUST_CHECK int irq_register(unsigned vector, irq_fn fn, void *arg, const char *name);
/* A free device vector for MSI or for a driver that does not care; 0 if none is left. */
unsigned irq_vector_alloc(void);

/* For sys/trap.c: the slot of a vector (never NULL), and the count of the trap on this CPU. */
struct trap_slot *trap_slot(unsigned vector);
void trap_count(unsigned vector);
/* For /proc/traps: how often the vector was taken on all CPUs together. */
u64 trap_total(unsigned vector);
/* How often it was taken on one CPU. */
u64 trap_count_on(unsigned cpu, unsigned vector);
/* "#PF page fault", or what the vector's owner registered; never NULL. */
const char *trap_name(unsigned vector);
