/* kmap.c: kernel addresses for memory that is not contiguous, and for device registers (mm/kmap.h).
 *
 * An address space keeps its areas in a list sorted by address; a new area goes into the first gap
 * that is large enough. There are some dozens of areas, made at boot and at mount; hence a list and
 * no cleverness. Each area ends with a page that is never mapped, so that running over the end
 * faults. */
#include "mm/kmap.h"
#include "debug/assert.h"
#include "lib/list.h"
#include "lib/string.h"
#include "lock/spinlock.h"
#include "mm/frame.h"
#include "mm/kasan_mm.h"
#include "mm/kmap_priv.h"
#include "mm/layout.h"
#include "mm/pagetable.h"
#include "mm/rank.h"
#include "mm/regions.h"
#include "mm/slab.h"
#include "mm/tlb.h"

#define KERNEL_DATA (PTE_P | PTE_W | PTE_G | PTE_NX | PTE_A | PTE_D)
#define PTE_PAT_SMALL                                                                              \
    PTE_PS /* in a level-1 leaf bit 7 selects the upper half of the PAT (see mm_init_cpu) */

/* A range of addresses in use: pages from start, then the unmapped one. */
struct area {
    struct list_head link;
    vaddr_t start;
    u64 size; /* bytes, with the unmapped page */
};

struct space {
    vaddr_t start, end;
    struct list_head areas; /* (kmap_lock) by address */
    u64 npages;             /* (kmap_lock) without the unmapped ones */
};

static struct spinlock kmap_lock = SPINLOCK_INIT("kmap", RANK_KMAP);
static struct space vmalloc_space GUARDED_BY(kmap_lock) = {
    VMALLOC_BASE, VMALLOC_BASE + VMALLOC_SIZE, LIST_INIT(vmalloc_space.areas), 0};
static struct space mmio_space GUARDED_BY(kmap_lock) = {MMIO_BASE, MMIO_BASE + MMIO_SIZE,
                                                        LIST_INIT(mmio_space.areas), 0};

static const struct region_set *kmap_direct; /* what the direct map covers */

/* ---- areas ---- */

/* Reserve `bytes` whose start is `offset` above a multiple of `align`. NULL: -ENOMEM. */
static struct area *area_alloc(struct space *s, u64 bytes, u64 align, u64 offset)
{
    struct area *new = kmalloc(sizeof *new), *next;
    if (!new)
        return NULL;
    new->size = bytes + PAGE_SIZE;

    spin_lock(&kmap_lock);
    vaddr_t start = s->start + offset;
    list_for_each_entry (next, &s->areas, link) {
        if (start + new->size <= next->start)
            break;
        start = ALIGN_UP(next->start + next->size - offset, align) + offset;
    }
    bool fits = start + new->size <= s->end;
    if (fits) {
        new->start = start;
        list_add_tail(&next->link, &new->link); /* in front of next, which may be the anchor */
        s->npages += bytes / PAGE_SIZE;
    }
    spin_unlock(&kmap_lock);
    if (fits)
        return new;
    kfree(new);
    return NULL;
}

static struct area *area_find(struct space *s, vaddr_t start)
{
    struct area *a, *found = NULL;
    spin_lock(&kmap_lock);
    list_for_each_entry (a, &s->areas, link) {
        if (a->start == start) {
            found = a;
            break;
        }
    }
    spin_unlock(&kmap_lock);
    return found;
}

void kmap_unmap(vaddr_t start, vaddr_t end)
{
    struct tlb_batch b;
    tlb_batch_init(&b, &kernel_pt);
    while (start < end) {
        spin_lock(&kernel_pt.lock);
        start = pt_unmap(&kernel_pt, start, end, &b);
        spin_unlock(&kernel_pt.lock);
        tlb_batch_flush(&b);
    }
}

/* Unmap an area everywhere, and only then let its addresses go. */
static void area_free(struct space *s, struct area *a)
{
    kmap_unmap(a->start, a->start + a->size - PAGE_SIZE);
    spin_lock(&kmap_lock);
    list_del(&a->link);
    s->npages -= a->size / PAGE_SIZE - 1;
    spin_unlock(&kmap_lock);
    kfree(a);
}

