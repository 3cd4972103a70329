/* tlb.c: the shoot-down of stale translations (mm/tlb.h).
 *
 * Why it is right: entries are changed first, then pt->cpus is read, with a full barrier between. A
 * CPU that loads pt sets its bit before it loads CR3 (pt_activate). So either we see its bit and
 * interrupt it, or it loaded CR3 after our change, and with no PCIDs that load dropped whatever it
 * knew. ipi_call_mask returns when every CPU has run the handler; only then are the frames given
 * up. */
#include "mm/tlb.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "mm/pt_priv.h"
#include "x86/cpu.h"
#include "x86/smp.h"

/* The inline array is full: go on in a frame, which holds 512. */
bool tlb_batch_make_room(struct tlb_batch *b)
{
    if (b->more)
        return false;
    b->more = frame_alloc(0, 0);
    if (!b->more)
        return false;
    b->pages = page_virt(b->more);
    b->capacity = PAGE_SIZE / sizeof(struct page *);
    for (u32 i = 0; i < b->count; i++)
        b->pages[i] = b->few[i];
    return true;
}

void tlb_flush_local(vaddr_t va)
{
    invlpg(va);
}

/* Clearing CR4.PGE drops everything, global entries too (Intel SDM vol. 3, "Operations that
 * Invalidate TLBs and Paging-Structure Caches"). */
void tlb_flush_all_local(void)
{
    u64 cr4 = read_cr4();
    write_cr4(cr4 & ~(u64)CR4_PGE);
    write_cr4(cr4);
}

/* Forget [b->start, b->end) on this CPU, if it can know it. Interrupts off, or preemption at least.
 */
static void flush_here(void *arg)
{
    const struct tlb_batch *b = arg;
    bool kernel = b->pt == &kernel_pt;

    if (!kernel && pt_active() != b->pt)
        return;
    if ((b->end - b->start) / PAGE_SIZE <= TLB_FLUSH_ALL) {
        for (vaddr_t va = b->start; va < b->end; va += PAGE_SIZE)
            invlpg(va);
    } else if (kernel) {
        tlb_flush_all_local();
    } else {
        write_cr3(read_cr3());
    }
}

static void flush_everywhere(struct tlb_batch *b)
{
    preempt_disable();
    atomic_thread_fence(memory_order_seq_cst); /* our entries, then the mask: see above */
    cpumask_t who = b->pt == &kernel_pt ? atomic_load(&cpus_online) : atomic_load(&b->pt->cpus);
    cpumask_t others = who & ~cpumask_of(cpu_id());
    if (others)
        ipi_call_mask(others, flush_here, b); /* asserts that we may wait */
    bool irqs = irqs_save();
    flush_here(b);
    irqs_restore(irqs);
    preempt_enable();
}

void tlb_batch_flush(struct tlb_batch *b)
{
    if (b->start < b->end)
        flush_everywhere(b);
    if (b->count)
        page_put_many(b->pages, b->count);
    if (b->more)
        frame_free(b->more);
    tlb_batch_init(b, b->pt);
}

void tlb_flush_page(struct pagetable *pt, vaddr_t va)
{
    struct tlb_batch b;
    tlb_batch_init(&b, pt);
    tlb_batch_range(&b, va, va + PAGE_SIZE);
    tlb_batch_flush(&b);
}
