/* Page tables, tried on address spaces that never run.
 *
 * Catches: an entry lost or left behind by a range operation, a table that is not freed when it
 * gets empty or is freed while it is not, a frame whose references do not come out even, a right
 * that fork or protect leaves too strong.
 */
#include "debug/ktest.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/pagetable.h"
#include "mm/tlb.h"

#define RW (PTE_P | PTE_W | PTE_U | PTE_NX)

/* Pages that lie in different tables at every level. */
static const vaddr_t spots[] = {
    USER_MIN,
    USER_MIN + PAGE_SIZE,
    0x1ff000,
    0x200000,
    0x3fffffff000,
    0x40000000000,
    0x40000000000 + 0x200000,
    0x7f0000000000,
    USER_TOP - PAGE_SIZE,
};
enum { NSPOTS = ARRAY_SIZE(spots) };

/* Map a new frame at va; the frame, or NULL. */
static struct page *map_new(struct pagetable *pt, vaddr_t va, pte_t bits)
{
    struct page *page = frame_alloc(FRAME_ZERO, 0);
    if (!page)
        return NULL;
    spin_lock(&pt->lock);
    int err = pt_set(pt, va, page_phys(page) | bits, NULL);
    spin_unlock(&pt->lock);
    if (!err)
        return page;
    frame_free(page);
    return NULL;
}

static pte_t get(struct pagetable *pt, vaddr_t va)
{
    spin_lock(&pt->lock);
    pte_t e = pt_get(pt, va, NULL);
    spin_unlock(&pt->lock);
    return e;
}

static void unmap(struct pagetable *pt, vaddr_t start, vaddr_t end)
{
    struct tlb_batch b;
    tlb_batch_init(&b, pt);
    while (start < end) {
        spin_lock(&pt->lock);
        start = pt_unmap(pt, start, end, &b);
        spin_unlock(&pt->lock);
        tlb_batch_flush(&b);
    }
}

KTEST(mm_pt_empty_tables_are_freed)
{
    struct pagetable *pt = pt_create();
    KT_ASSERT(pt);
    for (unsigned i = 0; i < NSPOTS; i++)
        KT_ASSERT(map_new(pt, spots[i], RW));
    KT_EQ(pt->nframes, NSPOTS);
    KT_ASSERT(pt->ntables > 10);
    for (unsigned i = 0; i < NSPOTS; i++) {
        KT_ASSERT(get(pt, spots[i]) & PTE_P);
        unmap(pt, spots[i], spots[i] + PAGE_SIZE);
        KT_EQ(get(pt, spots[i]), 0);
    }
    KT_EQ(pt->ntables, 1);
    KT_EQ(pt->nframes, 0);
    pt_destroy(pt);
}

KTEST(mm_pt_unmap_all_and_clear_all)
{
    for (int round = 0; round < 3; round++) {
        struct pagetable *pt = pt_create();
        struct page *kept = NULL;
        KT_ASSERT(pt);
        for (unsigned i = 0; i < NSPOTS; i++)
            KT_ASSERT((kept = map_new(pt, spots[i], RW)));
        page_get(kept);
        if (round == 0) {
            unmap(pt, 0, USER_TOP);
        } else if (round == 1) {
            spin_lock(&pt->lock);
            pt_clear(pt, 0, USER_TOP);
            spin_unlock(&pt->lock);
        } /* else pt_destroy clears */
        if (round < 2)
            KT_EQ(pt->ntables, 1);
        pt_destroy(pt);
        KT_EQ(page_refs(kept), 1);
        page_put(kept);
    }
}

/* More pages than a batch holds: pt_unmap stops, and goes on. */
KTEST(mm_pt_unmap_many)
{
    enum { N = 1400 };
    struct pagetable *pt = pt_create();
    KT_ASSERT(pt);
    frame_drain_caches();
    for (int i = 0; i < N; i++)
        KT_ASSERT(map_new(pt, 0x600000 + i * PAGE_SIZE, RW));
    u64 free_before = frame_free_count();
    unmap(pt, 0x600000 + PAGE_SIZE, 0x600000 + (N - 1) * PAGE_SIZE);
    KT_EQ(pt->nframes, 2);
    KT_ASSERT(frame_free_count() >= free_before + N - 2);
    KT_ASSERT(get(pt, 0x600000) && get(pt, 0x600000 + (N - 1) * PAGE_SIZE));
    pt_destroy(pt);
}

