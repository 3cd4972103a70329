/* kasan_mm.h: how mm/ keeps the sanitizer's shadow true (debug/kasan.h; docs/sanitizers.md).
 *
 * What is freed is held back for a while (the quarantine), so that a use after free meets memory
 * that is still marked and not somebody else's. In builds without SAN=1 all of this is empty. */
#pragma once

#include "debug/kasan.h"
#include "lib/types.h"
#include "mm/regions.h"

struct kmem_cache;
struct page;

#ifdef SAN

/* ---- shadow (kasan_shadow.c) ---- */

/* Give kernel_pt the shadow that the boot tables have. */
void kasan_map_image(void);
/* Memory as shadow for all RAM, in pieces from take. The set is kept, not copied. */
void kasan_map_ram(const struct region_set *ram, paddr_t (*take)(u64 len));
/* The same for an area that is mapped later; false: -ENOMEM. Interrupts on, no spinlock held. */
MUST_CHECK bool kasan_map_area(vaddr_t start, vaddr_t end);
/* Give the shadow of [start, end) back: whole pages of shadow (asserted). Context as above. */
void kasan_unmap_area(vaddr_t start, vaddr_t end);
/* Does this entry point to a table of the shared zero shadow? There are 2^27 paths through them. */
bool kasan_is_shared(u64 entry);

/* ---- frames (kasan_frame.c) ---- */

/* A block was allocated. */
void kasan_frame_alloc(struct page *page, unsigned order);
/* *page, without references, is being freed. True: free *page, which may be another now, one that
 * was held back long enough. False: nothing is to be freed yet. Interrupts are off. */
bool kasan_frame_swap(struct page **page);
/* Free all that is held back. */
void kasan_frame_drain(void);
u64 kasan_frames_held(void); /* frames: they count as free */

/* ---- slabs (kasan_slab.c) ---- */

struct kasan_cache {
    u32 record_at;    /* where in an object its record lies: behind its end */
    _Atomic u32 held; /* objects in quarantine: they count as free */
};

/* `end` bytes of an object are in use; returns how many when the record is added. */
size_t kasan_slab_layout(struct kmem_cache *c, size_t end);
void kasan_slab_made(struct kmem_cache *c, struct page *slab);
void kasan_slab_alloc(struct kmem_cache *c, void *object);
/* The first `size` bytes of p, from kmalloc, are what was asked for. */
void kasan_kmalloc(void *p, size_t size);
/* As kasan_frame_swap: *object of cache *c. False also for a double free, which is reported. */
bool kasan_slab_swap(struct kmem_cache **c, void **object);
bool kasan_slab_pop(struct kmem_cache **c, void **object);
u32 kasan_slab_held(const struct kmem_cache *c);

#else

static inline void kasan_map_image(void)
{
}
static inline void kasan_map_ram(const struct region_set *ram, paddr_t (*take)(u64 len))
{
}
static inline MUST_CHECK bool kasan_map_area(vaddr_t start, vaddr_t end)
{
    return true;
}
static inline void kasan_unmap_area(vaddr_t start, vaddr_t end)
{
}
static inline bool kasan_is_shared(u64 entry)
{
    return false;
}
static inline void kasan_frame_alloc(struct page *page, unsigned order)
{
}
static inline bool kasan_frame_swap(struct page **page)
{
    return true;
}
static inline void kasan_frame_drain(void)
{
}
static inline u64 kasan_frames_held(void)
{
    return 0;
}

struct kasan_cache {
};

static inline size_t kasan_slab_layout(struct kmem_cache *c, size_t end)
{
    return end;
}
static inline void kasan_slab_made(struct kmem_cache *c, struct page *slab)
{
}
static inline void kasan_slab_alloc(struct kmem_cache *c, void *object)
{
}
static inline void kasan_kmalloc(void *p, size_t size)
{
}
static inline bool kasan_slab_swap(struct kmem_cache **c, void **object)
{
    return true;
}
static inline bool kasan_slab_pop(struct kmem_cache **c, void **object)
{
    return false;
}
static inline u32 kasan_slab_held(const struct kmem_cache *c)
{
    return 0;
}

#endif
