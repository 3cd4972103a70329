/* Slab objects under the sanitizer (mm/kasan_mm.h).
 *
 *     | object: what the caller gets | record | ... up to the stride |
 *       00 00 00 00 00 00 00 00 05     fc fc fc fc                      its shadow
 *
 * Behind each object lies a record of who allocated and who freed it. It is also the redzone: its
 * shadow forbids it to everyone, and this file is not instrumented. A freed object is marked as a
 * whole and joins the quarantine, a queue through the records; when that holds too many bytes, the
 * oldest leave it and are really freed. */
#include "debug/sanitizer.h"
#include "debug/assert.h"
#include "mm/frame.h"
#include "mm/kasan_mm.h"
#include "mm/kasan_priv.h"
#include "mm/rank.h"
#include "mm/slab_priv.h"
#include "x86/percpu.h"

enum { HELD_MAX = 1 << 20 }; /* bytes in quarantine, redzones included */

struct record {
    void *next; /* (quarantine.lock) the object that was freed after this one */
    u32 alloc_stack, free_stack;
    u32 alloc_thread, free_thread;
    u32 size; /* as asked for */
};

static struct {
    struct spinlock lock;
    void *first, *last; /* (lock) */
    u64 bytes;          /* (lock) */
} quarantine = {.lock = SPINLOCK_INIT("slab quarantine", RANK_QUARANTINE)};

static struct record *record_of(const struct kmem_cache *c, const void *object)
{
    return (struct record *)((uptr)object + c->kasan.record_at);
}

size_t kasan_slab_layout(struct kmem_cache *c, size_t end)
{
    c->kasan.record_at = (u32)ALIGN_UP(end, KASAN_GRANULE);
    return c->kasan.record_at + sizeof(struct record);
}

void kasan_slab_made(struct kmem_cache *c, struct page *slab)
{
    u8 *base = page_virt(slab);
    for (u32 i = 0; i < c->per_slab; i++)
        *record_of(c, base + (u64)i * c->stride) = (struct record){0};
    kasan_poison(base, PAGE_SIZE << c->order, KASAN_SLAB_REDZONE);
}

static void set_size(struct kmem_cache *c, void *object, size_t size)
{
    size_t whole = ALIGN_UP((size_t)c->size, KASAN_GRANULE);
    kasan_poison(object, whole, KASAN_SLAB_REDZONE);
    kasan_unpoison(object, size);
    record_of(c, object)->size = (u32)size;
}

void kasan_slab_alloc(struct kmem_cache *c, void *object)
{
    struct record *r = record_of(c, object);
    set_size(c, object, c->size);
    r->alloc_stack = san_stack_save();
    r->alloc_thread = (u32)ctx_current()->id;
    r->free_stack = 0;
}

void kasan_kmalloc(void *p, size_t size)
{
    struct kmem_cache *c = p ? slab_cache_of(p) : NULL;
    if (c) {
        set_size(c, p, size);
    } else if (p) {
        u64 block = PAGE_SIZE << virt_to_page(p)->order;
        kasan_poison(p, block, KASAN_BLOCK_REDZONE);
        kasan_unpoison(p, size);
    }
}

/* ---- quarantine ---- */

static void *oldest(void) REQUIRES(&quarantine.lock)
{
    void *object = quarantine.first;
    if (!object)
        return NULL;
    struct kmem_cache *c = slab_cache_of(object);
    quarantine.first = record_of(c, object)->next;
    quarantine.bytes -= c->stride;
    atomic_fetch_sub_explicit(&c->kasan.held, 1, memory_order_relaxed);
    return object;
}

static void hold(struct kmem_cache *c, void *object) REQUIRES(&quarantine.lock)
{
    record_of(c, object)->next = NULL;
    if (quarantine.first)
        record_of(slab_cache_of(quarantine.last), quarantine.last)->next = object;
    else
        quarantine.first = object;
    quarantine.last = object;
    quarantine.bytes += c->stride;
    atomic_fetch_add_explicit(&c->kasan.held, 1, memory_order_relaxed);
}

/* Is object one that c has given out? If not, say what it is instead. */
static bool is_allocated(const struct kmem_cache *c, void *object, u64 ip, u64 rbp)
{
    const char *wrong = NULL;
    u8 mark = *(u8 *)(KASAN_OFFSET + ((uptr)object >> KASAN_SHIFT));
    if (slab_cache_of(object) != c || slab_object_of(c, object) != object)
        wrong = "free of what is no object of its cache";
    else if (mark == KASAN_SLAB_FREE)
        wrong = "double free";
    else if (mark >= KASAN_GRANULE)
        wrong = "free of an object that was never allocated";
    if (wrong && san_begin("KASAN: %s: %p, cache %s", wrong, object, c->name)) {
        san_describe_hook((vaddr_t)object);
        san_end(ip, rbp);
    }
    return !wrong;
}

bool kasan_slab_swap(struct kmem_cache **cache, void **object)
{
    struct kmem_cache *c = *cache;
    if (!is_allocated(c, *object, (u64)__builtin_return_address(0),
                      *(u64 *)__builtin_frame_address(0)))
        return false;
    struct record *r = record_of(c, *object);
    r->free_stack = san_stack_save();
    r->free_thread = (u32)ctx_current()->id;
    kasan_poison(*object, ALIGN_UP((size_t)c->size, KASAN_GRANULE), KASAN_SLAB_FREE);

    spin_lock(&quarantine.lock);
    hold(c, *object);
    *object = quarantine.bytes > HELD_MAX ? oldest() : NULL;
    spin_unlock(&quarantine.lock);
    *cache = *object ? slab_cache_of(*object) : NULL;
    return *object != NULL;
}

bool kasan_slab_pop(struct kmem_cache **cache, void **object)
{
    spin_lock(&quarantine.lock);
    *object = oldest();
    spin_unlock(&quarantine.lock);
    *cache = *object ? slab_cache_of(*object) : NULL;
    return *object != NULL;
}

u32 kasan_slab_held(const struct kmem_cache *c)
{
    return atomic_load_explicit(&c->kasan.held, memory_order_relaxed);
}

/* ---- reports ---- */

static void describe_object(const struct kmem_cache *c, vaddr_t a)
{
    const void *object = slab_object_of(c, (const void *)a);
    const struct record *r = record_of(c, object);
    u64 at = a - (vaddr_t)object, size = r->size ? r->size : c->size;
    san_line("%#lx is %lu bytes %s an object of %lu bytes at %p, slab cache %s", a,
             at < size ? at : at - size, at < size ? "inside" : "behind the end of", size, object,
             c->name);
    if (!r->alloc_stack) {
        san_line("  which was never allocated");
        return;
    }
    san_line("  allocated by thread %u:", r->alloc_thread);
    san_stack_print(r->alloc_stack);
    if (r->free_stack)
        san_line("  freed by thread %u:", r->free_thread);
    san_stack_print(r->free_stack);
}

bool kasan_describe(vaddr_t a)
{
    if (a - VMALLOC_BASE < VMALLOC_SIZE) {
        san_line("%#lx is in or behind an area of vmalloc", a);
        return true;
    }
    if (a - DIRECT_BASE >= DIRECT_SIZE || !kasan_is_ram(V2P(a)))
        return false;
    const struct kmem_cache *c = slab_cache_of((const void *)a);
    if (c)
        describe_object(c, a);
    else
        kasan_frame_describe(a);
    return true;
}
