/* acpi.c: from the root pointer to the tables, and what the MADT and the FADT say.
 *
 * The main idea is one function, table_map, through which every table enters: reach, length and
 * checksum are checked there, so what it returns may be read up to its stated length and no
 * further. Variable-length contents are then walked by a cursor that never passes the end. It does
 * not interpret AML (s5_scan says why it need not).
 */
#include "x86/acpi.h"

#include "lib/klog.h"
#include "lib/string.h"
#include "x86/acpi_tables.h"

enum { TABLE_MAX_BYTES = 1 << 20 }; /* the largest real ones (DSDTs) have a few hundred KiB */
enum { EBDA_POINTER = 0x40e, EBDA_BYTES = 1024, BIOS_ROM = 0xe0000, BIOS_ROM_END = 0x100000 };

struct acpi_info acpi;
static acpi_map_fn map_fn;
static const struct acpi_header *tables[ACPI_MAX_TABLES];
static unsigned ntables;

static bool checksum_ok(const void *p, size_t len)
{
    const u8 *b = p;
    u8 sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += b[i];
    return sum == 0;
}

/* Wherever a table comes from, it comes through here. NULL (reported) if it cannot be trusted. */
static const struct acpi_header *table_map(paddr_t pa)
{
    const struct acpi_header *h = map_fn(pa, sizeof *h);
    if (!h) {
        klog_warn("acpi: table at %#lx is out of reach", pa);
        return NULL;
    }
    u32 length = h->length;
    bool plausible = length >= sizeof *h && length <= TABLE_MAX_BYTES;
    const struct acpi_header *whole = plausible ? map_fn(pa, length) : NULL;
    if (!whole) {
        klog_warn("acpi: table %.4s at %#lx claims %u bytes: ignored", h->signature, pa, length);
        return NULL;
    }
    h = whole; /* the header's own mapping may be a shorter one */
    if (!checksum_ok(h, h->length)) {
        klog_warn("acpi: table %.4s at %#lx has a wrong checksum: ignored", h->signature, pa);
        return NULL;
    }
    return h;
}

/* --- the root --- */

static const struct acpi_rsdp *rsdp_at(paddr_t pa)
{
    const struct acpi_rsdp *r = map_fn(pa, ACPI_RSDP_V1_BYTES);
    if (!r || memcmp(r->signature, "RSD PTR ", 8) != 0 || !checksum_ok(r, ACPI_RSDP_V1_BYTES))
        return NULL;
    return r;
}

/* Where in [start, end) is a root pointer? 0: nowhere. It stands on a multiple of 16. */
static paddr_t rsdp_scan(paddr_t start, paddr_t end)
{
    for (paddr_t pa = start; pa < end; pa += 16)
        if (rsdp_at(pa))
            return pa;
    return 0;
}

/* ACPI Specification, "Finding the RSDP on IA-PC Systems": the first KiB of the EBDA, then the
 * BIOS's ROM. */
static paddr_t rsdp_search(void)
{
    const u8 *segment = map_fn(EBDA_POINTER, 2);
    paddr_t ebda = segment ? (paddr_t)(segment[0] | segment[1] << 8) << 4 : 0;
    paddr_t pa = ebda ? rsdp_scan(ebda, ebda + EBDA_BYTES) : 0;
    return pa ? pa : rsdp_scan(BIOS_ROM, BIOS_ROM_END);
}

/* Does the version-2 part exist, and is it whole? */
static bool rsdp_has_xsdt(const struct acpi_rsdp *r, paddr_t pa)
{
    return r->revision >= 2 && map_fn(pa, sizeof *r) && r->length >= sizeof *r &&
           r->length <= TABLE_MAX_BYTES && map_fn(pa, r->length) && checksum_ok(r, r->length) &&
           r->xsdt;
}

/* Collect the tables that a root table points to; its entries are `width` bytes each and not
 * aligned. */
static void root_read(const struct acpi_header *root, size_t width)
{
    size_t n = (root->length - sizeof *root) / width;
    const u8 *entry = (const u8 *)(root + 1);
    for (size_t i = 0; i < n && ntables < ACPI_MAX_TABLES; i++, entry += width) {
        u64 pa = 0;
        memcpy(&pa, entry, width);
        const struct acpi_header *h = table_map(pa);
        if (h)
            tables[ntables++] = h;
    }
}