KTEST(mm_pt_protect_keeps_the_rest)
{
    struct pagetable *pt = pt_create();
    struct tlb_batch b;
    KT_ASSERT(pt);
    for (int i = 0; i < 4; i++)
        KT_ASSERT(map_new(pt, 0x200000 + i * PAGE_SIZE, RW | (i == 2 ? PTE_D : 0)));
    tlb_batch_init(&b, pt);
    spin_lock(&pt->lock);
    pt_protect(pt, 0x200000 + PAGE_SIZE, 0x200000 + 3 * PAGE_SIZE, PTE_NONE, PTE_P | PTE_W, &b);
    spin_unlock(&pt->lock);
    KT_EQ(b.start, 0x200000 + PAGE_SIZE);
    KT_EQ(b.end, 0x200000 + 3 * PAGE_SIZE);
    tlb_batch_flush(&b);
    KT_ASSERT((get(pt, 0x200000) & RW) == RW && (get(pt, 0x200000 + 3 * PAGE_SIZE) & RW) == RW);
    pte_t e = get(pt, 0x200000 + 2 * PAGE_SIZE);
    KT_ASSERT((e & (PTE_NONE | PTE_P | PTE_W | PTE_D)) == (PTE_NONE | PTE_D));
    KT_EQ(pt->nframes, 4); /* a page of PROT_NONE keeps its frame */
    pt_destroy(pt);
}

KTEST(mm_pt_fork_shares_and_weakens)
{
    struct pagetable *parent = pt_create(), *child = pt_create();
    struct tlb_batch b;
    KT_ASSERT(parent && child);
    struct page *rw = map_new(parent, 0x400000, RW), *ro = map_new(parent, 0x401000, RW & ~PTE_W);
    struct page *far = map_new(parent, 0x7f0000000000, RW);
    KT_ASSERT(rw && ro && far);

    tlb_batch_init(&b, parent);
    spin_lock_pair(&parent->lock, &child->lock);
    s64 shared = pt_fork(child, parent, 0, 0x800000, true, &b);
    spin_unlock_pair(&parent->lock, &child->lock);
    KT_EQ(shared, 2);
    KT_ASSERT(b.start <= 0x400000 && b.end >= 0x401000);
    tlb_batch_flush(&b);

    KT_ASSERT((get(parent, 0x400000) & (PTE_W | PTE_COW)) == PTE_COW);
    KT_EQ(get(parent, 0x400000), get(child, 0x400000));
    KT_ASSERT((get(child, 0x401000) & (PTE_W | PTE_COW | PTE_P)) == PTE_P);
    KT_EQ(get(child, 0x7f0000000000), 0); /* outside the range */
    KT_ASSERT(page_refs(rw) == 2 && page_refs(ro) == 2 && page_refs(far) == 1);
    pt_destroy(child);
    KT_ASSERT(page_refs(rw) == 1 && page_refs(ro) == 1);
    pt_destroy(parent);
}

KTEST(mm_pt_move_across_tables)
{
    enum { N = 700 };
    struct pagetable *pt = pt_create();
    struct tlb_batch b;
    vaddr_t from = 0x10000000, to = 0x5000003000;
    KT_ASSERT(pt);
    for (int i = 0; i < N; i += 3) {
        struct page *page = map_new(pt, from + i * PAGE_SIZE, RW);
        KT_ASSERT(page);
        page->index = (u64)i;
    }
    tlb_batch_init(&b, pt);
    spin_lock(&pt->lock);
    int err = pt_move(pt, from, to, N * PAGE_SIZE, &b);
    spin_unlock(&pt->lock);
    tlb_batch_flush(&b);
    KT_EQ(err, 0);
    for (int i = 0; i < N; i++) {
        KT_EQ(get(pt, from + i * PAGE_SIZE), 0);
        pte_t e = get(pt, to + i * PAGE_SIZE);
        KT_EQ(e != 0, i % 3 == 0);
        if (e)
            KT_EQ(page_at(pte_addr(e))->index, i);
    }
    KT_EQ(pt->nframes, (N + 2) / 3);
    pt_destroy(pt);
}

