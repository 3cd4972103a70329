/* protect.c: mprotect: new rights for a range.
 *
 * Taking a right away changes the page table at once. Giving the right to write a private page does
 * not: the page may be shared copy-on-write, and only the fault can tell. */
#include "vm/vm_priv.h"

#include "abi/errno.h"
#include "mm/pagetable.h"

enum { PROT_VALID = PROT_READ | PROT_WRITE | PROT_EXEC, PROT_SEM = 8 /* ignored, as on Linux */ };

/* Bring the entries of v, whose rights were changed, in line. */
static void update_entries(struct vm_change *c, const struct vma *v)
{
    pte_t set, clear;
    if (v->prot == PROT_NONE) {
        set = PTE_NONE;
        clear = PTE_P | PTE_W;
    } else {
        set = prot_pte_bits(v->prot);
        clear = PTE_NONE | PTE_NX;
        if (!(v->prot & PROT_WRITE))
            clear |= PTE_W;
        else if (v->flags & VMA_SHARED)
            set |= PTE_W;
    }
    struct pagetable *pt = c->vs->pt;
    for (vaddr_t va = v->start; va < v->end && v->touched; va += VM_LOCK_SPAN) {
        spin_lock(&pt->lock);
        pt_protect(pt, va, MIN(va + VM_LOCK_SPAN, v->end), set, clear, &c->tlb);
        spin_unlock(&pt->lock);
    }
}

static int protect_one(struct vm_change *c, struct vma *v, int prot) REQUIRES(&c->vs->lock)
{
    if (prot & ~v->max_prot)
        return -EACCES;
    if (prot == v->prot)
        return 0;
    s64 data = vm_counts_as_data(prot, v->flags) - vm_counts_as_data(v->prot, v->flags);
    if (data > 0 && (vm_check_limits(c->vs, 0, vma_pages(v)) || vm_check_commit(vma_pages(v))))
        return -ENOMEM;
    c->vs->ndata_pages += data * (s64)vma_pages(v);
    v->prot = prot;
    update_entries(c, v);
    return 0;
}

int vm_protect(struct vmspace *vs, vaddr_t addr, size_t len, int prot)
{
    vaddr_t end;
    if (prot & ~(PROT_VALID | PROT_SEM))
        return -EINVAL;
    if (!IS_ALIGNED(addr, PAGE_SIZE))
        return -EINVAL;
    if (vm_check_range(addr, len, &end))
        return -ENOMEM;
    prot &= PROT_VALID;
    if (!vm_prot_allowed(prot))
        return -EACCES;
    struct vm_change c;
    vm_change_begin(&c, vs);
    int err = vm_change_each(&c, addr, end, STOP_AT_HOLE, protect_one, prot);
    vm_change_end(&c);
    return err;
}
