/* slab_priv.h: what slab.c, slab_pages.c and kmalloc.c know of each other. */
#pragma once

#include "lock/spinlock.h"
#include "mm/frame_priv.h"
#include "mm/kasan_mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "x86/percpu.h"

enum { MAGAZINE_MAX = 31 }; /* objects; with the header a magazine is 256 bytes */

struct magazine {
    u32 count;
    u32 capacity;
    void *objects[MAGAZINE_MAX];
};

/* Key: l = lock, c = fixed at creation, i = this CPU only, interrupts off, L = list_lock. */
struct kmem_cache {
    struct magazine *magazine[MAX_CPUS]; /* (i) at first &no_magazine */
    const char *name;                    /* (c) */
    u32 size, stride, red_at, link_at;   /* (c) bytes; red_at 0: not poisoned */
    u32 per_slab, order, capacity;       /* (c) */
    void (*ctor)(void *);                /* (c) */
    struct spinlock lock;
    struct list_head partial; /* (l) slabs with a free object, through page->link */
    u64 nslabs, nempty;       /* (l) */
    u64 taken;                /* (l) objects that are not on a slab's free list */
    struct list_head on_list; /* (L) */
    struct kasan_cache kasan; /* empty without SAN=1 */
};

extern bool slab_poisoning;

/* Lay out the objects of c, whose ctor is set, and choose the size of its slabs and magazines. */
void slab_set_geometry(struct kmem_cache *c, size_t size, size_t align);

/* Take up to n objects from slabs, making one slab if there is none free: that may wait where the
 * context allows it. Returns how many. */
u32 slabs_take(struct kmem_cache *c, void **out, u32 n);
void slabs_give(struct kmem_cache *c, void **objects, u32 n);

/* Free the wholly free slabs. Returns the number of frames. */
size_t slabs_shrink(struct kmem_cache *c);

/* A poisoned object is being allocated or freed: panic if it was misused, and mark it. */
void slab_poison_alloc(struct kmem_cache *c, void *object);
void slab_poison_free(struct kmem_cache *c, void *object);

/* Whose object this is; NULL when it lies in no slab. */
static inline struct kmem_cache *slab_cache_of(const void *object)
{
    const struct page *page = virt_to_page(object);
    return page->kind == PAGE_SLAB ? page->slab.cache : NULL;
}

/* The first struct page of the slab in which object lies, which does lie in one. */
static inline struct page *slab_of(const void *object)
{
    struct page *page = virt_to_page(object);
    u64 n = (u64)(page - (struct page *)PAGES_BASE);
    return page - (n & ((1ul << page->order) - 1));
}

/* The object of c in which address p of one of its slabs lies; its redzone counts. */
static inline void *slab_object_of(const struct kmem_cache *c, const void *p)
{
    u8 *base = page_virt(slab_of(p));
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): c is a cache */
    return base + ((uptr)p - (uptr)base) / c->stride * c->stride;
}

/* Make the caches of kmalloc's sizes. Panics without memory. */
void kmalloc_init(void);
