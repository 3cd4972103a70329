/* init.c: from the loader's memory map to a running memory manager, in the only order that works:
 *
 *   1. what is RAM, and which of it is free          (regions, out of bootinfo)
 *   2. the kernel's final page table                 (frames cut off the free regions, below 4 GiB,
 *                                                     since boot maps no more)
 *   3. load it: from here all RAM can be reached
 *   4. struct pages for all RAM
 *   5. what is still free goes to the buddy system; slab caches and kernel areas follow */
#include "mm/init.h"
#include "debug/assert.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/frame_priv.h"
#include "mm/kasan_mm.h"
#include "mm/kmap_priv.h"
#include "mm/layout.h"
#include "mm/pt_priv.h"
#include "mm/regions.h"
#include "mm/slab.h"
#include "mm/tlb.h"
#include "x86/bootinfo.h"
#include "x86/cpu.h"
#include "x86/sections.h"

#define MSR_PAT     0x277
#define BOOT_MAPPED GIB(4) /* what boot/start.S mapped */
#define MIN_FREE    MIB(4) /* with less than this there is no point in going on */

/* Memory types of the PAT's entries 0..7 (Intel SDM vol. 3, "Page Attribute Table"). The lower four
 * are as at reset; entry 4 (bit 7 of a level-1 leaf, PCD and PWT clear) becomes write-combining. */
#define PAT_VALUE 0x0007040100070406ul

static struct region_set ram;    /* as the loader says */
static struct region_set direct; /* what the direct map covers: RAM, and all below 1 MiB */
static struct region_set unused; /* RAM that nobody has taken yet */
static paddr_t early_limit = BOOT_MAPPED;

/* Whole pages inside [start, start + len), for RAM; whole pages around it, for what must be left
 * alone. */
static void add_inside(struct region_set *set, paddr_t start, u64 len)
{
    regions_add(set, ALIGN_UP(start, PAGE_SIZE), ALIGN_DOWN(start + len, PAGE_SIZE));
}

static void remove_around(struct region_set *set, paddr_t start, u64 len)
{
    regions_remove(set, ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(start + len, PAGE_SIZE));
}

/* Loaders' maps overlap now and then: what one entry calls reserved is reserved. */
static void find_memory(void)
{
    const struct bootinfo *bi = &bootinfo;
    for (unsigned i = 0; i < bi->nranges; i++)
        if (bi->range[i].type == MEM_RAM && bi->range[i].start < DIRECT_SIZE)
            add_inside(&ram, bi->range[i].start,
                       MIN(bi->range[i].len, DIRECT_SIZE - bi->range[i].start));
    for (unsigned i = 0; i < bi->nranges; i++)
        if (bi->range[i].type != MEM_RAM)
            remove_around(&ram, bi->range[i].start, bi->range[i].len);

    direct = ram;
    regions_add(&direct, 0, LOW_MEMORY_END);
    unused = ram;
    regions_remove(&unused, 0, LOW_MEMORY_END);
    remove_around(&unused, LOW_MEMORY_END, KSYM2P(kernel_end) - LOW_MEMORY_END);
    for (unsigned i = 0; i < bi->nmodules; i++)
        remove_around(&unused, bi->module[i].start, bi->module[i].len);
}

/* Memory before there is an allocator: it is never given back. */
static paddr_t early_take(u64 len)
{
    return regions_take(&unused, len, len, early_limit);
}

static paddr_t early_frame(void)
{
    paddr_t pa = early_take(PAGE_SIZE);
    if (pa)
        page_zero(P2V(pa));
    return pa;
}

/* Struct pages for whole blocks of the largest order, so that the buddy system may look at any
 * neighbour. A block that two regions share is mapped once. */
static void map_struct_pages(void)
{
    u64 block = PAGE_SIZE << MAX_ORDER;
    u64 done = 0;
    for (unsigned i = 0; i < ram.n; i++) {
        u64 first = MAX(ALIGN_DOWN(ram.r[i].start, block), done);
        u64 end = ALIGN_UP(ram.r[i].end, block);
        if (first < end)
            kernel_map_fresh((vaddr_t)page_at(first),
                             (end - first) / PAGE_SIZE * sizeof(struct page), early_take);
        done = MAX(done, end);
    }
}

void mm_init_cpu(void)
{
    write_cr4(read_cr4() | CR4_PGE);
    if (cpuid(1, 0).edx & BIT(16))
        wrmsr((enum msr)MSR_PAT, PAT_VALUE);
    pt_activate(&kernel_pt);
    tlb_flush_all_local();
}

void mm_init(void)
{
    find_memory();
    if (regions_total(&unused) < MIN_FREE)
        panic("only %lu KiB of memory are free: too little", regions_total(&unused) / 1024);
    u64 before = regions_total(&unused);

    pt_early_frame = early_frame;
    kernel_map_build(&direct);
    mm_init_cpu();
    early_limit = U64_MAX;
    map_struct_pages();
    kasan_map_ram(&ram, early_take);

    u64 tables = before - regions_total(&unused);
    frame_init(&ram, &unused);
    pt_early_frame = NULL;
    slab_init();
    pt_init();
    kmap_init(&direct);
    klog("mm: %lu MiB of memory, %lu MiB free; %lu KiB went into page tables and frame records",
         regions_total(&ram) >> 20, regions_total(&unused) >> 20, tables >> 10);
}
