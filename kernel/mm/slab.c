/* slab.c: object caches, the part that callers meet (mm/slab.h): caches and their magazines. The
 * slabs behind them are slab_pages.c's.
 *
 * A magazine is a stack of free objects, one for each CPU and cache, used with interrupts off. One
 * that runs empty is half filled from the slabs, one that runs full gives its older half back. */
#include "mm/slab.h"
#include "debug/assert.h"
#include "debug/sanitizer.h"
#include "lib/cmdline.h"
#include "lib/string.h"
#include "lib/xarray.h"
#include "lock/spinlock.h"
#include "mm/frame.h"
#include "mm/rank.h"
#include "mm/slab_priv.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/smp.h"
#include "x86/pte.h"

/* Shared by all who have none of their own: always empty and always full, so that the fast paths
 * need no test for it. */
static struct magazine no_magazine;

static struct spinlock list_lock = SPINLOCK_INIT("slab list", RANK_SLAB_LIST);
static struct list_head all_caches GUARDED_BY(list_lock) = LIST_INIT(all_caches);

static struct kmem_cache cache_cache;    /* of struct kmem_cache */
static struct kmem_cache magazine_cache; /* of struct magazine; itself without magazines */

/* ---- magazines ---- */

/* This CPU's own magazine, made if need be; NULL when there is no memory for one, or c may have
 * none. */
/* NOLINTNEXTLINE(misc-no-recursion): once: magazine_cache itself has none */
static struct magazine *own_magazine(struct kmem_cache *c)
{
    struct magazine **mine = &c->magazine[cpu_id()];
    if (*mine == &no_magazine && c != &magazine_cache) {
        struct magazine *m = kmem_cache_alloc(&magazine_cache);
        if (!m)
            return NULL;
        m->count = 0;
        m->capacity = c->capacity;
        *mine = m;
    }
    return *mine == &no_magazine ? NULL : *mine;
}

/* The magazine was empty: get several objects at once, keep one for the caller. */
/* NOLINTNEXTLINE(misc-no-recursion): see own_magazine */
static NOINLINE void *alloc_slow(struct kmem_cache *c)
{
    void *objects[MAGAZINE_MAX];
    u32 want = c == &magazine_cache ? 1 : MAX(c->capacity / 2, 1u);
    u32 got = slabs_take(c, objects, want); /* may wait, and go on on another CPU */
    if (!got)
        return NULL;

    bool irqs = irqs_save();
    struct magazine *m = own_magazine(c);
    u32 kept = m ? MIN(got - 1, m->capacity - m->count) : 0;
    for (u32 i = 0; i < kept; i++)
        m->objects[m->count++] = objects[1 + i];
    irqs_restore(irqs);
    if (kept < got - 1)
        slabs_give(c, objects + 1 + kept, got - 1 - kept);
    return objects[0];
}

/* The magazine was full: make room by giving the older half back. Interrupts are off. */
/* NOLINTNEXTLINE(misc-no-recursion): see own_magazine; and a failed allocation frees */
static NOINLINE void free_slow(struct kmem_cache *c, void *object)
{
    struct magazine *m = own_magazine(c);
    if (!m) {
        slabs_give(c, &object, 1);
        return;
    }
    if (m->count == m->capacity) {
        u32 n = (m->count + 1) / 2;
        slabs_give(c, m->objects, n);
        m->count -= n;
        memmove(m->objects, m->objects + n, m->count * sizeof m->objects[0]);
    }
    m->objects[m->count++] = object;
}

/* NOLINTNEXTLINE(misc-no-recursion): see own_magazine */
void *kmem_cache_alloc(struct kmem_cache *c)
{
    bool irqs = irqs_save();
    struct magazine *m = c->magazine[cpu_id()];
    void *object = NULL;
    if (likely(m->count))
        object = m->objects[--m->count];
    irqs_restore(irqs);
    if (unlikely(!object)) {
        object = alloc_slow(c);
        if (!object)
            return NULL;
    }
    kasan_slab_alloc(c, object);
    if (unlikely(c->red_at)) {
        slab_poison_alloc(c, object);
        if (alloc_must_fail()) {
            kmem_cache_free(c, object);
            return NULL;
        }
    }
    return object;
}

void *kmem_cache_zalloc(struct kmem_cache *c)
{
    void *object = kmem_cache_alloc(c);
    if (object)
        memset(object, 0, c->size);
    return object;
}

/* NOLINTNEXTLINE(misc-no-recursion): see own_magazine; and a failed allocation frees */
static inline void free_now(struct kmem_cache *c, void *object)
{
    if (unlikely(c->red_at))
        slab_poison_free(c, object);
    bool irqs = irqs_save();
    struct magazine *m = c->magazine[cpu_id()];
    if (likely(m->count < m->capacity)) {
        ASSERT(m->count == 0 ||
               m->objects[m->count - 1] != object); /* the cheapest double-free check */
        m->objects[m->count++] = object;
    } else {
        free_slow(c, object);
    }
    irqs_restore(irqs);
}

/* NOLINTNEXTLINE(misc-no-recursion): see own_magazine; and a failed allocation frees */
void kmem_cache_free(struct kmem_cache *c, void *object)
{
    if (kasan_slab_swap(&c, &object))
        free_now(c, object);
}

