/* What the firmware says about the machine: processors, interrupt controllers, the power-management
 * timer, how to switch off.
 *
 * Only the static tables are read (ACPI Specification, "ACPI Software Programming Model"); the one
 * thing that lives in byte code, the sleep type of S5, is found by a careful scan instead of an
 * interpreter. The MP table is never used.
 *
 * Every byte comes from outside, so nothing here trusts a length: a table that is too short, too
 * long, out of reach or has a wrong checksum is reported and left out, and a machine without tables
 * is a machine with one processor.
 */
#pragma once
#include "lib/types.h"
#include "x86/percpu.h"

enum { ACPI_MAX_IOAPICS = 8, ACPI_MAX_OVERRIDES = 16, ACPI_MAX_TABLES = 64 };

struct acpi_ioapic {
    paddr_t addr;
    u32 gsi_base; /* the first global system interrupt that its pins serve */
};

/* ISA interrupt `irq` arrives as global system interrupt `gsi`, with this polarity and trigger. */
struct acpi_override {
    u8 irq;
    u32 gsi;
    bool active_low, level;
};

struct acpi_info {
    bool present;         /* valid root tables were found */
    paddr_t lapic;        /* registers of the local APICs; 0: the processor's default */
    unsigned cpus_listed; /* enabled processors in the MADT, also those beyond MAX_CPUS */
    unsigned ncpus, nioapics, noverrides;
    u32 cpu_apic_id[MAX_CPUS];
    struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
    struct acpi_override override[ACPI_MAX_OVERRIDES];

    u16 pm_timer_port;   /* 0: none */
    bool pm_timer_32bit; /* otherwise it counts 24 bits */
    u16 sci_irq;
    u8 century_reg;         /* CMOS register with the century; 0: none */
    u16 pm1a_cnt, pm1b_cnt; /* ports that take the sleep type; 0: none */
    bool s5_known;
    u8 s5_type_a, s5_type_b;
    bool reset_known;
    u8 reset_space, reset_value; /* ACPI address space: 0 memory, 1 port */
    u64 reset_addr;
};
extern struct acpi_info acpi; /* fixed after acpi_init */

enum { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1 };

/* How to read [pa, pa + len): a pointer that stays good, or NULL where nothing readable is. Given
 * by the caller, for x86/ lies below the layer that maps memory (and a host test gives a buffer
 * of garbage). */
typedef const void *(*acpi_map_fn)(paddr_t pa, size_t len);

/* Find and read the tables. `rsdp` is the root pointer from the loader, 0 to search for it. Boot
 * CPU, once. */
void acpi_init(paddr_t rsdp, acpi_map_fn map);

/* The first table with this signature ("MCFG"), its length and checksum verified: at the result
 * stands the common header, whose u32 at offset 4 is the length. NULL if there is none. */
const void *acpi_find(const char sig[4]);
