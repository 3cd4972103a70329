/* kernel_map.c: the kernel's half of every address space, made once at boot, and the audit that
 * nothing in it is both writable and executable.
 *
 *   image        text read-execute, constants read, data read-write; leaves of 4 KiB, because the
 *                borders are pages
 *   direct map   all RAM, read-write, no execute; leaves of 1 GiB and 2 MiB where they fit. Where
 *                the image's text and constants lie it is read-only too, or they could be changed
 *                by their second address
 *   the rest     (vmalloc, stacks, struct pages, MMIO) gets its top-level tables now, its mappings
 *                later
 *
 * Every top-level slot that the address map uses has its table before the first address space is
 * made, which copies them; afterwards the kernel's half changes only below. */
#include "debug/assert.h"
#include "mm/kasan_mm.h"
#include "mm/layout.h"
#include "mm/pagetable.h"
#include "mm/pt_priv.h"
#include "mm/regions.h"
#include "x86/cpu.h"
#include "x86/pte.h"
#include "x86/sections.h"

#define KERNEL_R  (PTE_P | PTE_G | PTE_NX | PTE_A | PTE_SPECIAL)
#define KERNEL_RW (KERNEL_R | PTE_W | PTE_D)
#define KERNEL_RX (PTE_P | PTE_G | PTE_A | PTE_SPECIAL)

static int max_level = 2;

static void map(vaddr_t va, paddr_t pa, u64 len, pte_t bits)
{
    if (pt_map(&kernel_pt, va, pa, len, bits, max_level))
        panic("no memory for the kernel's page tables");
}

static void map_section(const char *start, const char *end, pte_t bits)
{
    map((vaddr_t)start, KSYM2P(start), (u64)(end - start), bits);
}

/* [start, end) in the direct map, read-only where the image must not be written. */
static void map_direct(paddr_t start, paddr_t end)
{
    paddr_t ro_start = KSYM2P(text_start), ro_end = KSYM2P(rodata_end);
    struct region part[] = {
        {start, MIN(end, ro_start)},
        {MAX(start, ro_start), MIN(end, ro_end)},
        {MAX(start, ro_end), end},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(part); i++)
        if (part[i].start < part[i].end)
            map(DIRECT_BASE + part[i].start, part[i].start, part[i].end - part[i].start,
                i == 1 ? KERNEL_R : KERNEL_RW);
}

/* Make the level-3 tables of [start, end). */
static void populate(vaddr_t start, u64 len)
{
    for (vaddr_t va = start; va - start < len; va += pt_level_size(4)) {
        int level = 3;
        if (!pt_walk(&kernel_pt, va, &level, true))
            panic("no memory for the kernel's page tables");
    }
}

void kernel_map_build(const struct region_set *ram)
{
    if (cpuid(0x80000001, 0).edx & BIT(26)) /* 1 GiB leaves */
        max_level = 3;
    kernel_pt.top = P2V(pt_kernel_table());

    map_section(text_start, text_end, KERNEL_RX);
    map_section(rodata_start, rodata_end, KERNEL_R);
    map_section(data_start, data_end, KERNEL_RW);
    map_section(ksyms_start, ksyms_end, KERNEL_R);
    for (unsigned i = 0; i < ram->n; i++)
        map_direct(ram->r[i].start, ram->r[i].end);

    kasan_map_image();
    populate(VMALLOC_BASE, VMALLOC_SIZE);
    populate(KSTACK_BASE, KSTACK_AREA);
    populate(MMIO_BASE, MMIO_SIZE);
}

/* In pieces, because no single interval of a scattered memory need be large enough: 2 MiB while
 * they can be had. */
void kernel_map_fresh(vaddr_t va, u64 len, paddr_t (*take)(u64 len))
{
    while (len) {
        u64 size = PAGE_SIZE_2M;
        paddr_t pa = IS_ALIGNED(va, size) && len >= size ? take(size) : 0;
        if (!pa) {
            size = PAGE_SIZE;
            pa = take(size);
        }
        if (!pa)
            panic("no memory for the frames' records");
        map(va, pa, size, KERNEL_RW);
        va += size;
        len -= size;
    }
}

/* Tables of the kernel's half are never freed, so a walk needs no lock. Device registers do not
 * count: reading one may do something. */
bool kernel_map_has(vaddr_t va, size_t len)
{
    if (va >= MMIO_BASE && va < MMIO_BASE + MMIO_SIZE)
        return false;
    for (vaddr_t at = va & ~(PAGE_SIZE - 1); at < va + len; at += PAGE_SIZE) {
        int level = 1;
        if (!(READ_ONCE(*pt_walk(&kernel_pt, at, &level, false)) & PTE_P))
            return false;
    }
    return true;
}

/* ---- audit ---- */

static void audit_leaf(pte_t e, vaddr_t va)
{
    if ((e & PTE_W) && !(e & PTE_NX))
        panic("kernel page %#lx is writable and executable (%#lx)", va, e);
    if (e & PTE_U)
        panic("kernel page %#lx is open to programs (%#lx)", va, e);
}

/* The leaves below `table`, whose first entry translates va. An entry grants nothing that those
 * above it deny, and the upper ones deny nothing but user access: so a leaf that passes is safe. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as there are levels */
static u64 audit_table(const pte_t *table, vaddr_t va, int level, unsigned first)
{
    u64 leaves = 0;
    for (unsigned i = first; i < PT_ENTRIES; i++) {
        vaddr_t at = va + i * pt_level_size(level);
        pte_t e = table[i];
        if (!e || kasan_is_shared(e))
            continue;
        if (pte_ends_walk(e, level)) {
            audit_leaf(e, at);
            leaves++;
        } else {
            leaves += audit_table(pte_table(e), at, level - 1, 0);
        }
    }
    return leaves;
}

u64 pt_audit(void)
{
    for (unsigned i = 0; i < PT_ENTRIES / 2; i++)
        ASSERT_MSG(kernel_pt.top[i] == 0, "kernel page table: slot %u of the lower half is in use",
                   i);
    return audit_table(kernel_pt.top, 0xffff000000000000ul, 4, PT_ENTRIES / 2);
}
