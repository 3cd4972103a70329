/* brk.c: the heap that grows at one end, as programs had it before mmap.
 *
 * The heap is an ordinary anonymous vma, so a program may map something else over a part of it
 * (musl's malloc does, to make guard pages); the break itself is only a number. */
#include "vm/vm_priv.h"

#include "mm/layout.h"

void vm_set_brk(struct vmspace *vs, vaddr_t start)
{
    mutex_lock(&vs->lock);
    vs->brk_start = vs->brk = ALIGN_UP(start, PAGE_SIZE);
    mutex_unlock(&vs->lock);
}

/* Add [old_end, new_end) to the heap. */
static int heap_grow(struct vm_change *c, vaddr_t old_end, vaddr_t new_end) REQUIRES(&c->vs->lock)
{
    u64 npages = (new_end - old_end) >> PAGE_SHIFT;
    struct vma *above = vma_at_or_above(c->vs, old_end);
    if (new_end > c->vs->mmap_top || (above && vma_room_end(above) < new_end))
        return -ENOMEM;
    int err = vm_check_limits(c->vs, npages, npages);
    if (!err)
        err = vm_check_commit(npages);
    if (err)
        return err;
    struct vma want = {.start = old_end,
                       .end = new_end,
                       .prot = PROT_READ | PROT_WRITE,
                       .max_prot = PROT_READ | PROT_WRITE | PROT_EXEC};
    return vm_change_insert(c, &want);
}

/* 0 or a negative errno, which the system call does not show: the break just stays. */
static int brk_locked(struct vm_change *c, vaddr_t want) REQUIRES(&c->vs->lock)
{
    if (want < c->vs->brk_start || want > USER_TOP)
        return -ENOMEM;
    vaddr_t old_end = ALIGN_UP(c->vs->brk, PAGE_SIZE), new_end = ALIGN_UP(want, PAGE_SIZE);
    int err = 0;
    if (new_end > old_end)
        err = heap_grow(c, old_end, new_end);
    else if (new_end < old_end)
        err = vm_change_unmap(c, new_end, old_end);
    if (!err)
        c->vs->brk = want;
    return err;
}

vaddr_t vm_brk(struct vmspace *vs, vaddr_t want)
{
    struct vm_change c;
    vm_change_begin(&c, vs);
    (void)brk_locked(&c, want);
    vaddr_t now = vs->brk;
    vm_change_end(&c);
    return now;
}
