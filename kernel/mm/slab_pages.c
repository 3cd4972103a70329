/* slab_pages.c: slabs: blocks of frames cut into objects (used by slab.c alone).
 *
 * The free objects of a slab are chained through a link word. It lies in the object's first bytes,
 * or behind it when the object must keep its contents while free (it has a constructor, or is
 * poisoned). A slab has no header: its bookkeeping is in the struct page of its first frame, so
 * that objects keep their natural alignment.
 *
 * Slabs with free objects are on cache->partial, wholly free ones at its end. Poisoned caches put a
 * red word behind each object that says "free" or "in use", and fill free objects with a pattern.
 */
#include "debug/assert.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab_priv.h"

enum {
    MIN_ALIGN = 16,
    MIN_OBJECTS = 8, /* a slab is made large enough for so many, up to SLAB_ORDER_MAX */
    SLAB_ORDER_MAX = 3,
    MAGAZINE_BYTES = 16384, /* a magazine holds no more than so many bytes of objects */
    EMPTY_KEPT = 1,         /* wholly free slabs that a cache keeps */
};

#define RED_FREE   0x46726565204f626aul /* "Free Obj" */
#define RED_IN_USE 0x496e20557365204ful /* "In Use O" */
#define POISON     0x6b

bool slab_poisoning;
static _Atomic u64 frames_in_slabs;

/* ---- objects ---- */

static inline void **link_of(const struct kmem_cache *c, void *object)
{
    return (void **)((u8 *)object + c->link_at);
}

static inline u64 *red_of(const struct kmem_cache *c, void *object)
{
    return (u64 *)((u8 *)object + c->red_at);
}

/* Panics unless object is one of c's. */
static void check_object(const struct kmem_cache *c, void *object, const char *what)
{
    if (slab_cache_of(object) != c || slab_object_of(c, object) != object)
        panic("slab %s: %s %p, which is none of its objects", c->name, what, object);
}

/* An object is being freed: check it, and make every later use show. */
void slab_poison_free(struct kmem_cache *c, void *object)
{
    check_object(c, object, "free of");
    u64 *red = red_of(c, object);
    if (*red == RED_FREE)
        panic("slab %s: %p freed twice", c->name, object);
    if (*red != RED_IN_USE)
        panic("slab %s: %p was overrun: %#lx behind its end", c->name, object, *red);
    memset(object, POISON, c->size);
    *red = RED_FREE;
}

void slab_poison_alloc(struct kmem_cache *c, void *object)
{
    const u8 *p = object;
    u64 *red = red_of(c, object);
    if (*red != RED_FREE)
        panic("slab %s: free object %p was overrun: %#lx behind its end", c->name, object, *red);
    for (u32 i = 0; i < c->size; i++)
        if (p[i] != POISON)
            panic("slab %s: %p written after it was freed: byte %u is %#x", c->name, object, i,
                  p[i]);
    *red = RED_IN_USE;
    if (c->ctor)
        c->ctor(object);
}

/* ---- slabs ---- */

/* A new slab with all objects free; not on any list yet. */
static struct page *slab_new(struct kmem_cache *c)
{
    struct page *slab = frame_alloc(frame_may_wait() ? FRAME_RECLAIM : 0, c->order);
    if (!slab)
        return NULL;
    for (u64 i = 0; i < 1ul << c->order; i++) {
        slab[i].kind = PAGE_SLAB;
        slab[i].order = (u8)c->order;
        slab[i].slab.cache = c;
    }
    slab->slab.freelist = NULL;
    slab->slab.inuse = 0;
    u8 *base = page_virt(slab);
    for (u32 i = c->per_slab;
         i-- > 0;) { /* backwards, so that the first object is handed out first */
        void *object = base + (u64)i * c->stride;
        if (c->red_at) {
            memset(object, POISON, c->size);
            *red_of(c, object) = RED_FREE;
        } else if (c->ctor) {
            c->ctor(object);
        }
        *link_of(c, object) = slab->slab.freelist;
        slab->slab.freelist = object;
    }
    kasan_slab_made(c, slab);
    atomic_fetch_add_explicit(&frames_in_slabs, 1ul << c->order, memory_order_relaxed);
    return slab;
}

static void slab_free(struct page *slab)
{
    atomic_fetch_sub_explicit(&frames_in_slabs, 1ul << slab->order, memory_order_relaxed);
    slab->kind = PAGE_USED;
    frame_free(slab);
}

