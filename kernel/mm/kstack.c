/* kstack.c: kernel stacks (mm/kmap.h).
 *
 * The area is divided into slots of twice the stack's size: the lower half is never mapped, the
 * upper half is the stack. So a stack that overflows hits an unmapped page, however large the frame
 * that did it.
 *
 * Threads come and go often, mapping and unmapping is dear. A stack that is given back therefore
 * stays mapped: first in a small cache of its CPU, then in a common pool; only when the pool is
 * full are POOL_BATCH of them unmapped, with one flush each. */
#include "debug/assert.h"
#include "debug/kasan.h"
#include "lib/bitmap.h"
#include "lib/list.h"
#include "lock/spinlock.h"
#include "mm/kasan_mm.h"
#include "mm/kmap_priv.h"
#include "mm/layout.h"
#include "mm/rank.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/smp.h"

enum {
    SLOT_SIZE = 2 * KSTACK_SIZE,
    MAX_KSTACKS = 32768, /* limit of the system: as many threads can exist */
    CPU_CACHED = 4,
    POOL_MAX = 32,
    POOL_BATCH = 16,
};

/* A free stack, still mapped, is linked through its lowest bytes. */
struct free_stack {
    struct list_head link;
};

static struct {
    unsigned n;
    void *stack[CPU_CACHED];
} ALIGNED(64) cached[MAX_CPUS]; /* own CPU only, interrupts off */

static struct spinlock pool_lock = SPINLOCK_INIT("kernel stacks", RANK_KMAP);
static struct list_head pool GUARDED_BY(pool_lock) = LIST_INIT(pool);
static unsigned npool GUARDED_BY(pool_lock);
/* Set: has, or had, a stack mapped. */
static BITMAP_DECLARE(slots, MAX_KSTACKS) GUARDED_BY(pool_lock);
static _Atomic u64 nmapped; /* stacks that exist, free ones included */

static vaddr_t slot_stack(size_t slot)
{
    return KSTACK_BASE + slot * SLOT_SIZE + KSTACK_SIZE;
}

static size_t stack_slot(vaddr_t stack)
{
    return (stack - KSTACK_BASE) / SLOT_SIZE;
}

bool kstack_is_guard(vaddr_t va)
{
    u64 offset = va - KSTACK_BASE;
    return offset < (u64)MAX_KSTACKS * SLOT_SIZE && offset % SLOT_SIZE < KSTACK_SIZE;
}

static void *cache_take(void)
{
    bool irqs = irqs_save();
    unsigned cpu = cpu_id();
    void *stack = cached[cpu].n ? cached[cpu].stack[--cached[cpu].n] : NULL;
    irqs_restore(irqs);
    return stack;
}

static bool cache_put(void *stack)
{
    bool irqs = irqs_save();
    unsigned cpu = cpu_id();
    bool room = cached[cpu].n < CPU_CACHED;
    if (room)
        cached[cpu].stack[cached[cpu].n++] = stack;
    irqs_restore(irqs);
    return room;
}

static void *pool_take(void)
{
    spin_lock(&pool_lock);
    struct free_stack *s = list_pop_entry(&pool, struct free_stack, link);
    if (s)
        npool--;
    spin_unlock(&pool_lock);
    return s;
}

static size_t slot_take(void)
{
    spin_lock(&pool_lock);
    size_t slot = bitmap_next_clear(slots, MAX_KSTACKS, 0);
    if (slot < MAX_KSTACKS)
        bitmap_set(slots, slot);
    spin_unlock(&pool_lock);
    return slot;
}

static void slot_give(size_t slot)
{
    spin_lock(&pool_lock);
    bitmap_clear(slots, slot);
    spin_unlock(&pool_lock);
}

void *kstack_alloc(void)
{
    void *stack = cache_take();
    if (!stack)
        stack = pool_take();
    if (stack) {
        kasan_unpoison(stack, KSTACK_SIZE); /* its last thread left without returning */
        return stack;
    }

    size_t slot = slot_take();
    if (slot == MAX_KSTACKS)
        return NULL;
    vaddr_t start = slot_stack(slot);
    if (!kmap_fill(start, start + KSTACK_SIZE)) {
        kmap_unmap(start, start + KSTACK_SIZE);
        slot_give(slot);
        return NULL;
    }
    nmapped++;
    kasan_unpoison((void *)start, KSTACK_SIZE);
    return (void *)start;
}

static void unmap(struct free_stack *s)
{
    vaddr_t start = (vaddr_t)s;
    kmap_unmap(start, start + KSTACK_SIZE);
    kasan_unmap_area(start, start + KSTACK_SIZE);
    nmapped--;
    slot_give(stack_slot(start));
}

void kstack_free(void *stack)
{
    ASSERT((vaddr_t)stack == slot_stack(stack_slot((vaddr_t)stack)));
    if (cache_put(stack))
        return;

    struct list_head surplus = LIST_INIT(surplus);
    struct free_stack *s = stack;
    spin_lock(&pool_lock);
    list_add(&pool, &s->link);
    if (++npool > POOL_MAX) {
        for (unsigned i = 0; i < POOL_BATCH; i++) {
            struct list_head *oldest = list_last(&pool);
            list_del(oldest);
            list_add(&surplus, oldest);
        }
        npool -= POOL_BATCH;
    }
    spin_unlock(&pool_lock);
    while ((s = list_pop_entry(&surplus, struct free_stack, link)))
        unmap(s);
}

static void cache_to_pool(void *unused)
{
    (void)unused;
    struct free_stack *s;
    while ((s = cache_take())) {
        spin_lock(&pool_lock);
        list_add(&pool, &s->link);
        npool++;
        spin_unlock(&pool_lock);
    }
}

void kstack_shrink(void)
{
    struct free_stack *s;
    cache_to_pool(NULL);
    ipi_call_mask(atomic_load(&cpus_online), cache_to_pool, NULL);
    while ((s = pool_take()))
        unmap(s);
}

void kstack_stats(struct kmap_stats *out)
{
    u64 idle = READ_ONCE(npool);
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
        idle += READ_ONCE(cached[cpu].n);
    out->kstacks_cached = idle;
    out->kstacks = nmapped - MIN(nmapped, idle);
}
