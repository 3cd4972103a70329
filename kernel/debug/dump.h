/* What every CPU is doing, on demand: a non-maskable interrupt gets through to a CPU that hangs
 * with interrupts off.
 */
#pragma once
#include "lib/types.h"

struct trapframe;

/* The NMI handler, called on the IST stack: if a panic is on, stop; if a dump was asked for (by
 * dump_cpus, or by an NMI from outside: QEMU's `nmi`), print this CPU's registers and backtrace. */
void dump_nmi(const struct trapframe *tf);
/* Stacks of all CPUs by NMI, one after the other, then the dump hooks. Any context. Waits a bounded
 * time for each. */
void dump_cpus(void);
