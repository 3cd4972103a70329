/* ioapic.c: which device interrupt goes to which vector of which CPU.
 *
 * Each I/O APIC has a table with a 64-bit entry a pin, reached through an index and a data register
 * (Intel I/O APIC data sheet, "Register Description"). Pins of all I/O APICs together are numbered
 * as global system interrupts; the sixteen ISA interrupts are the first of them, except where the
 * MADT says otherwise.
 */
#include "abi/errno.h"
#include "lib/klog.h"
#include "x86/acpi.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/percpu.h"

enum { IO_INDEX = 0x00, IO_DATA = 0x10, IO_BYTES = 0x20 }; /* registers in memory */
enum { IOAPIC_VERSION = 1, IOAPIC_TABLE = 0x10 };          /* what the index selects */
enum { ENTRY_ACTIVE_LOW = 1 << 13, ENTRY_LEVEL = 1 << 15, ENTRY_MASKED = 1 << 16 };
enum { ENTRY_DEST_SHIFT = 24 };       /* in the upper word */
enum { IOAPIC_DEFAULT = 0xfec00000 }; /* where it is without a MADT */

static struct ioapic {
    char *regs;
    u32 gsi_base, npins;
} ioapics[ACPI_MAX_IOAPICS];
static unsigned nioapics;

static u32 io_read(struct ioapic *io, u32 index)
{
    mmio_write32(io->regs + IO_INDEX, index);
    return mmio_read32(io->regs + IO_DATA);
}

static void io_write(struct ioapic *io, u32 index, u32 v)
{
    mmio_write32(io->regs + IO_INDEX, index);
    mmio_write32(io->regs + IO_DATA, v);
}

static void ioapic_add(apic_map_fn map, paddr_t addr, u32 gsi_base)
{
    struct ioapic *io = &ioapics[nioapics++];
    io->regs = map(addr, IO_BYTES);
    io->gsi_base = gsi_base;
    io->npins = (io_read(io, IOAPIC_VERSION) >> 16 & 0xff) + 1;
    for (u32 pin = 0; pin < io->npins; pin++)
        io_write(io, IOAPIC_TABLE + 2 * pin, ENTRY_MASKED);
    klog("ioapic: at %#lx, interrupts %u-%u", addr, gsi_base, gsi_base + io->npins - 1);
}

void ioapic_init(apic_map_fn map)
{
    for (unsigned i = 0; i < acpi.nioapics; i++)
        ioapic_add(map, acpi.ioapic[i].addr, acpi.ioapic[i].gsi_base);
    if (acpi.nioapics == 0)
        ioapic_add(map, IOAPIC_DEFAULT, 0);
}

int ioapic_route_gsi(u32 gsi, unsigned vector, unsigned cpu, bool level, bool active_low)
{
    for (unsigned i = 0; i < nioapics; i++) {
        struct ioapic *io = &ioapics[i];
        if (gsi < io->gsi_base || gsi - io->gsi_base >= io->npins)
            continue;
        u32 entry = IOAPIC_TABLE + 2 * (gsi - io->gsi_base);
        io_write(io, entry + 1, percpu[cpu].apic_id << ENTRY_DEST_SHIFT);
        io_write(io, entry,
                 vector | (level ? ENTRY_LEVEL : 0) | (active_low ? ENTRY_ACTIVE_LOW : 0));
        return 0;
    }
    return -ENODEV;
}

int ioapic_route(unsigned isa_irq, unsigned vector, unsigned cpu)
{
    for (unsigned i = 0; i < acpi.noverrides; i++) {
        const struct acpi_override *o = &acpi.override[i];
        if (o->irq == isa_irq)
            return ioapic_route_gsi(o->gsi, vector, cpu, o->level, o->active_low);
    }
    return ioapic_route_gsi(isa_irq, vector, cpu, false, false); /* ISA: edge, active high */
}
