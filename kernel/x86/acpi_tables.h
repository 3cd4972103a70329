/* The layout of the ACPI tables that the kernel reads (ACPI Specification, "System Description
 * Table Formats").
 */
#pragma once
#include "lib/types.h"

struct acpi_rsdp {
    char signature[8]; /* "RSD PTR " */
    u8 checksum;       /* of the first 20 bytes */
    char oem[6];
    u8 revision; /* >= 2: the fields from length on exist */
    u32 rsdt;
    u32 length;
    u64 xsdt;
    u8 checksum_all, reserved[3];
} PACKED;
_Static_assert(sizeof(struct acpi_rsdp) == 36, "Root System Description Pointer");
enum { ACPI_RSDP_V1_BYTES = 20 };

struct acpi_header {
    char signature[4];
    u32 length;            /* of the whole table, this header included */
    u8 revision, checksum; /* all bytes of the table add up to 0 */
    char oem[6], oem_table[8];
    u32 oem_revision, creator, creator_revision;
} PACKED;
_Static_assert(sizeof(struct acpi_header) == 36, "System Description Table Header");

struct acpi_madt {
    struct acpi_header h; /* "APIC" */
    u32 lapic, flags;
} PACKED;

/* Each entry of the MADT starts so. */
struct acpi_madt_entry {
    u8 type, length;
} PACKED;

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDR = 5, MADT_X2APIC = 9 };
enum { MADT_ENABLED = 1 };

struct acpi_madt_lapic {
    struct acpi_madt_entry e;
    u8 uid, apic_id;
    u32 flags;
} PACKED;
struct acpi_madt_ioapic {
    struct acpi_madt_entry e;
    u8 id, reserved;
    u32 addr, gsi_base;
} PACKED;
struct acpi_madt_override {
    struct acpi_madt_entry e;
    u8 bus, irq;
    u32 gsi;
    u16 flags; /* bits 0-1 polarity, 2-3 trigger; 3 in either: active low, level */
} PACKED;
struct acpi_madt_lapic_addr {
    struct acpi_madt_entry e;
    u16 reserved;
    u64 addr;
} PACKED;
struct acpi_madt_x2apic {
    struct acpi_madt_entry e;
    u16 reserved;
    u32 apic_id, flags, uid;
} PACKED;
_Static_assert(sizeof(struct acpi_madt_lapic) == 8, "Processor Local APIC Structure");
_Static_assert(sizeof(struct acpi_madt_ioapic) == 12, "I/O APIC Structure");
_Static_assert(sizeof(struct acpi_madt_override) == 10, "Interrupt Source Override Structure");
_Static_assert(sizeof(struct acpi_madt_lapic_addr) == 12, "Local APIC Address Override Structure");
_Static_assert(sizeof(struct acpi_madt_x2apic) == 16, "Processor Local x2APIC Structure");

struct acpi_gas { /* Generic Address Structure */
    u8 space, bits, offset, access;
    u64 addr;
} PACKED;

struct acpi_fadt { /* "FACP"; older revisions end earlier */
    struct acpi_header h;
    u32 firmware_ctrl, dsdt;
    u8 reserved, profile;
    u16 sci_irq;
    u32 smi_cmd;
    u8 acpi_enable, acpi_disable, s4bios, pstate;
    u32 pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr, gpe0, gpe1;
    u8 pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len, gpe0_len, gpe1_len, gpe1_base, cst;
    u16 c2_latency, c3_latency, flush_size, flush_stride;
    u8 duty_offset, duty_width, day_alarm, month_alarm, century;
    u16 boot_flags;
    u8 reserved2;
    u32 flags;
    struct acpi_gas reset;
    u8 reset_value;
    u16 arm_flags;
    u8 minor;
    u64 x_firmware_ctrl, x_dsdt;
} PACKED;
_Static_assert(offsetof(struct acpi_fadt, pm_tmr) == 76, "Fixed ACPI Description Table");
_Static_assert(offsetof(struct acpi_fadt, flags) == 112, "Fixed ACPI Description Table");
_Static_assert(offsetof(struct acpi_fadt, x_dsdt) == 140, "Fixed ACPI Description Table");
enum { FADT_TMR_VAL_EXT = 1 << 8, FADT_RESET_SUP = 1 << 10 };
