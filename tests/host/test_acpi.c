/* sources: kernel/x86/acpi.c */
/* The ACPI parser on tables that were made here, whole and damaged. Each table lies in a heap block
 * of exactly its size, so that the address sanitizer sees every read past an end. Catches: a length
 * that is believed, a checksum that is not looked at, an entry that runs out of its table. */
#include "shim.h"
#include <string.h>
#include "lib/klog.h"
#include "x86/acpi.h"
#include "x86/acpi_tables.h"

void klog_at(enum klog_level level, const char *fmt, ...)
{
    (void)level;
    (void)fmt;
}

/* ---- a small physical memory ---- */

static struct region {
    paddr_t pa;
    size_t len;
    u8 *mem;
} regions[16];
static int nregions;

static const void *map(paddr_t pa, size_t len)
{
    for (int i = 0; i < nregions; i++) {
        struct region *r = &regions[i];
        if (pa >= r->pa && pa - r->pa <= r->len && len <= r->len - (pa - r->pa))
            return r->mem + (pa - r->pa);
    }
    return NULL;
}

static void *region_add(paddr_t pa, const void *content, size_t len)
{
    struct region *r = &regions[nregions++];
    *r = (struct region){pa, len, malloc(len)};
    memcpy(r->mem, content, len);
    return r->mem;
}

static void regions_clear(void)
{
    while (nregions > 0)
        free(regions[--nregions].mem);
}

static u8 sum(const void *p, size_t n)
{
    u8 s = 0;
    for (size_t i = 0; i < n; i++)
        s += ((const u8 *)p)[i];
    return s;
}

static void *table_add(paddr_t pa, const char *sig, void *table, size_t len)
{
    struct acpi_header *h = table;
    memcpy(h->signature, sig, 4);
    h->length = len;
    h->checksum = 0;
    h->checksum = -sum(table, len);
    return region_add(pa, table, len);
}

/* ---- a machine like QEMU's q35: 3 CPUs, of which one is disabled and one listed twice ---- */

enum {
    RSDP_PA = 0xf5000,
    XSDT_PA = 0x7fe0000,
    RSDT_PA = 0x7fe1000,
    MADT_PA = 0x7fe2000,
    FADT_PA = 0x7fe3000,
    DSDT_PA = 0x7fe4000
};

static struct acpi_rsdp rsdp;
static u8 madt[44 + 8 * 3 + 16 + 12 + 10 + 10];
static struct acpi_fadt fadt;
static u8 dsdt[36 + 32];

static void build_madt(void)
{
    struct acpi_madt m = {.lapic = 0xfee00000, .flags = 1};
    u8 *at = madt + sizeof m;
    memcpy(madt, &m, sizeof m);
    for (int i = 0; i < 3; i++, at += 8)
        memcpy(at, &(struct acpi_madt_lapic){{0, 8}, i, i, i != 1}, 8);
    memcpy(at, &(struct acpi_madt_x2apic){{9, 16}, 0, 2, 1, 7}, 16);
    memcpy(at += 16, &(struct acpi_madt_ioapic){{1, 12}, 0, 0, 0xfec00000, 0}, 12);
    memcpy(at += 12, &(struct acpi_madt_override){{2, 10}, 0, 0, 2, 0}, 10);
    memcpy(at += 10, &(struct acpi_madt_override){{2, 10}, 0, 9, 9, 0xf}, 10);
}

static void build_dsdt(const u8 *aml, size_t n)
{
    memset(dsdt, 0, sizeof dsdt);
    memcpy(dsdt + 36 + 4, aml, n);
}

static const u8 s5_aml[] = {0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0a, 0x05, 0x01, 0, 0};

