/* remote.c: reading and writing the memory of any address space through the direct map: exec
 * fills the stack of a program that does not run yet, /proc shows another process's arguments. */
#include "vm/vm_priv.h"

#include "lib/string.h"
#include "mm/page.h"
#include "mm/pagetable.h"
#include "vm/fault.h"
#include "x86/trapframe.h"

/* The frame at va if it is mapped and may be accessed so, with a reference; else NULL. The zero
 * frame is one like any other here. */
static struct page *page_get_at(struct vmspace *vs, vaddr_t va, bool write)
{
    struct page *page = NULL;
    struct pagetable *pt = vs->pt;
    spin_lock(&pt->lock);
    pte_t entry = pt_get(pt, va, NULL);
    if ((entry & PTE_P) && (!write || (entry & PTE_W))) {
        page = page_at(pte_addr(entry));
        page_get(page);
    }
    spin_unlock(&pt->lock);
    return page;
}

static struct page *page_fault_in(struct vmspace *vs, vaddr_t va, bool write)
{
    struct page *page;
    while (!(page = page_get_at(vs, va, write)))
        if (vm_fault(vs, va, PF_USER | (write ? PF_WRITE | PF_PRESENT : 0)))
            return NULL;
    return page;
}

static size_t vm_access(struct vmspace *vs, vaddr_t va, char *buf, size_t n, bool write)
{
    size_t done = 0;
    while (done < n) {
        size_t off = (va + done) % PAGE_SIZE, step = MIN(n - done, (size_t)(PAGE_SIZE - off));
        struct page *page = va + done < USER_TOP ? page_fault_in(vs, va + done, write) : NULL;
        if (!page)
            break;
        char *frame = (char *)page_virt(page) + off;
        memcpy(write ? frame : buf + done, write ? buf + done : frame, step);
        page_put(page);
        done += step;
    }
    return done;
}

size_t vm_read(struct vmspace *vs, vaddr_t va, void *buf, size_t n)
{
    return vm_access(vs, va, buf, n, false);
}

size_t vm_write(struct vmspace *vs, vaddr_t va, const void *buf, size_t n)
{
    return vm_access(vs, va, (char *)buf, n, true);
}
