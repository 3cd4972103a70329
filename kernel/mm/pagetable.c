/* pagetable.c: address spaces and single entries (mm/pagetable.h). Ranges are pt_range.c's.
 *
 * Everything goes through pt_walk. It descends from the top table and stops at the level asked for,
 * at a larger leaf, or where nothing is; so one function serves lookup, insertion and skipping over
 * what is empty. */
#include "mm/pagetable.h"
#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/dump.h"
#include "mm/frame.h"
#include "mm/pt_priv.h"
#include "mm/slab.h"
#include "mm/tlb.h"
#include "x86/cpu.h"

struct pagetable kernel_pt = {.lock = SPINLOCK_INIT("kernel page table", RANK_PAGETABLE)};

paddr_t (*pt_early_frame)(void);

static struct kmem_cache *pt_cache;

/* The entries of the kernel's half that are in use, the same in every top table. There are a dozen:
 * copying only those lets a new top table start as a frame that is known to be zero. */
static struct {
    u16 n;
    u16 slot[PT_ENTRIES / 2];
} kernel_half;

static struct pagetable *active[MAX_CPUS]; /* each written by its CPU only */

/* ---- one entry ---- */

paddr_t pt_kernel_table(void)
{
    if (pt_early_frame)
        return pt_early_frame();
    struct page *page = frame_alloc(FRAME_ZERO, 0);
    if (!page)
        return 0;
    page->kind = PAGE_TABLE;
    return page_phys(page);
}

struct percpu_counter pt_table_count;

/* Put an empty table below the empty entry e. */
static bool table_add(struct pagetable *pt, pte_t *e)
{
    if (!pt_counts(pt)) {
        ASSERT(!kernel_half.n || table_of_entry(e) != virt_to_page(kernel_pt.top));
        paddr_t pa = pt_kernel_table();
        *e = pa ? pa | PTE_KERNEL_TABLE : 0;
        return pa != 0;
    }
    struct page *table = frame_alloc(FRAME_ZERO, 0);
    if (!table)
        return false;
    table->kind = PAGE_TABLE;
    table->table.present = 0;
    table_of_entry(e)->table.present++;
    pt->ntables++;
    percpu_counter_add(&pt_table_count, 1);
    *e = page_phys(table) | PTE_USER_TABLE;
    return true;
}

/* The walk met e, which points to no table, above the level that it wants to reach. */
/* NOLINTNEXTLINE(misc-no-recursion): the walk begins anew with a table more, of at most four */
static NOINLINE pte_t *walk_ended(struct pagetable *pt, vaddr_t va, int *level, bool create,
                                  pte_t *e, int at)
{
    if (*e || !create) {
        *level = at;
        return e;
    }
    return table_add(pt, e) ? pt_walk(pt, va, level, create) : NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): see walk_ended */
pte_t *pt_walk(struct pagetable *pt, vaddr_t va, int *level, bool create)
{
    pte_t *table = pt->top;
    int want = *level;
    for (int at = 4; at > want; at--) {
        pte_t *e = &table[pt_index(va, at)];
        if (unlikely((*e & (PTE_P | PTE_PS)) != PTE_P))
            return walk_ended(pt, va, level, create, e, at);
        table = pte_table(*e);
    }
    return &table[pt_index(va, want)];
}

pte_t pt_get(struct pagetable *pt, vaddr_t va, int *level)
{
    int found = 1;
    pte_t e = *pt_walk(pt, va, &found, false);
    if (level)
        *level = found;
    return e & (PTE_P | PTE_NONE) ? e : 0;
}

int pt_set(struct pagetable *pt, vaddr_t va, pte_t entry, pte_t *old)
{
    int level = 1;
    pte_t *e = pt_walk(pt, va, &level, true);
    if (!e)
        return -ENOMEM;
    ASSERT(level == 1 && (entry & (PTE_P | PTE_NONE)));
    pte_t was = *e ? pte_exchange(e, entry) : 0;
    if (!was) {
        *e = entry;
        if (pt_counts(pt))
            table_of_entry(e)->table.present++;
    }
    pt->nframes += (u64)pte_owns(entry) - (u64)(was && pte_owns(was));
    if (old)
        *old = was;
    else
        ASSERT_MSG(!was, "page %#lx mapped twice: %#lx, %#lx", va, was, entry);
    return 0;
}

int pt_add(struct pagetable *pt, vaddr_t va, pte_t entry)
{
    int level = 1;
    pte_t *e = pt_walk(pt, va, &level, true);
    if (!e)
        return -ENOMEM;
    if (*e)
        return -EEXIST;
    pt_fill(pt, e, entry);
    return 0;
}

/* The largest leaf, up to max_level, with which a mapping of len bytes at va and pa may begin. */
static int leaf_level(vaddr_t va, paddr_t pa, u64 len, int max_level)
{
    int level = max_level;
    while (level > 1 && (((va | pa) & (pt_level_size(level) - 1)) || len < pt_level_size(level)))
        level--;
    return level;
}