static void build(void)
{
    regions_clear();
    build_madt();
    build_dsdt(s5_aml, sizeof s5_aml);
    fadt = (struct acpi_fadt){.dsdt = DSDT_PA,
                              .sci_irq = 9,
                              .pm1a_cnt = 0x604,
                              .pm_tmr = 0x608,
                              .pm_tmr_len = 4,
                              .century = 0x32,
                              .flags = FADT_RESET_SUP | FADT_TMR_VAL_EXT,
                              .reset = {ACPI_SPACE_IO, 8, 0, 0, 0xcf9},
                              .reset_value = 0x0f};
    table_add(DSDT_PA, "DSDT", dsdt, sizeof dsdt);
    table_add(MADT_PA, "APIC", madt, sizeof madt);
    table_add(FADT_PA, "FACP", &fadt, sizeof fadt);
    struct {
        struct acpi_header h;
        u64 entry[3];
    } PACKED xsdt = {.entry = {FADT_PA, MADT_PA, 0xdead0000}}; /* the last one points nowhere */
    table_add(XSDT_PA, "XSDT", &xsdt, sizeof xsdt);
    struct {
        struct acpi_header h;
        u32 entry[2];
    } PACKED rsdt = {.entry = {FADT_PA, MADT_PA}};
    table_add(RSDT_PA, "RSDT", &rsdt, sizeof rsdt);
    rsdp =
        (struct acpi_rsdp){.revision = 2, .rsdt = RSDT_PA, .length = sizeof rsdp, .xsdt = XSDT_PA};
    memcpy(rsdp.signature, "RSD PTR ", 8);
    rsdp.checksum = -sum(&rsdp, ACPI_RSDP_V1_BYTES);
    rsdp.checksum_all = -sum(&rsdp, sizeof rsdp);
    region_add(RSDP_PA, &rsdp, sizeof rsdp);
}

static struct region *region_at(paddr_t pa)
{
    for (int i = 0; i < nregions; i++)
        if (regions[i].pa == pa)
            return &regions[i];
    return NULL;
}

static void resum(paddr_t pa)
{
    struct region *r = region_at(pa);
    r->mem[9] = 0;
    r->mem[9] = -sum(r->mem, r->len);
}

static void check_whole(void)
{
    CHECK(acpi.present);
    CHECK_EQ(acpi.ncpus, 2);
    CHECK_EQ(acpi.cpus_listed, 2);
    CHECK_EQ(acpi.cpu_apic_id[1], 2);
    CHECK_EQ(acpi.lapic, 0xfee00000);
    CHECK_EQ(acpi.nioapics, 1);
    CHECK_EQ(acpi.ioapic[0].addr, 0xfec00000);
    CHECK_EQ(acpi.noverrides, 2);
    CHECK_EQ(acpi.override[0].gsi, 2);
    CHECK(!acpi.override[0].level && !acpi.override[0].active_low);
    CHECK(acpi.override[1].level && acpi.override[1].active_low);
    CHECK_EQ(acpi.pm_timer_port, 0x608);
    CHECK(acpi.pm_timer_32bit);
    CHECK(acpi.s5_known);
    CHECK_EQ(acpi.s5_type_a, 5);
    CHECK_EQ(acpi.s5_type_b, 1);
    CHECK(acpi.reset_known);
    CHECK_EQ(acpi.reset_addr, 0xcf9);
}

TEST(acpi_reads_whole_tables)
{
    build();
    acpi_init(RSDP_PA, map);
    check_whole();
    CHECK(acpi_find("APIC") != NULL);
    CHECK(acpi_find("MCFG") == NULL);
}

TEST(acpi_searches_the_root_pointer)
{
    build();
    acpi_init(0, map);
    check_whole();
    acpi_init(0x1234, map); /* the loader was wrong */
    check_whole();
}

TEST(acpi_falls_back_to_the_rsdt)
{
    build();
    region_at(XSDT_PA)->mem[12] ^= 1;
    acpi_init(RSDP_PA, map);
    check_whole();
    build();
    region_at(RSDP_PA)->mem[33] ^= 1; /* only the second checksum is wrong */
    acpi_init(RSDP_PA, map);
    check_whole();
}

TEST(acpi_leaves_out_a_table_with_a_wrong_checksum)
{
    build();
    region_at(MADT_PA)->mem[20] ^= 1;
    acpi_init(RSDP_PA, map);
    CHECK(acpi.present);
    CHECK_EQ(acpi.ncpus, 0);
    CHECK(acpi.s5_known);
}

