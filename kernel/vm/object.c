/* object.c: pages by index, and the mappings that show them.
 *
 * Two structures answer the two questions: the array of pages "which frame is page n?", for read,
 * write and faults; the list of vmas "who shows it?", for truncate. There is no list of mappings
 * for each page, so sharing a page (fork!) costs nothing but its reference count. */
#include "vm/object.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "lock/percpu_counter.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vm/fault_priv.h"

static struct percpu_counter objects;

u64 vm_object_count(void)
{
    return (u64)percpu_counter_sum(&objects);
}

void vm_object_init(struct vm_object *obj, const struct pager_ops *ops, u64 npages)
{
    *obj = (struct vm_object){.refs = REFCOUNT_INIT(1), .ops = ops, .end = npages};
    spin_init(&obj->lock, "object", RANK_OBJECT);
    xa_init(&obj->pages);
    mutex_init(&obj->mappings_lock, "mappings", RANK_MAPPINGS);
    list_init(&obj->mappings);
    percpu_counter_add(&objects, 1);
}

struct vm_object *vm_object_get(struct vm_object *obj)
{
    refcount_get(&obj->refs);
    return obj;
}

/* ---- pages ---- */

struct page *vm_object_page(struct vm_object *obj, u64 index)
{
    spin_lock(&obj->lock);
    struct page *page = xa_load(&obj->pages, index);
    if (page)
        page_get(page);
    spin_unlock(&obj->lock);
    return page;
}

static int add_locked(struct vm_object *obj, u64 index, struct page *page) REQUIRES(&obj->lock)
{
    if (index >= obj->end)
        return -EIO;
    if (xa_load(&obj->pages, index))
        return -EEXIST;
    int err = xa_store(&obj->pages, index, page);
    if (err)
        return err;
    page_get(page);
    page->object = obj;
    page->index = index;
    obj->nresident++;
    return 0;
}

int vm_object_add(struct vm_object *obj, u64 index, struct page *page)
{
    spin_lock(&obj->lock);
    int err = add_locked(obj, index, page);
    spin_unlock(&obj->lock);
    return err;
}

int vm_object_fault(struct vm_object *obj, u64 index, bool write, struct page **page, bool *major)
{
    *page = vm_object_page(obj, index);
    if (*page)
        return 0;
    if (index >= READ_ONCE(obj->end))
        return -EIO;
    assert_no_spinlock();
    if (unlikely(lockcheck_on))
        assert_no_lock_upto(LAYER_VM); /* DESIGN, circle 1 */
    return obj->ops->fault(obj, index, write, page, major);
}

/* Take the pages of [first, last) out; they keep the object's reference and go to `dead`. The lock
 * is dropped now and then, so that interrupts are not off for too long. */
static void take_out(struct vm_object *obj, u64 first, u64 last, struct list_head *dead)
{
    enum { AT_ONCE = 64 };
    struct page *page;
    do {
        spin_lock(&obj->lock);
        for (int n = 0; n < AT_ONCE && (page = xa_find(&obj->pages, &first, last - 1)); n++) {
            xa_erase(&obj->pages, first);
            WRITE_ONCE(page->object, NULL); /* a fault that has found it may not enter it now */
            obj->nresident--;
            list_add_tail(dead, &page->link);
        }
        spin_unlock(&obj->lock);
    } while (page);
}

static void put_all(struct list_head *pages)
{
    struct page *page;
    while ((page = list_pop_entry(pages, struct page, link)))
        page_put(page);
}

/* ---- mappings ---- */

/* Remove what v shows of the pages [first, last), private copies of them included. */
static void unmap_from(const struct vma *v, u64 first, u64 last)
{
    u64 from = MAX(first, v->first_page), to = MIN(last, v->first_page + vma_pages(v));
    if (from >= to)
        return;
    struct tlb_batch batch;
    tlb_batch_init(&batch, v->vs->pt);
    vaddr_t base = v->start - (v->first_page << PAGE_SHIFT); /* may wrap; the sums do not */
    vm_zap(v->vs->pt, base + (from << PAGE_SHIFT), base + (to << PAGE_SHIFT), &batch);
    tlb_batch_flush(&batch);
}

/* A vmspace takes its vmas off the list before its page table goes, so v->vs is alive. */
static void unmap_everywhere(struct vm_object *obj, u64 first, u64 last)
{
    struct vma *v;
    mutex_lock(&obj->mappings_lock);
    list_for_each_entry (v, &obj->mappings, on_object)
        unmap_from(v, first, last);
    mutex_unlock(&obj->mappings_lock);
}

void vm_object_drop(struct vm_object *obj, u64 first, u64 last)
{
    if (first >= last)
        return;
    struct list_head dead = LIST_INIT(dead);
    take_out(obj, first, last, &dead);
    unmap_everywhere(obj, first, last);
    put_all(&dead);
}

