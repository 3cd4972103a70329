/* fault.c: the page fault: a program touched a page that its page table does not show, or not with
 * the right it needs. Most faults are no error but the moment at which memory is really given:
 *
 *                     nothing in the page table        a page, but read-only
 *     private, read   the zero frame, or the file's    -
 *     private, write  a fresh frame, or a copy         COW: a copy, or the page itself for the last
 *     shared, read    the object's page                -
 *     shared, write   the object's page                the page may be written now
 *
 * The vmas say what is right; the page table only remembers what was worked out before. So a fault
 * may always be answered by doing nothing: the program faults again. We use that wherever another
 * thread was faster.
 *
 * What this file does not do: fetch a page from a file (object.c asks its pager, with nothing
 * locked), decide who dies when memory is out (oom.c), or send a signal (sys/trap.c). */
#include "vm/fault.h"

#include "abi/errno.h"
#include "mm/pagetable.h"
#include "vm/fault_priv.h"
#include "vm/oom.h"
#include "x86/percpu.h"
#include "x86/trapframe.h"

/* The access that failed, as a right of the vma. On x86 to write or to execute is to read too. */
static int needed_prot(unsigned pf_error)
{
    if (pf_error & PF_FETCH)
        return PROT_EXEC;
    if (pf_error & PF_WRITE)
        return PROT_WRITE;
    return PROT_READ | PROT_WRITE | PROT_EXEC;
}

/* A truncate takes the page out of the object first and out of the page tables, one by one under
 * their locks, after that. So who finds it in the object under a page table's lock may enter it. */
static bool source_is_alive(const struct fault *f)
{
    return !f->source || (READ_ONCE(f->source->object) == f->obj && f->source->index == f->index);
}

int fault_enter(struct fault *f, pte_t entry, struct page *page)
{
    struct pagetable *pt = f->vs->pt;
    spin_lock(&pt->lock);
    int err = source_is_alive(f) ? pt_add(pt, f->va, entry) : -EEXIST;
    spin_unlock(&pt->lock);
    if (err && page)
        page_put(page);
    return err == -EEXIST ? 0 : err; /* another thread was faster: its answer counts */
}

/* The first write to what was only read so far. Shared memory may simply be written, and so may a
 * page that nobody else has; else it is copied, and *replaced is what was there. */
static int make_writable(struct pagetable *pt, pte_t *slot, const struct vma *vma,
                         struct page **replaced) REQUIRES(&pt->lock)
{
    if (!(vma->flags & VMA_SHARED) && !anon_is_ours_alone(*slot))
        return anon_copy(pt, slot, vma, replaced);
    *slot = (*slot & ~PTE_COW) | PTE_W | PTE_D;
    return 0;
}

/* There is a page already. Either it must not be written yet, or the processor remembers an older
 * state than the page table's, and forgets it by the fault. */
static int fault_present(struct fault *f, struct vma *vma) REQUIRES(&f->vs->lock)
{
    struct pagetable *pt = f->vs->pt;
    struct page *replaced = NULL;
    int err = 0, level = 1;

    spin_lock(&pt->lock);
    pte_t *slot = pt_walk(pt, f->va, &level, false);
    if (!(*slot & PTE_P))
        err = FAULT_ABSENT;
    else if (f->write && !(*slot & PTE_W))
        err = make_writable(pt, slot, vma, &replaced);
    spin_unlock(&pt->lock);

    if (replaced) {
        tlb_flush_page(pt, f->va); /* before the old frame can become somebody else's */
        page_put(replaced);
    } else {
        tlb_flush_local(f->va);
    }
    return err;
}

static int fault_absent(struct fault *f, struct vma *vma) REQUIRES(&f->vs->lock)
{
    if (vma->obj)
        return object_fault(f, vma);
    return f->write ? anon_fresh(f, vma) : anon_zero(f, vma);
}

/* One attempt, with the vmspace locked. */
static int fault_locked(struct fault *f) REQUIRES(&f->vs->lock)
{
    f->source = NULL; /* a second attempt may find something else mapped here */
    struct vma *vma = vm_find(f->vs, f->va);
    if (!vma)
        vma = vm_grow_stack(f->vs, f->va);
    if (!vma)
        return -EFAULT;
    if (!(vma->prot & f->need))
        return -EACCES;
    vma->touched = true;
    int err = f->present ? fault_present(f, vma) : FAULT_ABSENT;
    if (err == FAULT_ABSENT)
        err = fault_absent(f, vma);
    if (!err)
        *(f->major ? &f->vs->major_faults : &f->vs->minor_faults) += 1;
    return err;
}

int vm_fault(struct vmspace *vs, vaddr_t va, unsigned pf_error)
{
    if (!vs || va >= USER_TOP || ctx_current()->nofault)
        return -EFAULT;
    struct fault f = {.vs = vs,
                      .va = ALIGN_DOWN(va, PAGE_SIZE),
                      .need = needed_prot(pf_error),
                      .write = pf_error & PF_WRITE,
                      .present = pf_error & PF_PRESENT};
    int err;
    do {
        mutex_lock(&f.vs->lock);
        err = fault_locked(&f);
        mutex_unlock(&f.vs->lock);
        if (err == FAULT_ASK_PAGER)
            err = object_ask_pager(&f);
        if (err == -ENOMEM && oom_wait() == 0)
            err = FAULT_AGAIN;
    } while (err == FAULT_AGAIN);
    if (f.pinned)
        page_put(f.pinned);
    return err;
}