/* Free for good what a sanitizer holds back. */
static void free_held(void)
{
    struct kmem_cache *c;
    void *object;
    while (kasan_slab_pop(&c, &object))
        free_now(c, object);
}

/* Give `cpu`'s magazine with all that is in it back to the slabs. Interrupts are off, and it is
 * this CPU's, or nobody uses c any more. */
static void drop_magazine(struct kmem_cache *c, unsigned cpu)
{
    struct magazine *m = c->magazine[cpu];
    if (m == &no_magazine)
        return;
    c->magazine[cpu] = &no_magazine;
    slabs_give(c, m->objects, m->count);
    kmem_cache_free(&magazine_cache, m);
}

/* ---- caches ---- */

static void cache_setup(struct kmem_cache *c, const char *name, size_t size, size_t align,
                        void (*ctor)(void *))
{
    memset(c, 0, sizeof *c);
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
        c->magazine[cpu] = &no_magazine;
    c->name = name;
    c->ctor = ctor;
    spin_init(&c->lock, name, RANK_SLAB);
    list_init(&c->partial);
    slab_set_geometry(c, size, align);

    spin_lock(&list_lock);
    list_add_tail(&all_caches, &c->on_list);
    spin_unlock(&list_lock);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
                                     void (*ctor)(void *))
{
    ASSERT(size >= 1 && size <= KIB(64) && align <= PAGE_SIZE && (align == 0 || IS_POW2(align)));
    struct kmem_cache *c = kmem_cache_alloc(&cache_cache);
    if (c)
        cache_setup(c, name, size, align, ctor);
    return c;
}

void kmem_cache_destroy(struct kmem_cache *c)
{
    free_held();
    bool irqs = irqs_save();
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
        drop_magazine(c, cpu);
    irqs_restore(irqs);
    slabs_shrink(c);
    ASSERT_MSG(c->taken == 0, "slab %s destroyed with %lu objects in use", c->name, c->taken);
    spin_lock(&list_lock);
    list_del(&c->on_list);
    spin_unlock(&list_lock);
    kmem_cache_free(&cache_cache, c);
}

/* ---- statistics, shrinking, start ---- */

/* Objects that are free, though not on a slab's list. */
static u64 objects_kept(const struct kmem_cache *c)
{
    u64 n = kasan_slab_held(c);
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
        n += READ_ONCE(c->magazine[cpu]->count);
    return n;
}

static void fill_stats(struct kmem_cache *c, struct slab_stats *out)
{
    spin_lock(&c->lock);
    u64 taken = c->taken, slabs = c->nslabs;
    spin_unlock(&c->lock);
    *out = (struct slab_stats){
        .name = c->name,
        .object_size = c->size,
        .stride = c->stride,
        .active = taken - MIN(taken, objects_kept(c)),
        .total = slabs * c->per_slab,
        .slabs = slabs,
        .objects_per_slab = c->per_slab,
        .order = c->order,
    };
}

bool slab_stats(unsigned index, struct slab_stats *out)
{
    struct kmem_cache *c;
    bool found = false;
    spin_lock(&list_lock);
    list_for_each_entry (c, &all_caches, on_list) {
        if (index-- == 0) {
            fill_stats(c, out);
            found = true;
            break;
        }
    }
    spin_unlock(&list_lock);
    return found;
}

u64 slab_objects_active(void)
{
    struct slab_stats s;
    u64 n = 0;
    for (unsigned i = 0; slab_stats(i, &s); i++)
        if (s.name != magazine_cache.name) /* the allocator's own, which come and go on their own */
            n += s.active;
    return n;
}

/* This CPU gives up its magazines, of all caches. */
static void drop_magazines_here(void *unused)
{
    struct kmem_cache *c;
    (void)unused;
    spin_lock(&list_lock);
    list_for_each_entry (c, &all_caches, on_list)
        drop_magazine(c, cpu_id());
    spin_unlock(&list_lock);
}

size_t slab_shrink(void)
{
    struct kmem_cache *c;
    size_t frames = 0;
    free_held();
    drop_magazines_here(NULL);
    if (frame_may_wait())
        ipi_call_mask(atomic_load(&cpus_online), drop_magazines_here, NULL);
    spin_lock(&list_lock);
    list_for_each_entry (c, &all_caches, on_list)
        frames += slabs_shrink(c);
    spin_unlock(&list_lock);
    return frames;
}

static struct kmem_cache *xa_nodes;

static void *xa_node_alloc(void)
{
    return kmem_cache_alloc(xa_nodes);
}

static void xa_node_free(void *node)
{
    kmem_cache_free(xa_nodes, node);
}

void slab_init(void)
{
    slab_poisoning = !SANITIZED && cmdline_list_has("check", "poison");
    cache_setup(&cache_cache, "kmem_cache", sizeof(struct kmem_cache), 64, NULL);
    cache_setup(&magazine_cache, "magazine", sizeof(struct magazine), 64, NULL);
    kmalloc_init();
    xa_nodes = kmem_cache_create("xa_node", XA_NODE_BYTES, 0, NULL);
    if (!xa_nodes)
        panic("no memory for the first slab caches");
    xa_set_allocator(xa_node_alloc, xa_node_free);
}