int pt_map(struct pagetable *pt, vaddr_t va, paddr_t pa, u64 len, pte_t bits, int max_level)
{
    ASSERT(((va | pa | len) & (PAGE_SIZE - 1)) == 0);
    while (len) {
        int want = leaf_level(va, pa, len, max_level), level = want;
        u64 size = pt_level_size(level);
        pte_t *e = pt_walk(pt, va, &level, true);
        if (!e)
            return -ENOMEM;
        ASSERT_MSG(level == want && !*e, "%#lx mapped twice: %#lx", va, *e);
        *e = pa | bits | (level > 1 ? PTE_PS : 0);
        if (pt_counts(pt))
            table_of_entry(e)->table.present++;
        pt->nframes += pte_owns(bits) ? size / PAGE_SIZE : 0;
        va += size;
        pa += size;
        len -= size;
    }
    return 0;
}

/* ---- address spaces ---- */

void pt_init(void)
{
    pt_cache = kmem_cache_create("pagetable", sizeof(struct pagetable), 64, NULL);
    ASSERT(pt_cache);
    for (unsigned i = PT_ENTRIES / 2; i < PT_ENTRIES; i++)
        if (kernel_pt.top[i])
            kernel_half.slot[kernel_half.n++] = (u16)i;
    dump_mapped_hook = kernel_map_has;
}

struct pagetable *pt_create(void)
{
    struct pagetable *pt = kmem_cache_zalloc(pt_cache);
    if (!pt)
        return NULL;
    struct page *top = frame_alloc(FRAME_ZERO, 0);
    if (!top) {
        kmem_cache_free(pt_cache, pt);
        return NULL;
    }
    top->kind = PAGE_TABLE;
    top->table.present = 0; /* of the lower half: the upper one is the same in all */
    pt->top = page_virt(top);
    for (unsigned i = 0; i < kernel_half.n; i++)
        pt->top[kernel_half.slot[i]] = kernel_pt.top[kernel_half.slot[i]];
    spin_init(&pt->lock, "page table", RANK_PAGETABLE);
    pt->ntables = 1;
    percpu_counter_add(&pt_table_count, 1);
    return pt;
}

u64 pt_frames(void)
{
    return (u64)percpu_counter_sum(&pt_table_count);
}

struct pagetable *pt_active(void)
{
    return active[cpu_id()];
}

void pt_activate(struct pagetable *pt)
{
    unsigned cpu = cpu_id();
    struct pagetable *old = active[cpu];
    if (!pt)
        pt = &kernel_pt;
    if (pt == old)
        return;
    /* First the bit, then CR3: from here on whoever changes pt sends us its flushes. If it read the
     * mask just before, its change was earlier still, and our TLB is filled after CR3 is loaded.
     * (Both sides are full barriers: the locked instruction here, the fence in tlb_batch_flush.) */
    atomic_fetch_or(&pt->cpus, cpumask_of(cpu));
    active[cpu] = pt;
    write_cr3(V2P(pt->top));
    if (old)
        atomic_fetch_and(&old->cpus, ~cpumask_of(cpu));
}

static void leave(void *pt)
{
    if (pt_active() == pt)
        pt_activate(&kernel_pt);
}

/* A walk that ran out of memory half way left tables without entries on its path, which no run of
 * entries leads to. Nothing is mapped any more, so every entry of `table`, at `level`, is such. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as there are levels */
static void free_empty_tables(struct pagetable *pt, pte_t *table, int level)
{
    for (unsigned i = 0; i < pt_index(USER_TOP - 1, level) + 1; i++) {
        if (!table[i])
            continue;
        if (level > 2)
            free_empty_tables(pt, pte_table(table[i]), level - 1);
        struct page *empty = page_at(pte_addr(table[i]));
        ASSERT(empty->table.present == 0);
        table[i] = 0;
        virt_to_page(table)->table.present--;
        pt->ntables--;
        percpu_counter_add(&pt_table_count, -1);
        frame_free(empty);
    }
}

void pt_destroy(struct pagetable *pt)
{
    struct page *top = virt_to_page(pt->top);

    preempt_disable();
    bool irqs = irqs_save();
    leave(pt);
    irqs_restore(irqs);
    cpumask_t lazy = atomic_load(&pt->cpus);
    if (lazy)
        ipi_call_mask(lazy, leave, pt);
    preempt_enable();

    if (top->table.present) {
        spin_lock(&pt->lock);
        pt_clear(pt, 0, USER_TOP);
        free_empty_tables(pt, pt->top, 4);
        spin_unlock(&pt->lock);
    }
    ASSERT(top->table.present == 0 && pt->nframes == 0);
    percpu_counter_add(&pt_table_count, -1);
    for (unsigned i = 0; i < kernel_half.n; i++)
        pt->top[kernel_half.slot[i]] = 0;
    frame_free(top); /* all zeros, as a PAGE_TABLE must be */
    kmem_cache_free(pt_cache, pt);
}