TEST(acpi_stops_at_a_madt_entry_without_length)
{
    build();
    region_at(MADT_PA)->mem[44 + 8 + 1] = 0; /* the second entry: would loop for ever */
    resum(MADT_PA);
    acpi_init(RSDP_PA, map);
    CHECK_EQ(acpi.ncpus, 1);
}

TEST(acpi_believes_no_entry_longer_than_its_table)
{
    build();
    struct region *r = region_at(MADT_PA);
    r->mem[r->len - 10 + 1] = 11;
    resum(MADT_PA);
    acpi_init(RSDP_PA, map);
    CHECK_EQ(acpi.ncpus, 2);
    CHECK_EQ(acpi.noverrides, 1);
}

TEST(acpi_takes_s5_only_from_a_definition)
{
    static const struct {
        u8 aml[16];
        size_t n;
        bool known;
    } cases[] = {
        {{0x08, '\\', '_', 'S', '5', '_', 0x12, 0x05, 2, 0x0a, 7, 0x0a, 6}, 13, true},
        {{0x08, '_', 'S', '5', '_', 0x12, 0x46, 0x00, 2, 0x0b, 7, 0, 0x00}, 13, true},
        {{0x14, '_', 'S', '5', '_', 0x12, 0x06, 4, 0x0a, 5, 0x0a, 5}, 12, false}, /* a method */
        {{0x08, '_', 'S', '5', '_', 0x0a, 0x06, 4, 0x0a, 5, 0x0a, 5}, 12, false}, /* no package */
        {{0x08, '_', 'S', '5', '_', 0x12, 0x06, 4, 0x70, 5, 0x0a, 5}, 12, false}, /* a local */
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        build();
        memset(region_at(DSDT_PA)->mem + 36, 0x99, sizeof dsdt - 36);
        memcpy(region_at(DSDT_PA)->mem + 40, cases[i].aml, cases[i].n);
        resum(DSDT_PA);
        acpi_init(RSDP_PA, map);
        CHECK_EQ(acpi.s5_known, cases[i].known);
        if (acpi.s5_known)
            CHECK_EQ(acpi.s5_type_a, 7);
    }
}

/* The definition is cut off at every possible place by the table's end. */
TEST(acpi_s5_at_the_very_end)
{
    for (size_t n = 1; n <= sizeof s5_aml; n++) {
        build();
        struct region *r = region_at(DSDT_PA);
        u8 *shorter = malloc(36 + n);
        memcpy(shorter, r->mem, 36);
        memcpy(shorter + 36, s5_aml, n);
        free(r->mem);
        *r = (struct region){DSDT_PA, 36 + n, shorter};
        ((struct acpi_header *)shorter)->length = 36 + n;
        resum(DSDT_PA);
        acpi_init(RSDP_PA, map);
        CHECK_EQ(acpi.s5_known, n >= 11); /* up to the second type */
    }
}

/* Any byte of any table may be anything, also with a checksum that fits. */
TEST(acpi_survives_damage)
{
    for (int round = 0; round < 20000; round++) {
        if (round % 16 == 0)
            build();
        struct region *r = &regions[rnd_below(nregions)];
        r->mem[rnd_below(r->len)] = rnd();
        if (rnd_below(4) && r->pa != RSDP_PA) {
            struct acpi_header *h = (void *)r->mem;
            size_t n = h->length <= r->len && rnd_below(2) ? h->length : r->len;
            r->mem[9] = 0;
            r->mem[9] = -sum(r->mem, n);
        }
        acpi_init(rnd_below(8) ? RSDP_PA : 0, map);
        CHECK(acpi.ncpus <= MAX_CPUS);
        CHECK(acpi.nioapics <= ACPI_MAX_IOAPICS);
        CHECK(acpi.noverrides <= ACPI_MAX_OVERRIDES);
    }
    regions_clear();
}

int main(void)
{
    return run_tests();
}
