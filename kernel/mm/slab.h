/* slab.h: memory for objects of one size, and kmalloc for the rest.
 *
 * A cache cuts blocks of frames ("slabs") into objects; each CPU keeps a stack ("magazine") of free
 * ones in front of it, so that the common case is a pop or a push with no lock (Bonwick, "The Slab
 * Allocator", USENIX 1994; Bonwick & Adams, "Magazines and Vmem", USENIX 2001).
 *
 * Life cycle of an object: constructed (ctor, when its slab is made) -> allocated -> freed, which
 * must leave it as constructed -> allocated again ... A cache without ctor gives undefined
 * contents. Objects are aligned to at least 16 bytes; kmalloc's sizes that are powers of two are
 * aligned to themselves.
 *
 * With the boot option check=poison each free object is filled with a pattern and fenced, and a
 * write after free, an overrun or a double free panics and names the cache. (Then ctor runs at each
 * allocation.)
 *
 * Context: any but NMI. Where interrupts are on, no spinlock is held and preemption is enabled, an
 * allocation that finds no memory asks low_memory_hook first, which may sleep. */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

struct kmem_cache;

enum { KMALLOC_MAX = 4 << 20 }; /* bytes: the buddy system's largest block */

/* A new cache. `name` is kept, not copied; 1 <= size <= 64 KiB; align is a power of two up to 4096,
 * or 0; ctor may be NULL. NULL means -ENOMEM. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
                                     void (*ctor)(void *));

/* Free the cache; every object has been freed (else it panics: a leak). */
void kmem_cache_destroy(struct kmem_cache *cache);

/* NULL means -ENOMEM. */
MUST_CHECK void *kmem_cache_alloc(struct kmem_cache *cache);
MUST_CHECK void *kmem_cache_zalloc(struct kmem_cache *cache); /* zeroed; for caches without ctor */
void kmem_cache_free(struct kmem_cache *cache, void *object);

/* Any size from 1 to KMALLOC_MAX: up to 8 KiB from caches of fixed sizes, beyond that whole frames.
 * NULL means -ENOMEM (or a size of 0 or beyond the maximum). */
MUST_CHECK void *kmalloc(size_t size);
MUST_CHECK void *kzalloc(size_t size);
MUST_CHECK void *kcalloc(size_t n, size_t size); /* zeroed; NULL also when n * size overflows */
void kfree(const void *p);                       /* NULL is fine */
size_t kmalloc_size(const void *p);              /* bytes that p really has */

/* ---- for /proc/slabinfo, leak counts and reclaim ---- */

struct slab_stats {
    const char *name;
    size_t object_size; /* as asked for */
    size_t stride;      /* from object to object */
    u64 active;         /* objects allocated now (those in magazines are free) */
    u64 total;          /* objects that the slabs have */
    u64 slabs;
    u32 objects_per_slab;
    u32 order; /* frames of a slab: 2^order */
};

/* Statistics of the index-th cache (from 0); false when there are not so many. Exact when nobody
 * allocates meanwhile. */
bool slab_stats(unsigned index, struct slab_stats *out);

/* Objects allocated now in all caches, the allocator's own not counted; frames that slabs occupy.
 */
u64 slab_objects_active(void);
u64 slab_frames(void);

/* Give what is free back to the buddy system: this CPU's magazines (all CPUs' where the caller may
 * be made to wait), and then the slabs that are empty. Returns the frames freed. */
size_t slab_shrink(void);

/* Once, after frame_init: kmalloc's caches, and the node allocator of lib/xarray. */
void slab_init(void);