/* Take one object from the partial slabs; NULL if there is none. */
static void *slab_take(struct kmem_cache *c) REQUIRES(&c->lock)
{
    struct page *slab = list_first_entry(&c->partial, struct page, link);
    if (!slab)
        return NULL;
    void *object = slab->slab.freelist;
    slab->slab.freelist = *link_of(c, object);
    if (slab->slab.inuse++ == 0)
        c->nempty--;
    if (!slab->slab.freelist)
        list_del(&slab->link);
    c->taken++;
    return object;
}

/* Put one object back on its slab. Slabs that become empty beyond those kept are collected on
 * `dead`. */
static void slab_give(struct kmem_cache *c, void *object, struct list_head *dead) REQUIRES(&c->lock)
{
    struct page *slab = slab_of(object);
    if (!slab->slab.freelist)
        list_add(&c->partial, &slab->link);
    *link_of(c, object) = slab->slab.freelist;
    slab->slab.freelist = object;
    c->taken--;
    if (--slab->slab.inuse)
        return;
    list_del(&slab->link);
    if (c->nempty >= EMPTY_KEPT) {
        c->nslabs--;
        list_add(dead, &slab->link);
    } else {
        c->nempty++;
        list_add_tail(&c->partial, &slab->link); /* used last, so that it may stay empty */
    }
}

static void free_dead(struct list_head *dead)
{
    struct page *slab;
    while ((slab = list_pop_entry(dead, struct page, link)))
        slab_free(slab);
}

/* Take up to n objects, making a slab if there is none. Returns how many. The lock is dropped for
 * making one, because that may wait. */
u32 slabs_take(struct kmem_cache *c, void **out, u32 n)
{
    u32 got = 0;
    spin_lock(&c->lock);
    while (got < n && (out[got] = slab_take(c)))
        got++;
    spin_unlock(&c->lock);
    if (got)
        return got;

    struct page *slab = slab_new(c);
    if (!slab)
        return 0;
    spin_lock(&c->lock);
    c->nslabs++;
    c->nempty++;
    list_add(&c->partial, &slab->link);
    while (got < n && (out[got] = slab_take(c)))
        got++;
    spin_unlock(&c->lock);
    return got;
}

void slabs_give(struct kmem_cache *c, void **objects, u32 n)
{
    struct list_head dead = LIST_INIT(dead);
    spin_lock(&c->lock);
    for (u32 i = 0; i < n; i++)
        slab_give(c, objects[i], &dead);
    spin_unlock(&c->lock);
    free_dead(&dead);
}

size_t slabs_shrink(struct kmem_cache *c)
{
    struct list_head dead = LIST_INIT(dead);
    struct page *slab;
    size_t frames = 0;

    spin_lock(&c->lock);
    while ((slab = list_last_entry(&c->partial, struct page, link)) && slab->slab.inuse == 0) {
        list_del(&slab->link);
        list_add(&dead, &slab->link);
        c->nempty--;
        c->nslabs--;
        frames += 1ul << c->order;
    }
    spin_unlock(&c->lock);
    free_dead(&dead);
    return frames;
}

/* ---- what others ask ---- */

/* Where the parts of an object lie, and how large its slabs are. */
void slab_set_geometry(struct kmem_cache *c, size_t size, size_t align)
{
    size_t end = MAX(size, sizeof(void *));
    align = MAX(align, (size_t)MIN_ALIGN);

    c->size = (u32)size;
    if (slab_poisoning) {
        end = ALIGN_UP(end, sizeof(u64));
        c->red_at = (u32)end;
        end += sizeof(u64);
    }
    if (c->ctor || slab_poisoning) {
        end = ALIGN_UP(end, sizeof(void *));
        c->link_at = (u32)end;
        end += sizeof(void *);
    }
    c->stride = (u32)ALIGN_UP(kasan_slab_layout(c, end), align);
    while (c->order < SLAB_ORDER_MAX && (PAGE_SIZE << c->order) / c->stride < MIN_OBJECTS)
        c->order++;
    while ((PAGE_SIZE << c->order) < c->stride)
        c->order++;
    c->per_slab = (u32)((PAGE_SIZE << c->order) / c->stride);
    c->capacity = (u32)MIN(MAX(MAGAZINE_BYTES / c->stride, 2u), (u32)MAGAZINE_MAX);
}

u64 slab_frames(void)
{
    return atomic_load_explicit(&frames_in_slabs, memory_order_relaxed);
}
