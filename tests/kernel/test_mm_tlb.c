/* The shoot-down, tried on a kernel page that changes its frame while other CPUs read it.
 *
 * Catches: a CPU that still uses the old translation after tlb_batch_flush has returned, which is
 * how memory that belongs to somebody else by now would be read.
 */
#include <stdatomic.h>
#include "debug/ktest.h"
#include "crew.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "mm/tlb.h"

enum { READERS = 3, ROUNDS = 40 };

static struct {
    _Atomic u64 epoch; /* the page shows at least this, from the flush on */
    _Atomic bool stop;
    _Atomic u64 stale, reads;
    u64 *page;
} shared;

static void reader(struct crew_member *m)
{
    (void)m;
    while (!atomic_load(&shared.stop)) {
        u64 least = atomic_load(&shared.epoch);
        u64 seen = READ_ONCE(*shared.page);
        if (seen < least)
            atomic_fetch_add(&shared.stale, 1);
        atomic_fetch_add(&shared.reads, 1);
    }
}

/* Put another frame, which says `epoch`, under the page. */
static bool change_frame(vaddr_t va, u64 epoch)
{
    struct page *page = frame_alloc(FRAME_ZERO, 0);
    struct tlb_batch b;
    pte_t old = 0;
    if (!page)
        return false;
    *(u64 *)page_virt(page) = epoch;
    tlb_batch_init(&b, &kernel_pt);
    spin_lock(&kernel_pt.lock);
    pte_t bits = pt_get(&kernel_pt, va, NULL) & ~PTE_ADDR;
    int err = pt_set(&kernel_pt, va, page_phys(page) | bits, &old);
    spin_unlock(&kernel_pt.lock);
    tlb_batch_range(&b, va, va + PAGE_SIZE);
    tlb_batch_page(&b, page_at(pte_addr(old)));
    tlb_batch_flush(&b);
    return err == 0;
}

KTEST(mm_tlb_no_stale_read_after_the_flush)
{
    static struct crew crew;
    bool changed = true;
    shared.page = vzalloc(PAGE_SIZE);
    KT_ASSERT(shared.page);
    atomic_store(&shared.epoch, 0);
    atomic_store(&shared.stop, false);
    atomic_store(&shared.stale, 0);
    crew_start(&crew, READERS, reader, NULL);
    for (u64 epoch = 1; epoch <= ROUNDS && changed; epoch++) {
        changed = change_frame((vaddr_t)shared.page, epoch);
        atomic_store(&shared.epoch, epoch);
        spin_ns(20000);
        sched_yield(); /* with one CPU the readers run only now */
    }
    atomic_store(&shared.stop, true);
    crew_join(&crew);
    vfree(shared.page);
    KT_ASSERT(changed);
    KT_EQ(atomic_load(&shared.stale), 0);
    KT_ASSERT(atomic_load(&shared.reads) > 0);
}

KTEST(mm_tlb_batch_collects)
{
    struct pagetable *pt = pt_create();
    struct tlb_batch b;
    KT_ASSERT(pt);
    tlb_batch_init(&b, pt);
    u64 before = frame_free_count();
    u32 n = 0;
    while (tlb_batch_has_room(&b)) {
        struct page *page = frame_alloc(0, 0);
        KT_ASSERT(page);
        tlb_batch_page(&b, page);
        n++;
    }
    KT_EQ(n, PAGE_SIZE / sizeof(struct page *));
    tlb_batch_range(&b, 0x3000, 0x5000);
    tlb_batch_range(&b, 0x1000, 0x2000);
    KT_ASSERT(b.start == 0x1000 && b.end == 0x5000);
    tlb_batch_flush(&b);
    KT_ASSERT(b.count == 0 && b.start > b.end);
    KT_ASSERT(frame_free_count() + 64 >= before); /* other threads may have taken a few */
    pt_destroy(pt);
}
