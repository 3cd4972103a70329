/* vmspace.c: address spaces are made, copied by fork, and taken down. */
#include "vm/vm_priv.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "mm/pagetable.h"
#include "mm/slab.h"
#include "vm/anon.h"
#include "vm/oom.h"

static struct kmem_cache *vmspace_cache;

void vm_init(void)
{
    vmspace_cache = kmem_cache_create("vmspace", sizeof(struct vmspace), 0, NULL);
    ASSERT(vmspace_cache);
    vma_init_cache();
    anon_init();
    oom_init();
    vm_policy_init();
}

int vmspace_create(struct vmspace **out)
{
    struct vmspace *vs = kmem_cache_zalloc(vmspace_cache);
    if (!vs)
        return -ENOMEM;
    vs->pt = pt_create();
    if (!vs->pt) {
        kmem_cache_free(vmspace_cache, vs);
        return -ENOMEM;
    }
    refcount_init(&vs->refs, 1);
    mutex_init(&vs->lock, "vmspace", RANK_VMSPACE);
    vs->mmap_top = vm_mmap_top();
    *out = vs;
    return 0;
}

struct vmspace *vmspace_get(struct vmspace *vs)
{
    refcount_get(&vs->refs);
    return vs;
}

u64 vmspace_rss(const struct vmspace *vs)
{
    return READ_ONCE(vs->pt->nframes);
}

u64 vmspace_max_rss(const struct vmspace *vs)
{
    return MAX(READ_ONCE(vs->max_rss_pages), vmspace_rss(vs));
}

u64 vmspace_footprint(const struct vmspace *vs)
{
    return vmspace_rss(vs) + READ_ONCE(vs->pt->ntables);
}

/* ---- the end ---- */

/* Nobody runs in it any more, so no TLB needs flushing: the frames go back at once. */
static void clear_pages(struct pagetable *pt, const struct vma *v)
{
    for (vaddr_t va = v->start; va < v->end && v->touched; va += VM_LOCK_SPAN) {
        spin_lock(&pt->lock);
        pt_clear(pt, va, MIN(va + VM_LOCK_SPAN, v->end));
        spin_unlock(&pt->lock);
    }
}

/* The lock is not taken: whoever takes the last reference away is the only one who knows vs. A
 * truncate may still reach the page table through an object's list until vma_remove. */
static void vmspace_free(struct vmspace *vs) NO_THREAD_SAFETY_ANALYSIS
{
    struct rb_node *n;
    while ((n = rb_first(&vs->tree))) {
        struct vma *v = rb_entry(n, struct vma, node);
        clear_pages(vs->pt, v);
        vma_remove(vs, v);
        vma_destroy(v);
    }
    pt_destroy(vs->pt);
    kmem_cache_free(vmspace_cache, vs);
    oom_memory_freed();
}

void vmspace_put(struct vmspace *vs)
{
    if (refcount_put(&vs->refs))
        vmspace_free(vs);
}

/* ---- fork ---- */

/* Let the child's vma show what the parent's shows. */
static int share_entries(struct vmspace *to, struct vmspace *from, const struct vma *v,
                         struct tlb_batch *batch)
{
    bool cow = !(v->flags & VMA_SHARED);
    s64 shared = 0;
    for (vaddr_t va = v->start; va < v->end && shared >= 0; va += VM_LOCK_SPAN) {
        spin_lock_pair(&from->pt->lock, &to->pt->lock);
        shared = pt_fork(to->pt, from->pt, va, MIN(va + VM_LOCK_SPAN, v->end), cow, batch);
        spin_unlock_pair(&from->pt->lock, &to->pt->lock);
    }
    return shared < 0 ? -ENOMEM : 0;
}

/* A truncate must find each page in the child too, or not at all: it waits until both the vma is in
 * the object's list and its pages are in the table. */
static int fork_vma(struct vmspace *to, struct vmspace *from, const struct vma *v,
                    struct tlb_batch *batch) NO_THREAD_SAFETY_ANALYSIS
{
    struct vma *copy = vma_create(v);
    if (!copy)
        return -ENOMEM;
    vma_insert(to, copy, vma_last(to), NULL); /* they come in order */
    if (!v->touched)
        return 0;
    if (!v->obj)
        return share_entries(to, from, v, batch);
    mutex_lock(&v->obj->mappings_lock);
    int err = share_entries(to, from, v, batch);
    mutex_unlock(&v->obj->mappings_lock);
    return err;
}

static void copy_layout(struct vmspace *to, const struct vmspace *from)
{
    to->mmap_top = from->mmap_top;
    to->brk_start = from->brk_start;
    to->brk = from->brk;
    to->stack_top = from->stack_top;
    to->arg_start = from->arg_start;
    to->arg_end = from->arg_end;
    to->env_start = from->env_start;
    to->env_end = from->env_end;
}

/* `to` is not locked: nobody else knows it yet. */
static int fork_locked(struct vmspace *to, struct vmspace *from, struct tlb_batch *batch)
    REQUIRES(&from->lock)
{
    copy_layout(to, from);
    for (struct rb_node *n = rb_first(&from->tree); n; n = rb_next(n)) {
        const struct vma *v = rb_entry(n, struct vma, node);
        int err = v->flags & VMA_DONTFORK ? 0 : fork_vma(to, from, v, batch);
        if (err)
            return err;
    }
    return 0;
}

int vmspace_fork(struct vmspace *from, struct vmspace **out)
{
    struct vmspace *to;
    int err = vmspace_create(&to);
    if (err)
        return err;
    struct tlb_batch batch;
    tlb_batch_init(&batch, from->pt);
    mutex_lock(&from->lock);
    err = fork_locked(to, from, &batch);
    tlb_batch_flush(&batch); /* our own pages are read-only from here on, on every CPU */
    mutex_unlock(&from->lock);
    if (err)
        vmspace_put(to);
    else
        *out = to;
    return err;
}
