/* The local APIC (interrupts between CPUs, the timer) and the I/O APICs (interrupts from devices).
 *
 * The legacy PIC is masked for good. Source: Intel SDM vol. 3, "Advanced Programmable Interrupt Controller".
 */
#pragma once
#include "lib/types.h"

/* Map the local APIC and mask the PIC; once, on the boot CPU. */
void apic_init(void);
/* Enable this CPU's local APIC. */
void apic_init_cpu(void);
u32 apic_id(void);
void apic_eoi(void);
/* Send `vector` to one CPU by its number. Interrupts may be on or off. */
void apic_send(unsigned cpu, unsigned vector);
void apic_send_nmi(unsigned cpu);
/* INIT and STARTUP to a CPU by its APIC id (Intel SDM vol. 3, "Multiple-Processor Management"). */
void apic_start_cpu(u32 apic_id, paddr_t trampoline);
/* One timer interrupt (VEC_TIMER) on this CPU in `ns` nanoseconds (clamped to what the hardware counts); 0 disarms. */
void apic_timer_arm(u64 ns);

/* Route a legacy ISA interrupt (MADT overrides applied) to `vector` on `cpu` and unmask it. -ENODEV: no such pin. */
MUST_CHECK int ioapic_route(unsigned isa_irq, unsigned vector, unsigned cpu);
/* Route a global system interrupt, with its polarity and trigger as given. */
MUST_CHECK int ioapic_route_gsi(u32 gsi, unsigned vector, unsigned cpu, bool level, bool active_low);
