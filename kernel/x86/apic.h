/* The local APIC (interrupts between CPUs, the timer) and the I/O APICs (interrupts from devices).
 *
 * The legacy PIC is masked for good. Source: Intel SDM vol. 3, "Advanced Programmable Interrupt
 * Controller".
 */
#pragma once
#include "lib/types.h"

/* How to map device registers, uncached; panics or returns good memory. Given by kmain
 * (mm/kmap.h: mmio_map), for x86/ lies below mm/. */
typedef void *(*apic_map_fn)(paddr_t pa, size_t len);

/* Mask the PIC, map the local APIC and the I/O APICs, enable this CPU's and measure its timer
 * (half a millisecond). Once, on the boot CPU, after acpi_init, clock_init, the IDT and mm_init;
 * interrupts off. */
void apic_init(apic_map_fn map);
/* Enable this CPU's local APIC: all other CPUs. */
void apic_init_cpu(void);
u32 apic_id(void);
void apic_eoi(void);
/* Send `vector` to one CPU by its number. Interrupts may be on or off. */
void apic_send(unsigned cpu, unsigned vector);
void apic_send_nmi(unsigned cpu);
/* INIT, then STARTUP at a page below 1 MiB, to a CPU by its APIC id (Intel SDM vol. 3,
 * "Multiple-Processor Management"). smp.c knows the delays between them. */
void apic_send_init(u32 apic_id);
void apic_send_startup(u32 apic_id, paddr_t trampoline);
/* One timer interrupt (VEC_TIMER) on this CPU in `ns` nanoseconds (clamped to what the hardware
 * counts); 0 disarms. */
void apic_timer_arm(u64 ns);

/* Map the I/O APICs of the MADT and mask every pin (by apic_init). */
void ioapic_init(apic_map_fn map);
/* Route a legacy ISA interrupt (MADT overrides applied) to `vector` on `cpu` and unmask it.
 * -ENODEV: no such pin. Interrupts off, or before other CPUs route: drivers route at boot. */
MUST_CHECK int ioapic_route(unsigned isa_irq, unsigned vector, unsigned cpu);
/* Route a global system interrupt, with its polarity and trigger as given. */
MUST_CHECK int ioapic_route_gsi(u32 gsi, unsigned vector, unsigned cpu, bool level,
                                bool active_low);

/* Silence the two 8259 controllers of the PC/AT (pic.c). */
void pic_mask_all(void);
