/* advise.c: madvise and msync: what a program tells about its memory.
 *
 * Most advice is only a hint, and today nothing depends on it: it is checked and accepted.
 * MADV_DONTNEED is an order: the pages go, and what is touched next comes fresh from its source.
 * MADV_FREE allows that too, at any time the kernel likes; we like it at once. */
#include "vm/vm_priv.h"

#include "abi/errno.h"

enum advice_kind { ADVICE_UNKNOWN, ADVICE_HINT, ADVICE_DROP, ADVICE_DROP_ANON, ADVICE_FLAG };

static enum advice_kind kind_of(int advice)
{
    switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
        return ADVICE_HINT;
    case MADV_DONTNEED:
        return ADVICE_DROP;
    case MADV_FREE:
        return ADVICE_DROP_ANON;
    case MADV_DONTFORK:
    case MADV_DOFORK:
        return ADVICE_FLAG;
    default:
        return ADVICE_UNKNOWN;
    }
}

/* Call fn for what each vma has in [start, end), without cutting any. -ENOMEM if there is a hole.
 */
static int each_part(struct vmspace *vs, vaddr_t start, vaddr_t end,
                     int (*fn)(struct vm_change *c, struct vma *v, vaddr_t start, vaddr_t end),
                     struct vm_change *c) REQUIRES(&vs->lock)
{
    bool hole = false;
    struct vma *v = vma_at_or_above(vs, start);
    while (start < end) {
        hole |= !v || v->start > start;
        if (!v || v->start >= end)
            break;
        int err = fn ? fn(c, v, MAX(start, v->start), MIN(end, v->end)) : 0;
        if (err)
            return err;
        start = v->end;
        v = v->above;
    }
    return hole ? -ENOMEM : 0;
}

static int drop(struct vm_change *c, struct vma *v, vaddr_t start, vaddr_t end)
{
    vm_zap(v->vs->pt, start, end, &c->tlb);
    return 0;
}

static int drop_anon(struct vm_change *c, struct vma *v, vaddr_t start, vaddr_t end)
{
    return v->obj ? -EINVAL : drop(c, v, start, end);
}

static int set_dontfork(struct vm_change *c UNUSED, struct vma *v, int advice)
{
    if (advice == MADV_DONTFORK)
        v->flags |= VMA_DONTFORK;
    else
        v->flags &= ~VMA_DONTFORK;
    return 0;
}

static int advise_locked(struct vm_change *c, vaddr_t start, vaddr_t end, int advice)
    REQUIRES(&c->vs->lock)
{
    switch (kind_of(advice)) {
    case ADVICE_HINT:
        return each_part(c->vs, start, end, NULL, c);
    case ADVICE_DROP:
    case ADVICE_DROP_ANON:
        c->vs->max_rss_pages = vmspace_max_rss(c->vs);
        return each_part(c->vs, start, end, kind_of(advice) == ADVICE_DROP ? drop : drop_anon, c);
    case ADVICE_FLAG:
        return vm_change_each(c, start, end, STEP_OVER_HOLES, set_dontfork, advice);
    case ADVICE_UNKNOWN:
        break;
    }
    return -EINVAL;
}

int vm_advise(struct vmspace *vs, vaddr_t addr, size_t len, int advice)
{
    vaddr_t end;
    if (kind_of(advice) == ADVICE_UNKNOWN || vm_check_range(addr, len, &end))
        return -EINVAL;
    struct vm_change c;
    vm_change_begin(&c, vs);
    int err = advise_locked(&c, addr, end, advice);
    vm_change_end(&c);
    return err;
}

/* The pages of a file are the file's own, so that a write to the mapping has reached it when the
 * instruction is done; there is no medium behind them that could be late. */
int vm_sync(struct vmspace *vs, vaddr_t addr, size_t len, int flags)
{
    vaddr_t end;
    if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
        (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC) || !IS_ALIGNED(addr, PAGE_SIZE))
        return -EINVAL;
    if (vm_check_range(addr, len, &end))
        return -ENOMEM;
    mutex_lock(&vs->lock);
    int err = each_part(vs, addr, end, NULL, NULL);
    mutex_unlock(&vs->lock);
    return err;
}
