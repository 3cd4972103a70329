/* remap.c: mremap: a mapping changes its size or its place, and keeps its pages.
 *
 * Moving moves page-table entries; not a byte of the memory is copied, which is what makes realloc
 * of large blocks cheap. */
#include "vm/vm_priv.h"

#include "abi/errno.h"
#include "lib/checked.h"
#include "mm/pagetable.h"

enum { REMAP_FLAGS = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP };

struct remap {
    vaddr_t old, old_end; /* what there is; empty for a second view of shared memory */
    u64 new_len;
    int flags;
    vaddr_t new_addr; /* MREMAP_FIXED; and the result */
};

static int check(struct remap *r, size_t old_len, size_t new_len)
{
    if ((r->flags & ~REMAP_FLAGS) || new_len == 0 ||
        align_up_overflows(new_len, PAGE_SIZE, &r->new_len) ||
        vm_check_range(r->old, old_len, &r->old_end))
        return -EINVAL;
    bool may_move = r->flags & MREMAP_MAYMOVE;
    if ((r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !may_move)
        return -EINVAL;
    if ((r->flags & MREMAP_DONTUNMAP) && r->old_end - r->old != r->new_len)
        return -EINVAL;
    if (!(r->flags & MREMAP_FIXED))
        return 0;
    if (!IS_ALIGNED(r->new_addr, PAGE_SIZE) || r->new_addr < USER_MIN ||
        !range_within(r->new_addr, r->new_len, USER_TOP) ||
        ranges_overlap(r->old, r->old_end - r->old, r->new_addr, r->new_len))
        return -EINVAL;
    return 0;
}

/* May v become `more` pages larger? */
static int check_growth(struct vmspace *vs, const struct vma *v, u64 more) REQUIRES(&vs->lock)
{
    u64 ndata = vm_counts_as_data(v->prot, v->flags) ? more : 0;
    int err = vm_check_limits(vs, more, ndata);
    return err ? err : vm_check_commit(ndata);
}

/* Is there room behind v, which ends where the old range does? */
static bool grow_in_place(struct vmspace *vs, struct vma *v, vaddr_t new_end) REQUIRES(&vs->lock)
{
    struct vma *above = v->above;
    if (new_end > USER_TOP || (above && vma_room_end(above) < new_end))
        return false;
    vma_resize(vs, v, v->start, new_end);
    return true;
}

/* Make the tables that the entries of [from, from + len) will need at `to`, so that moving them
 * cannot fail half way. 0 or -ENOMEM. */
static int reserve_tables(struct pagetable *pt, vaddr_t from, vaddr_t to, u64 len)
    REQUIRES(&pt->lock)
{
    vaddr_t va = from;
    int level;
    while (pt_next(pt, &va, from + len, &level)) {
        vaddr_t target = va - from + to;
        level = 1;
        if (!pt_walk(pt, target, &level, true))
            return -ENOMEM;
        va += ALIGN_DOWN(target, PAGE_SIZE_2M) + PAGE_SIZE_2M - target;
        if (va >= from + len)
            break;
    }
    return 0;
}

/* Move what is present in [from, from + len) to `to`, all or nothing. */
static int move_entries(struct vm_change *c, vaddr_t from, vaddr_t to, u64 len)
{
    struct pagetable *pt = c->vs->pt;
    spin_lock(&pt->lock);
    int err = reserve_tables(pt, from, to, len);
    if (!err)
        err = pt_move(pt, from, to, len, &c->tlb);
    spin_unlock(&pt->lock);
    return err;
}

/* A truncate of the object must find each page on one side or the other, so it is kept out. */
static int move_pages(struct vm_change *c, vaddr_t from, struct vma *to, u64 len)
{
    if (!to->obj)
        return move_entries(c, from, to->start, len);
    mutex_lock(&to->obj->mappings_lock);
    int err = move_entries(c, from, to->start, len);
    mutex_unlock(&to->obj->mappings_lock);
    return err;
}

static int choose_place(struct vm_change *c, struct remap *r) REQUIRES(&c->vs->lock)
{
    if (r->flags & MREMAP_FIXED)
        return vm_change_unmap(c, r->new_addr, r->new_addr + r->new_len);
    r->new_addr = vma_find_gap(c->vs, r->new_len, USER_MIN, c->vs->mmap_top);
    return r->new_addr ? 0 : -ENOMEM;
}

/* Enter v's likeness at the new place, move the pages there, remove the old range. */
static int move(struct vm_change *c, struct vma *v, struct remap *r) REQUIRES(&c->vs->lock)
{
    u64 old_len = r->old_end - r->old, kept = MIN(old_len, r->new_len);
    bool keep_old = r->flags & MREMAP_DONTUNMAP;
    struct vma want = *v;
    want.first_page = v->obj ? vma_index(v, r->old) : 0;
    want.flags &= ~VMA_GROWSDOWN;
    int err = check_growth(c->vs, v, (r->new_len - (keep_old ? 0 : kept)) >> PAGE_SHIFT);
    if (!err)
        err = choose_place(c, r); /* may cut v */
    if (err)
        return err;
    want.start = r->new_addr;
    want.end = r->new_addr + r->new_len;
    struct vma *below, *above;
    struct vma *new = c->vs->nvmas < VM_MAX_MAPS ? vma_create(&want) : NULL;
    if (!new)
        return -ENOMEM;
    vma_neighbours(c->vs, want.end, &below, &above);
    vma_insert(c->vs, new, below, above);
    err = move_pages(c, r->old, new, kept);
    if (err) {
        vm_change_drop(c, new);
        return err;
    }
    if (!keep_old && old_len)
        err = vm_change_unmap(c, r->old, r->old_end);
    vm_change_join(c, new);
    return err;
}

static int remap_locked(struct vm_change *c, struct remap *r) REQUIRES(&c->vs->lock)
{
    struct vma *v = vm_find(c->vs, r->old);
    if (!v || r->old_end > v->end)
        return -EFAULT;
    u64 old_len = r->old_end - r->old;
    if (old_len == 0 && !(v->flags & VMA_SHARED))
        return -EINVAL;
    if ((r->flags & MREMAP_DONTUNMAP) && (v->obj || (v->flags & VMA_SHARED)))
        return -EINVAL;
    if (!(r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && old_len) {
        r->new_addr = r->old;
        if (r->new_len <= old_len)
            return vm_change_unmap(c, r->old + r->new_len, r->old_end);
        int err = check_growth(c->vs, v, (r->new_len - old_len) >> PAGE_SHIFT);
        if (err)
            return err;
        if (v->end == r->old_end && grow_in_place(c->vs, v, r->old + r->new_len))
            return 0;
    }
    return r->flags & MREMAP_MAYMOVE ? move(c, v, r) : -ENOMEM;
}

int vm_remap(struct vmspace *vs, vaddr_t old, size_t old_len, size_t new_len, int flags,
             vaddr_t new_addr, vaddr_t *out)
{
    struct remap r = {.old = old, .flags = flags, .new_addr = new_addr};
    int err = check(&r, old_len, new_len);
    if (err)
        return err;
    struct vm_change c;
    vm_change_begin(&c, vs);
    err = remap_locked(&c, &r);
    vm_change_end(&c);
    *out = r.new_addr;
    return err;
}