KTEST(mm_pt_next_finds_each_once)
{
    struct pagetable *pt = pt_create();
    KT_ASSERT(pt);
    for (unsigned i = 0; i < NSPOTS; i++)
        KT_ASSERT(map_new(pt, spots[i], RW));
    vaddr_t va = 0;
    int level;
    for (unsigned i = 0; i < NSPOTS; i++, va += PAGE_SIZE) {
        spin_lock(&pt->lock);
        pte_t e = pt_next(pt, &va, USER_TOP, &level);
        spin_unlock(&pt->lock);
        KT_ASSERT(e & PTE_P);
        KT_EQ(va, spots[i]);
        KT_EQ(level, 1);
    }
    pt_destroy(pt);
}

/* Large leaves by alignment: 4 KiB up to the first 2 MiB border, then one large page, then small
 * ones again. */
KTEST(mm_pt_map_chooses_leaf_sizes)
{
    struct pagetable *pt = pt_create();
    KT_ASSERT(pt);
    spin_lock(&pt->lock);
    int err = pt_map(pt, 0x3ff000, 0x1ff000, PAGE_SIZE_2M + 2 * PAGE_SIZE, PTE_P | PTE_SPECIAL, 3),
        level;
    bool good = pt_get(pt, 0x3ff000, &level) && level == 1 && pt_get(pt, 0x412345, &level) &&
                level == 2 && pt_get(pt, 0x600000, &level) && level == 1 &&
                !pt_get(pt, 0x601000, &level);
    pt_clear(pt, 0, USER_TOP);
    spin_unlock(&pt->lock);
    KT_EQ(err, 0);
    KT_ASSERT(good);
    KT_EQ(pt->ntables, 1);
    pt_destroy(pt);
}

/* What the processor noted in an entry survives the entry, for pages of objects. */
KTEST(mm_pt_unmap_keeps_dirtiness)
{
    struct pagetable *pt = pt_create();
    KT_ASSERT(pt);
    struct page *page = map_new(pt, 0x400000, RW | PTE_D);
    KT_ASSERT(page);
    page->object = (struct vm_object *)page; /* any; it is only compared with NULL */
    page_get(page);
    unmap(pt, 0x400000, 0x401000);
    KT_ASSERT(page->flags & PAGE_DIRTY);
    page->object = NULL;
    page_put(page);
    pt_destroy(pt);
}

/* Random mapping and unmapping of single pages and ranges against an array of bool. */
KTEST(mm_pt_random_against_a_model)
{
    enum { N = 1536 }; /* three tables */
    static bool model[N];
    u64 seed = 88172645463325252;
    vaddr_t base = 0x7fffffa00000 - N * PAGE_SIZE;
    struct pagetable *pt = pt_create();
    KT_ASSERT(pt);
    memset(model, 0, sizeof model);
    for (int round = 0; round < 1500; round++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        u64 i = seed % N, n = 1 + (seed >> 20) % (seed >> 40 & 1 ? 4 : 600);
        n = MIN(n, N - i);
        if (seed >> 50 & 1) {
            unmap(pt, base + i * PAGE_SIZE, base + (i + n) * PAGE_SIZE);
            memset(model + i, false, n);
        } else if (!model[i]) {
            KT_ASSERT(map_new(pt, base + i * PAGE_SIZE, RW));
            model[i] = true;
        }
        u64 mapped = 0;
        for (u64 p = 0; p < N; p++)
            mapped += model[p];
        KT_EQ(pt->nframes, mapped);
        KT_EQ(get(pt, base + i * PAGE_SIZE) != 0, model[i]);
        if (!mapped)
            KT_EQ(pt->ntables, 1);
    }
    pt_destroy(pt);
}

KTEST(mm_pt_audit_passes)
{
    KT_ASSERT(pt_audit() > 100);
}
