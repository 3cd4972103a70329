/* change.c: one change of a map, as mmap, munmap, mprotect ... have it in common: cut vmas so that
 * the range begins and ends between two of them, do something to each, join what belongs together
 * again.
 *
 * What must not happen under vs->lock is collected in a struct vm_change and done at its end. */
#include "vm/vm_priv.h"

#include "abi/errno.h"
#include "mm/pagetable.h"

void vm_change_begin(struct vm_change *c, struct vmspace *vs)
{
    c->vs = vs;
    tlb_batch_init(&c->tlb, vs->pt);
    list_init(&c->dead);
    mutex_lock(&c->vs->lock);
}

void vm_change_end(struct vm_change *c)
{
    if (!tlb_batch_is_empty(&c->tlb))
        tlb_batch_flush(&c->tlb);
    mutex_unlock(&c->vs->lock);
    struct vma *v, *next;
    list_for_each_entry_safe (v, next, &c->dead, on_object)
        vma_destroy(v);
}

void vm_change_drop(struct vm_change *c, struct vma *v)
{
    vma_remove(c->vs, v);
    list_add_tail(&c->dead, &v->on_object);
}

void vm_zap(struct pagetable *pt, vaddr_t start, vaddr_t end, struct tlb_batch *b)
{
    while (start < end) {
        spin_lock(&pt->lock);
        start = pt_unmap(pt, start, end, b);
        spin_unlock(&pt->lock);
        if (start < end)
            tlb_batch_flush(b);
    }
}

/* Take [start, end) out of v, which overlaps it: all of v, its head, its tail, or its middle. Only
 * the last needs memory, and then v is the only vma concerned, so a failure changes nothing. */
static int carve(struct vm_change *c, struct vma *v, vaddr_t start, vaddr_t end)
    REQUIRES(&c->vs->lock)
{
    if (start <= v->start && v->end <= end) {
        vm_change_drop(c, v);
    } else if (start <= v->start) {
        vma_resize(c->vs, v, end, v->end);
    } else if (v->end <= end) {
        vma_resize(c->vs, v, v->start, start);
    } else {
        if (!vma_split(c->vs, v, end))
            return -ENOMEM;
        vma_resize(c->vs, v, v->start, start);
    }
    return 0;
}

static void note_max_rss(struct vmspace *vs)
{
    vs->max_rss_pages = vmspace_max_rss(vs);
}

int vm_change_unmap(struct vm_change *c, vaddr_t start, vaddr_t end)
{
    struct vma *v = vma_at_or_above(c->vs, start);
    bool touched = false;
    while (v && v->start < end) {
        struct vma *next = v->end < end ? v->above : NULL;
        touched |= v->touched;
        int err = carve(c, v, start, end);
        if (err)
            return err;
        v = next;
    }
    if (touched) {
        note_max_rss(c->vs);
        vm_zap(c->vs->pt, start, end, &c->tlb);
    }
    return 0;
}

/* The lower one grows before the upper one goes: a truncate must find every page in some vma. */
static struct vma *join(struct vm_change *c, struct vma *a, struct vma *b) REQUIRES(&c->vs->lock)
{
    vma_resize(c->vs, a, a->start, b->end);
    a->touched |= b->touched;
    vm_change_drop(c, b);
    return a;
}

static struct vma *join_below(struct vm_change *c, struct vma *v) REQUIRES(&c->vs->lock)
{
    struct vma *below = v->below;
    return below && vma_joins(below, v) ? join(c, below, v) : v;
}

static struct vma *join_above(struct vm_change *c, struct vma *v) REQUIRES(&c->vs->lock)
{
    struct vma *above = v->above;
    return above && vma_joins(v, above) ? join(c, v, above) : v;
}

void vm_change_join(struct vm_change *c, struct vma *v)
{
    join_above(c, join_below(c, v));
}

int vm_change_insert(struct vm_change *c, const struct vma *want)
{
    struct vma *below, *above;
    vma_neighbours(c->vs, want->end, &below, &above);
    bool on_below = below && vma_joins(below, want);
    bool on_above = above && vma_joins(want, above);
    if (on_below) {
        vma_resize(c->vs, below, below->start, want->end);
        if (on_above)
            join(c, below, above);
        return 0;
    }
    if (on_above) {
        vma_resize(c->vs, above, want->start, above->end);
        return 0;
    }
    struct vma *v = c->vs->nvmas < VM_MAX_MAPS ? vma_create(want) : NULL;
    if (!v)
        return -ENOMEM;
    vma_insert(c->vs, v, below, above);
    return 0;
}

/* Cut v so that it lies inside [start, end). NULL: -ENOMEM, and v is as it was. */
static struct vma *cut_to_fit(struct vm_change *c, struct vma *v, vaddr_t start, vaddr_t end)
    REQUIRES(&c->vs->lock)
{
    if (v->start < start && !(v = vma_split(c->vs, v, start)))
        return NULL;
    if (v->end > end && !vma_split(c->vs, v, end)) {
        join_below(c, v);
        return NULL;
    }
    return v;
}

int vm_change_each(struct vm_change *c, vaddr_t start, vaddr_t end, enum vm_holes holes, vma_fn fn,
                   int arg)
{
    vaddr_t at = start;
    struct vma *done = NULL;
    bool hole = false;
    int err = 0;
    while (at < end && !err) {
        struct vma *v = vma_at_or_above(c->vs, at);
        hole |= !v || v->start > at;
        if (!v || v->start >= end || (hole && holes == STOP_AT_HOLE))
            break;
        v = cut_to_fit(c, v, at, end);
        if (!v) {
            err = -ENOMEM;
            break;
        }
        at = v->end;
        err = fn(c, v, arg);
        done = join_below(c, v); /* above it is what fn has not seen yet */
    }
    if (done)
        join_above(c, done);
    return err ? err : hole ? -ENOMEM : 0;
}
