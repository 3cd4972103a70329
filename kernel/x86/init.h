/* The machine layer's part of boot.
 */
#pragma once
#include "lib/types.h"
#include "x86/apic.h"

/* The first thing that C does on the boot CPU: this_cpu(), the early console, the trap table, so
 * that every mistake from here on is reported. `boot_ctx` is the context that runs until the
 * scheduler takes over. */
void x86_early_init(void);
/* On every other CPU, before anything else: the same for itself; percpu[cpu] is filled in by
 * smp_init. */
void x86_init_cpu(unsigned cpu);
/* Boot CPU, with memory and the ACPI tables up: clock, interrupt controllers, FPU. */
void x86_init(apic_map_fn map);