/* ---- memory ---- */

bool kmap_fill(vaddr_t start, vaddr_t end)
{
    unsigned flags = frame_may_wait() ? FRAME_RECLAIM : 0;
    for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
        struct page *page = frame_alloc(flags, 0);
        if (!page)
            return false;
        spin_lock(&kernel_pt.lock);
        int err = pt_set(&kernel_pt, va, page_phys(page) | KERNEL_DATA, NULL);
        spin_unlock(&kernel_pt.lock);
        if (err) {
            frame_free(page);
            return false;
        }
    }
    return kasan_map_area(start, end);
}

void *vmalloc(size_t asked)
{
    if (asked == 0 || asked > VMALLOC_SIZE)
        return NULL;
    size_t bytes = ALIGN_UP(asked, PAGE_SIZE);
    struct area *a = area_alloc(&vmalloc_space, bytes, PAGE_SIZE, 0);
    if (!a)
        return NULL;
    if (!kmap_fill(a->start, a->start + bytes)) {
        area_free(&vmalloc_space, a);
        return NULL;
    }
    kasan_poison((void *)a->start, bytes, KASAN_VMALLOC);
    kasan_unpoison((void *)a->start, asked);
    return (void *)a->start;
}

void *vzalloc(size_t bytes)
{
    void *p = vmalloc(bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

void vfree(void *p)
{
    if (!p)
        return;
    struct area *a = area_find(&vmalloc_space, (vaddr_t)p);
    ASSERT_MSG(a, "vfree of %p, which is not allocated", p);
    kasan_poison(p, a->size - PAGE_SIZE, KASAN_VMALLOC);
    area_free(&vmalloc_space, a);
}

/* ---- devices ---- */

void *mmio_map(paddr_t pa, size_t len, enum mmio_cache cache)
{
    static const pte_t cache_bits[] = {
        [MMIO_UNCACHED] = PTE_PCD | PTE_PWT,
        [MMIO_WRITE_COMBINING] = PTE_PAT_SMALL,
        [MMIO_WRITE_BACK] = 0,
    };
    paddr_t first = ALIGN_DOWN(pa, PAGE_SIZE);
    u64 bytes = ALIGN_UP(pa + len, PAGE_SIZE) - first;
    bool large = bytes >= PAGE_SIZE_2M && cache != MMIO_WRITE_COMBINING;
    u64 align = large ? PAGE_SIZE_2M : PAGE_SIZE; /* so that large leaves fit */
    struct area *a = area_alloc(&mmio_space, bytes, align, first & (align - 1));
    if (!a)
        return NULL;

    spin_lock(&kernel_pt.lock);
    int err = pt_map(&kernel_pt, a->start, first, bytes,
                     KERNEL_DATA | PTE_SPECIAL | cache_bits[cache], large ? 2 : 1);
    spin_unlock(&kernel_pt.lock);
    if (err) {
        area_free(&mmio_space, a);
        return NULL;
    }
    return (void *)(a->start + (pa - first));
}

void mmio_unmap(void *va, size_t len)
{
    struct area *a = area_find(&mmio_space, ALIGN_DOWN((vaddr_t)va, PAGE_SIZE));
    ASSERT_MSG(a && (vaddr_t)va + len <= a->start + a->size,
               "mmio_unmap of %p, which is not mapped", va);
    area_free(&mmio_space, a);
}

const void *kmap_firmware(paddr_t pa, size_t len)
{
    u64 end;
    if (len == 0 || __builtin_add_overflow(pa, len, &end) || end > DIRECT_SIZE)
        return NULL;
    if (regions_contain(kmap_direct, pa, end))
        return P2V(pa);
    return mmio_map(pa, len, MMIO_WRITE_BACK);
}

void kmap_init(const struct region_set *direct)
{
    kmap_direct = direct;
}

void kmap_stats(struct kmap_stats *out)
{
    out->vmalloc_pages = READ_ONCE(vmalloc_space.npages);
    out->mmio_pages = READ_ONCE(mmio_space.npages);
    kstack_stats(out);
}
