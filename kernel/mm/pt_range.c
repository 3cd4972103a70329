/* pt_range.c: page-table operations over ranges: unmap, protect, fork, move, iterate.
 *
 * All of them work run by run. A *run* is a row of entries of one level-1 table (or a single larger
 * leaf); finding it costs one walk, stepping through it a few instructions a page. Where an upper
 * entry is empty, the walk ends there and the whole span below it is skipped. Within a table the
 * count of its entries says when the rest can be skipped. */
#include "abi/errno.h"
#include "debug/assert.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "mm/pt_priv.h"
#include "mm/tlb.h"

struct run {
    pte_t *e; /* the first entry */
    u64 n;    /* how many */
    int level;
    vaddr_t va;   /* what e[0] translates */
    vaddr_t next; /* behind the run */
};

/* The first run in [start, end), which lie in one half. False when nothing is there. */
static bool run_find(struct pagetable *pt, vaddr_t start, vaddr_t end, struct run *r)
{
    while (start < end) {
        r->level = 1;
        r->e = pt_walk(pt, start, &r->level, false);
        r->va = start;
        u64 span = pt_level_size(r->level == 1 ? 2 : r->level);
        r->next = MIN(start | (span - 1), end - 1) + 1;
        r->n = r->level == 1 ? (r->next - start) / PAGE_SIZE : 1;
        if (r->level == 1 || *r->e)
            return true;
        start = r->next;
    }
    return false;
}

/* A larger leaf is removed or changed as a whole or not at all. */
static void run_assert_whole(const struct run *r)
{
    ASSERT_MSG(r->level == 1 || r->next - r->va == pt_level_size(r->level),
               "part of a large page at %#lx", r->va);
}

/* How many non-empty entries the run can have at most. */
static inline u64 run_entries(struct pagetable *pt, const struct run *r)
{
    return pt_counts(pt) ? table_of_entry(r->e)->table.present : r->n;
}

/* `cleared` entries of the run's table are gone, of which `special` had no frame. */
static void run_account(struct pagetable *pt, const struct run *r, u64 cleared, u64 special)
{
    if (pt_counts(pt))
        table_of_entry(r->e)->table.present -= (u32)cleared;
    pt->nframes -= (cleared - special) * (pt_level_size(r->level) / PAGE_SIZE);
}

/* The frame of a leaf that is going: what the processor noted in the entry is kept in the frame's
 * record. */
static inline struct page *leaf_page(pte_t e)
{
    struct page *page = pte_page(e);
    if ((e & PTE_D) && page->object && !(READ_ONCE(page->flags) & PAGE_DIRTY))
        page_flags_set(page, PAGE_DIRTY);
    return page;
}

/* ---- empty tables ---- */

/* Free the tables on the way to va that are empty, from below; into the batch, or at once if b is
 * NULL. Without room in the batch they stay: that costs memory, not correctness, and pt_destroy
 * finds them. */
static void prune(struct pagetable *pt, vaddr_t va, struct tlb_batch *b)
{
    pte_t *path[5];
    pte_t *table = pt->top;
    int level = 4;
    for (; level > 1; level--) {
        path[level] = &table[pt_index(va, level)];
        if (pte_ends_walk(*path[level], level))
            break;
        table = pte_table(*path[level]);
    }
    while (++level <= 4) {
        struct page *empty = pte_page(*path[level]);
        if (empty->table.present || (b && !tlb_batch_has_room(b)))
            return;
        *path[level] = 0;
        table_of_entry(path[level])->table.present--;
        pt->ntables--;
        percpu_counter_add(&pt_table_count, -1);
        if (b) { /* a CPU may have the pointer to it in its paging-structure caches */
            tlb_batch_range(b, va, va + PAGE_SIZE);
            tlb_batch_page(b, empty);
        } else {
            frame_free(empty);
        }
    }
}

static inline void run_prune(struct pagetable *pt, const struct run *r, struct tlb_batch *b)
{
    if (pt_counts(pt) && table_of_entry(r->e)->table.present == 0)
        prune(pt, r->va, b);
}

/* ---- unmapping ---- */

/* Returns the number of entries dealt with: less than r->n when the batch is full. */
static u64 run_unmap(struct pagetable *pt, const struct run *r, struct tlb_batch *b)
{
    pte_t *table = r->e;
    u64 n = r->n, most = run_entries(pt, r), left = most, special = 0, i = 0;

    for (; i < n && left; i++) {
        if (!table[i])
            continue;
        if (!tlb_batch_has_room(b))
            break;
        pte_t e = pte_exchange(&table[i], 0);
        left--;
        if (pte_owns(e))
            tlb_batch_page(b, leaf_page(e));
        else
            special++;
    }
    if (left < most)
        tlb_batch_range(b, r->va, r->level == 1 ? r->va + i * PAGE_SIZE : r->next);
    run_account(pt, r, most - left, special);
    return left ? i : n;
}

vaddr_t pt_unmap(struct pagetable *pt, vaddr_t start, vaddr_t end, struct tlb_batch *b)
{
    struct run r;
    for (; run_find(pt, start, end, &r); start = r.next) {
        run_assert_whole(&r);
        u64 done = run_unmap(pt, &r, b);
        run_prune(pt, &r, b);
        if (done < r.n)
            return r.va + done * PAGE_SIZE;
    }
    return end;
}

/* As run_unmap, without a batch and without locked instructions on the entries: no processor looks
 * at them any more. */