/* Read the root table: the XSDT where a good one exists, else the RSDT with its 32-bit entries. */
static bool root_find(paddr_t pa)
{
    const struct acpi_rsdp *r = pa ? rsdp_at(pa) : NULL;
    if (!r)
        return false;
    const struct acpi_header *root = rsdp_has_xsdt(r, pa) ? table_map(r->xsdt) : NULL;
    if (root && memcmp(root->signature, "XSDT", 4) == 0) {
        root_read(root, sizeof(u64));
        return true;
    }
    root = table_map(r->rsdt);
    if (root && memcmp(root->signature, "RSDT", 4) == 0) {
        root_read(root, sizeof(u32));
        return true;
    }
    return false;
}

const void *acpi_find(const char sig[4])
{
    for (unsigned i = 0; i < ntables; i++)
        if (memcmp(tables[i]->signature, sig, 4) == 0)
            return tables[i];
    return NULL;
}

/* --- MADT: processors and interrupt controllers --- */

static void cpu_add(u32 apic_id, u32 flags)
{
    if (!(flags & MADT_ENABLED))
        return;
    for (unsigned i = 0; i < acpi.ncpus; i++)
        if (acpi.cpu_apic_id[i] == apic_id)
            return; /* listed as LAPIC and as X2APIC */
    acpi.cpus_listed++;
    if (acpi.ncpus < MAX_CPUS)
        acpi.cpu_apic_id[acpi.ncpus++] = apic_id;
}

static void ioapic_add(const struct acpi_madt_ioapic *io)
{
    if (acpi.nioapics == ACPI_MAX_IOAPICS)
        return;
    acpi.ioapic[acpi.nioapics++] = (struct acpi_ioapic){.addr = io->addr, .gsi_base = io->gsi_base};
}

static void override_add(const struct acpi_madt_override *o)
{
    if (o->bus != 0 || acpi.noverrides == ACPI_MAX_OVERRIDES)
        return; /* bus 0 is ISA; there is no other */
    acpi.override[acpi.noverrides++] = (struct acpi_override){.irq = o->irq,
                                                              .gsi = o->gsi,
                                                              .active_low = (o->flags & 3) == 3,
                                                              .level = (o->flags >> 2 & 3) == 3};
}

static void madt_entry(const struct acpi_madt_entry *e)
{
    /* the shortest entry of each type that may be read as its struct */
    static const u8 min_len[] = {
        [MADT_LAPIC] = sizeof(struct acpi_madt_lapic),
        [MADT_IOAPIC] = sizeof(struct acpi_madt_ioapic),
        [MADT_OVERRIDE] = sizeof(struct acpi_madt_override),
        [MADT_LAPIC_ADDR] = sizeof(struct acpi_madt_lapic_addr),
        [MADT_X2APIC] = sizeof(struct acpi_madt_x2apic),
    };
    if (e->type >= ARRAY_SIZE(min_len) || e->length < min_len[e->type])
        return;
    const struct acpi_madt_lapic *l = (const void *)e;
    const struct acpi_madt_x2apic *x = (const void *)e;
    const struct acpi_madt_lapic_addr *a = (const void *)e;
    switch (e->type) {
    case MADT_LAPIC:
        cpu_add(l->apic_id, l->flags);
        break;
    case MADT_X2APIC:
        cpu_add(x->apic_id, x->flags);
        break;
    case MADT_IOAPIC:
        ioapic_add((const void *)e);
        break;
    case MADT_OVERRIDE:
        override_add((const void *)e);
        break;
    case MADT_LAPIC_ADDR:
        acpi.lapic = a->addr;
        break;
    }
}

static void madt_read(const struct acpi_madt *m)
{
    if (!m || m->h.length < sizeof *m)
        return;
    acpi.lapic = m->lapic;
    const u8 *at = (const u8 *)(m + 1), *end = (const u8 *)m + m->h.length;
    while (end - at >= (ssize_t)sizeof(struct acpi_madt_entry)) {
        const struct acpi_madt_entry *e = (const void *)at;
        if (e->length < sizeof *e || e->length > end - at) {
            klog_warn("acpi: MADT entry of type %u claims %u bytes: the rest is ignored", e->type,
                      e->length);
            return;
        }
        madt_entry(e);
        at += e->length;
    }
}

/* --- FADT: the PM timer, power and reset --- */