void vm_object_resize(struct vm_object *obj, u64 npages)
{
    spin_lock(&obj->lock);
    bool shrinks = npages < obj->end;
    obj->end = npages;
    spin_unlock(&obj->lock);
    if (shrinks)
        vm_object_drop(obj, npages, U64_MAX);
}

void vm_object_put(struct vm_object *obj)
{
    if (!refcount_put(&obj->refs))
        return;
    ASSERT(list_empty(&obj->mappings));
    assert_no_spinlock();
    struct list_head dead = LIST_INIT(dead);
    take_out(obj, 0, U64_MAX, &dead);
    put_all(&dead);
    percpu_counter_add(&objects, -1);
    obj->ops->release(obj);
}

/* ---- faults ---- */

/* What is in memory of the pages that v maps at [start, end) goes into the empty ones of the
 * entries from `slot` on. Holding the object's lock, under which a truncate takes pages out of it
 * before it clears page tables, they cannot be gone. */
static void enter_present(struct vm_object *obj, struct pagetable *pt, const struct vma *v,
                          vaddr_t start, vaddr_t end, pte_t *slot) REQUIRES(&obj->lock, &pt->lock)
{
    pte_t bits = prot_pte_bits(v->prot);
    if ((v->flags & VMA_SHARED) && (v->prot & PROT_WRITE))
        bits |= PTE_W;
    u64 index = vma_index(v, start);
    for (; start < end; start += PAGE_SIZE, index++, slot++) {
        struct page *page = *slot ? NULL : xa_load(&obj->pages, index);
        if (page) {
            page_get(page);
            pt_fill(pt, slot, page_phys(page) | bits);
        }
    }
}

/* A file is seldom read one page only. So with the page that is asked for come those around it that
 * are in memory already: a window so aligned that its entries lie in one table. */
static int enter_around(struct fault *f, const struct vma *vma) REQUIRES(&f->vs->lock)
{
    enum { WINDOW = 8 * PAGE_SIZE };
    vaddr_t window = ALIGN_DOWN(f->va, WINDOW), start = MAX(window, vma->start);
    struct pagetable *pt = f->vs->pt;
    int level = 1, err = -ENOMEM;
    spin_lock(&f->obj->lock);
    spin_lock(&pt->lock);
    pte_t *slot = pt_walk(pt, start, &level, true);
    if (slot) {
        enter_present(f->obj, pt, vma, start, MIN(window + WINDOW, vma->end), slot);
        err = slot[(f->va - start) >> PAGE_SHIFT] ? 0 : FAULT_ASK_PAGER;
    }
    spin_unlock(&pt->lock);
    spin_unlock(&f->obj->lock);
    return err;
}

/* A first write: to the object's page itself, or to a copy. */
static int object_write_fault(struct fault *f, struct vma *vma) REQUIRES(&f->vs->lock)
{
    struct page *page = f->source = vm_object_page(f->obj, f->index);
    if (!page)
        return FAULT_ASK_PAGER;
    if (f->write_source)
        return fault_enter(f, page_phys(page) | prot_pte_bits(vma->prot) | PTE_W, page);
    int err = anon_copy_source(f, vma);
    page_put(page);
    return err;
}

int object_fault(struct fault *f, struct vma *vma)
{
    f->obj = vma->obj;
    f->index = vma_index(vma, f->va);
    f->write_source = f->write && (vma->flags & VMA_SHARED);
    int err = f->write ? object_write_fault(f, vma) : enter_around(f, vma);
    if (err == FAULT_ASK_PAGER)
        vm_object_get(f->obj);
    return err;
}

int object_ask_pager(struct fault *f)
{
    struct page *page;
    int err = vm_object_fault(f->obj, f->index, f->write_source, &page, &f->major);
    vm_object_put(f->obj);
    if (err)
        return err;
    if (f->pinned)
        page_put(f->pinned);
    f->pinned = page; /* it cannot be evicted before we have looked again */
    return FAULT_AGAIN;
}

/* ---- shared anonymous memory ---- */

static int zeros_fault(struct vm_object *obj, u64 index, bool write UNUSED, struct page **out,
                       bool *major UNUSED)
{
    struct page *page = frame_alloc(FRAME_ZERO, 0);
    if (!page)
        return -ENOMEM;
    int err = vm_object_add(obj, index, page);
    if (err) {
        page_put(page);
        if (err != -EEXIST)
            return err;
        page = vm_object_page(obj, index); /* shared memory only ever loses pages at its end */
        if (!page)
            return -EIO;
    }
    *out = page;
    return 0;
}

static void zeros_release(struct vm_object *obj)
{
    kfree(obj);
}

static const struct pager_ops zeros_pager = {.fault = zeros_fault, .release = zeros_release};

struct vm_object *anon_shared_object(u64 npages)
{
    struct vm_object *obj = kmalloc(sizeof *obj);
    if (obj)
        vm_object_init(obj, &zeros_pager, npages);
    return obj;
}