static void run_clear(struct pagetable *pt, const struct run *r)
{
    enum { AT_ONCE = 32 };
    struct page *unused[AT_ONCE]; /* frames that nobody else has; to free many at once costs less */
    pte_t *table = r->e;
    u64 n = r->n, most = run_entries(pt, r), left = most, special = 0;
    u32 nunused = 0;

    for (u64 i = 0; i < n && left; i++) {
        pte_t e = table[i];
        if (!e)
            continue;
        table[i] = 0;
        left--;
        if (!pte_owns(e)) {
            special++;
            continue;
        }
        struct page *page = leaf_page(e);
        if (likely(!page_put_was_last(page)))
            continue;
        unused[nunused++] = page;
        if (nunused == AT_ONCE) {
            page_free_many(unused, nunused);
            nunused = 0;
        }
    }
    if (nunused)
        page_free_many(unused, nunused);
    run_account(pt, r, most - left, special);
}

void pt_clear(struct pagetable *pt, vaddr_t start, vaddr_t end)
{
    struct run r;
    for (; run_find(pt, start, end, &r); start = r.next) {
        run_assert_whole(&r);
        run_clear(pt, &r);
        run_prune(pt, &r, NULL);
    }
}

/* ---- changing rights ---- */

/* Clear and set bits of e, keeping a PTE_D that the processor may set at the same moment: a lost
 * one would be a lost write. Returns what the entry was. */
static pte_t pte_change(pte_t *e, pte_t clear, pte_t set)
{
    pte_t old = *e;
    if (!(old & PTE_W) || (old & PTE_D)) { /* PTE_D cannot appear, and PTE_A is only a hint */
        *e = (old & ~clear) | set;
        return old;
    }
    while (!__atomic_compare_exchange_n(e, &old, (old & ~clear) | set, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ; /* `old` was read anew */
    return old;
}

void pt_protect(struct pagetable *pt, vaddr_t start, vaddr_t end, pte_t set, pte_t clear,
                struct tlb_batch *b)
{
    struct run r;
    for (; run_find(pt, start, end, &r); start = r.next) {
        run_assert_whole(&r);
        u64 left = run_entries(pt, &r);
        for (u64 i = 0; i < r.n && left; i++) {
            if (!r.e[i])
                continue;
            left--;
            pte_t old = pte_change(&r.e[i], clear, set);
            if ((old & PTE_P) && ((old & ~clear) | set) != old)
                tlb_batch_range(b, r.va + i * PAGE_SIZE,
                                MIN(r.va + (i + 1) * pt_level_size(r.level), r.next));
        }
    }
}

/* ---- fork ---- */

/* Copy one run into the table at d. Returns the frames shared. */
static u64 run_fork(struct pagetable *to, struct pagetable *from, const struct run *r, pte_t *d,
                    bool cow, struct tlb_batch *b)
{
    pte_t *s = r->e, weaken = cow ? PTE_W : 0;
    u64 n = r->n, most = run_entries(from, r), left = most, special = 0;
    bool weakened = false;

    for (u64 i = 0; i < n && left; i++) {
        pte_t e = s[i];
        if (!e)
            continue;
        left--;
        if (pte_owns(e))
            page_get(pte_page(e));
        else
            special++;
        if (e & weaken) {
            e = (pte_change(&s[i], PTE_W, PTE_COW) & ~PTE_W) | PTE_COW;
            weakened = true;
        }
        d[i] = e;
    }
    if (weakened)
        tlb_batch_range(b, r->va, r->next);
    table_of_entry(d)->table.present += (u32)(most - left);
    u64 shared = (most - left - special) * (pt_level_size(r->level) / PAGE_SIZE);
    to->nframes += shared;
    return shared;
}

s64 pt_fork(struct pagetable *to, struct pagetable *from, vaddr_t start, vaddr_t end, bool cow,
            struct tlb_batch *b)
{
    struct run r;
    u64 shared = 0;
    for (; run_find(from, start, end, &r); start = r.next) {
        run_assert_whole(&r);
        if (run_entries(from, &r) == 0)
            continue;
        int level = r.level;
        pte_t *d = pt_walk(to, r.va, &level, true);
        if (!d)
            return -ENOMEM;
        ASSERT(level == r.level);
        shared += run_fork(to, from, &r, d, cow, b);
    }
    return (s64)shared;
}

/* ---- moving ---- */

int pt_move(struct pagetable *pt, vaddr_t from, vaddr_t to, u64 len, struct tlb_batch *b)
{
    struct run r;
    vaddr_t start = from, end = from + len;
    for (; run_find(pt, start, end, &r); start = r.next) {
        ASSERT(r.level == 1);
        for (u64 i = 0; i < r.n; i++) {
            if (!r.e[i])
                continue;
            vaddr_t va = r.va + i * PAGE_SIZE;
            int level = 1;
            pte_t *d = pt_walk(pt, to + (va - from), &level, true);
            if (!d)
                return -ENOMEM;
            ASSERT(level == 1 && !*d);
            *d = pte_exchange(&r.e[i], 0);
            table_of_entry(d)->table.present++;
            table_of_entry(r.e)->table.present--;
            tlb_batch_range(b, va, va + PAGE_SIZE);
        }
        run_prune(pt, &r, b);
    }
    return 0;
}

/* ---- iterating ---- */

pte_t pt_next(struct pagetable *pt, vaddr_t *va, vaddr_t end, int *level)
{
    struct run r;
    for (vaddr_t start = *va; run_find(pt, start, end, &r); start = r.next) {
        if (run_entries(pt, &r) == 0)
            continue;
        for (u64 i = 0; i < r.n; i++) {
            if (r.e[i] & (PTE_P | PTE_NONE)) {
                *va =
                    r.level == 1 ? r.va + i * PAGE_SIZE : ALIGN_DOWN(r.va, pt_level_size(r.level));
                *level = r.level;
                return r.e[i];
            }
        }
    }
    return 0;
}