/* One small constant of AML: ZeroOp, OneOp, BytePrefix n, WordPrefix n. Advances *at; false if it
 * is anything else. */
static bool aml_small(const u8 **at, const u8 *end, u8 *out)
{
    enum { AML_ZERO = 0, AML_ONE = 1, AML_BYTE = 0x0a, AML_WORD = 0x0b };
    if (*at >= end)
        return false;
    u8 op = *(*at)++;
    if (op == AML_ZERO || op == AML_ONE) {
        *out = op;
        return true;
    }
    int bytes = op == AML_BYTE ? 1 : op == AML_WORD ? 2 : 0;
    if (!bytes || end - *at < bytes)
        return false;
    *out = **at;
    *at += bytes;
    return true;
}

/* Is there, at the name segment "_S5_", a definition Name (\_S5_, Package () { type_a, type_b,
 * ... })? */
static bool s5_at(const u8 *aml, const u8 *name, const u8 *end)
{
    enum { AML_NAME_OP = 0x08, AML_PACKAGE_OP = 0x12 };
    bool named = (name - aml >= 1 && name[-1] == AML_NAME_OP) ||
                 (name - aml >= 2 && name[-1] == '\\' && name[-2] == AML_NAME_OP);
    const u8 *at = name + 4;
    if (!named || end - at < 3 || *at++ != AML_PACKAGE_OP)
        return false;
    at += 1 + (*at >> 6); /* PkgLength: its top bits count the bytes that follow */
    at++;                 /* NumElements */
    return aml_small(&at, end, &acpi.s5_type_a) && aml_small(&at, end, &acpi.s5_type_b);
}

/* Find the sleep types for "soft off". They stand in the DSDT's byte code, but always as a
 * constant package directly below the root, because firmware must be able to name them before any
 * method runs: so a search for the name and a check of every byte around it do what an
 * interpreter would (ACPI Specification, "\_Sx (System States)"). */
static void s5_scan(const struct acpi_header *dsdt)
{
    const u8 *aml = (const u8 *)(dsdt + 1), *end = (const u8 *)dsdt + dsdt->length;
    for (const u8 *p = aml; end - p >= 4; p++) {
        if (memcmp(p, "_S5_", 4) == 0 && s5_at(aml, p, end)) {
            acpi.s5_known = true;
            return;
        }
    }
}

/* Is the field whole in this table? Older revisions are shorter. */
#define HAS(f, field) ((f)->h.length >= offsetof(struct acpi_fadt, field) + sizeof((f)->field))

static void fadt_read(const struct acpi_fadt *f)
{
    if (!f || !HAS(f, flags))
        return;
    acpi.sci_irq = f->sci_irq;
    acpi.century_reg = f->century;
    acpi.pm1a_cnt = f->pm1a_cnt;
    acpi.pm1b_cnt = f->pm1b_cnt;
    if (f->pm_tmr_len == 4 && f->pm_tmr < 0x10000) {
        acpi.pm_timer_port = f->pm_tmr;
        acpi.pm_timer_32bit = f->flags & FADT_TMR_VAL_EXT;
    }
    if (HAS(f, reset_value) && (f->flags & FADT_RESET_SUP) && f->reset.space <= ACPI_SPACE_IO) {
        acpi.reset_known = true;
        acpi.reset_space = f->reset.space;
        acpi.reset_addr = f->reset.addr;
        acpi.reset_value = f->reset_value;
    }
    paddr_t pa = HAS(f, x_dsdt) && f->x_dsdt ? f->x_dsdt : f->dsdt;
    const struct acpi_header *dsdt = pa ? table_map(pa) : NULL;
    if (dsdt)
        s5_scan(dsdt);
}

void acpi_init(paddr_t rsdp, acpi_map_fn map)
{
    memset(&acpi, 0, sizeof acpi);
    ntables = 0;
    map_fn = map;
    if (!root_find(rsdp) && !root_find(rsdp_search())) {
        klog_warn("acpi: no valid tables: one CPU, no power management");
        return;
    }
    acpi.present = true;
    madt_read(acpi_find("APIC"));
    fadt_read(acpi_find("FACP"));
    klog("acpi: %u tables, %u CPUs, %u I/O APICs%s", ntables, acpi.cpus_listed, acpi.nioapics,
         acpi.s5_known ? ", can power off" : "");
}
