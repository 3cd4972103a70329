/* The shadow of kernel memory: where it lies, and setting it (kasan.h; docs/sanitizers.md).
 *
 * The shadow of the kernel's half of the address space takes 32 slots of the top page table. Nearly
 * all of it tells about memory that does not exist, and costs six pages: one page of zeros, which
 * every entry of one level-1 table maps read-only, and above it a table each for levels 2 and 3.
 * Only the image has shadow of its own from the start, so that instrumented code can run, and marks
 * its stack frames, before there is an allocator. mm/kasan_shadow.c gives the same to memory.
 *
 * This file is not instrumented: it runs when there is no shadow yet, and touches nothing else
 * afterwards. */
#include "debug/kasan_abi.h"
#include "debug/kasan_priv.h"
#include "x86/pte.h"
#include "x86/sections.h"

#define IMAGE_MAX  (32ull << 20) /* of the image, from physical 0 */
#define TABLE_BITS (PTE_P | PTE_W | PTE_A)
#define ZERO_BITS  (PTE_P | PTE_A | PTE_NX | PTE_SPECIAL)
#define IMAGE_BITS (ZERO_BITS | PTE_W | PTE_D | PTE_PS)

enum { TOP_LEVEL = 4, MAX_MODULES = 512 };

struct kasan_zero kasan_zero ALIGNED(4096);
static pte_t image_tables[2][PT_ENTRIES] ALIGNED(4096); /* of levels 3 and 2 */
static u8 image_shadow[IMAGE_MAX >> KASAN_SHIFT] ALIGNED(PAGE_SIZE_2M);
_Static_assert(sizeof image_shadow % PAGE_SIZE_2M == 0, "large leaves");

static struct {
    struct asan_global *globals;
    size_t n;
} modules[MAX_MODULES];
static unsigned nmodules;

static pte_t entry(const void *symbol, pte_t bits)
{
    return ((vaddr_t)symbol - KERNEL_BASE) | bits;
}

static void fill(pte_t *table, pte_t e)
{
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        table[i] = e;
}

void kasan_early_init(void)
{
    vaddr_t image = (vaddr_t)kasan_shadow(KERNEL_BASE);
    unsigned first = pt_index((vaddr_t)kasan_shadow(KERNEL_HALF), TOP_LEVEL);

    fill(kasan_zero.table[0], entry(kasan_zero.page, ZERO_BITS));
    fill(kasan_zero.table[1], entry(kasan_zero.table[0], TABLE_BITS));
    fill(kasan_zero.table[2], entry(kasan_zero.table[1], TABLE_BITS));
    fill(image_tables[0], entry(kasan_zero.table[1], TABLE_BITS));
    fill(image_tables[1], entry(kasan_zero.table[0], TABLE_BITS));
    image_tables[0][pt_index(image, 3)] = entry(image_tables[1], TABLE_BITS);
    for (u64 at = 0; at < sizeof image_shadow; at += PAGE_SIZE_2M)
        image_tables[1][pt_index(image + at, 2)] = entry(image_shadow + at, IMAGE_BITS);
    for (unsigned i = first; i < first + KASAN_TOP_SLOTS; i++)
        boot_pml4[i] = entry(kasan_zero.table[2], TABLE_BITS);
    boot_pml4[pt_index(image, TOP_LEVEL)] = entry(image_tables[0], TABLE_BITS);

    for (void (*const *ctor)(void) = __ctors_start; ctor < __ctors_end; ctor++)
        (*ctor)();
}

/* ---- marking ---- */

void kasan_poison(const void *p, size_t len, enum kasan_mark why)
{
    plain_memset(kasan_shadow((vaddr_t)p), why, DIV_ROUND_UP(len, KASAN_GRANULE));
}

void kasan_unpoison(const void *p, size_t len)
{
    u8 *shadow = kasan_shadow((vaddr_t)p);
    plain_memset(shadow, 0, len / KASAN_GRANULE);
    if (len % KASAN_GRANULE)
        shadow[len / KASAN_GRANULE] = (u8)(len % KASAN_GRANULE);
}

/* ---- globals ---- */

void __asan_register_globals(struct asan_global *globals, size_t n)
{
    for (struct asan_global *g = globals; g < globals + n; g++) {
        size_t used = ALIGN_UP(g->size, KASAN_GRANULE);
        kasan_unpoison((void *)g->start, g->size);
        kasan_poison((void *)(g->start + used), g->size_with_redzone - used, KASAN_GLOBAL);
    }
    if (nmodules < MAX_MODULES) { /* beyond so many a report cannot name the variable */
        modules[nmodules].globals = globals;
        modules[nmodules++].n = n;
    }
}

void __asan_unregister_globals(struct asan_global *globals, size_t n)
{
    /* at the end of a program; a kernel has none */
}

bool kasan_describe_global(vaddr_t a)
{
    for (unsigned i = 0; i < nmodules; i++) {
        for (size_t j = 0; j < modules[i].n; j++) {
            const struct asan_global *g = &modules[i].globals[j];
            if (a - g->start >= g->size_with_redzone)
                continue;
            bool inside = a - g->start < g->size;
            san_line("%#lx is %lu bytes %s the global variable '%s' (%lu bytes at %#lx, %s)", a,
                     a - g->start - (inside ? 0 : g->size), inside ? "inside" : "behind the end of",
                     g->name, g->size, g->start, g->module);
            return true;
        }
    }
    return false;
}

/* ---- stacks: functions mark their own frames ---- */

void __asan_poison_stack_memory(vaddr_t a, size_t len)
{
    kasan_poison((void *)a, len, KASAN_STACK_SCOPE);
}

void __asan_unpoison_stack_memory(vaddr_t a, size_t len)
{
    kasan_unpoison((void *)a, len);
}

/* What a function that never returns leaves marked on its stack stays marked until the stack gets a
 * new thread (mm/kstack.c): nobody else runs on it. */
void __asan_handle_no_return(void)
{
}

#define DEFINE_SET_SHADOW(value)                                                                   \
    void __asan_set_shadow_##value(u8 *shadow, size_t len)                                         \
    {                                                                                              \
        plain_memset(shadow, 0x##value, len);                                                      \
    }
DEFINE_SET_SHADOW(00)
DEFINE_SET_SHADOW(f1)
DEFINE_SET_SHADOW(f2)
DEFINE_SET_SHADOW(f3)
DEFINE_SET_SHADOW(f5)
DEFINE_SET_SHADOW(f8)
