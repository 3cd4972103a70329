/* Memory as shadow for memory (mm/kasan_mm.h).
 *
 * At first every address but the image's shares one shadow page of zeros (debug/kasan.c). To mark
 * anything, an address needs shadow of its own: for RAM, the shared tables on the way to it are
 * replaced by copies, and the zero page by memory. For stacks and vmalloc, which come later, the
 * shared shadow is taken away at once, so that adding theirs needs no flush: an absent entry is in
 * no TLB. A stack takes its shadow with it when it is unmapped. An area of vmalloc may share a page
 * of shadow with its neighbours, so what it had stays for the next one at that address. */
#include "debug/assert.h"
#include "debug/sanitizer.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kasan_mm.h"
#include "mm/kasan_priv.h"
#include "mm/kmap_priv.h"
#include "mm/layout.h"
#include "mm/pt_priv.h"
#include "mm/tlb.h"

#define AREA_BITS (PTE_P | PTE_W | PTE_G | PTE_NX | PTE_A | PTE_D) /* owns its frame */
#define RAM_BITS  (AREA_BITS | PTE_SPECIAL)

static const struct region_set *all_ram;

static vaddr_t shadow_of(vaddr_t a)
{
    return KASAN_OFFSET + (a >> KASAN_SHIFT);
}

static bool is_zero_part(pte_t e, const void *part)
{
    return pte_addr(e) == KSYM2P(part);
}

bool kasan_is_shared(u64 e)
{
    paddr_t pa = pte_addr(e);
    return pa >= KSYM2P(&kasan_zero) && pa < KSYM2P(&kasan_zero + 1);
}

/* The entry for shadow address s at `level`, or a large leaf above it, with tables of its own on
 * the way; NULL: -ENOMEM. */
static pte_t *own_entry(vaddr_t s, int level)
{
    pte_t *e = &kernel_pt.top[pt_index(s, 4)];
    for (int at = 3; at >= level && !(*e & PTE_PS); at--) {
        if (is_zero_part(*e, kasan_zero.table[at - 1])) {
            paddr_t table = pt_kernel_table();
            if (!table)
                return NULL;
            memcpy(P2V(table), kasan_zero.table[at - 1], PAGE_SIZE);
            *e = table | PTE_KERNEL_TABLE;
        }
        e = &pte_table(*e)[pt_index(s, at)];
    }
    return e;
}

/* No shadow for an area, rather than the shared one. */
static void empty_area(vaddr_t start, u64 len)
{
    for (vaddr_t s = shadow_of(start); s < shadow_of(start + len); s += pt_level_size(3)) {
        pte_t *e = own_entry(s, 3);
        if (!e)
            panic("no memory for the sanitizer's shadow");
        *e = 0;
    }
}

void kasan_map_image(void)
{
    unsigned first = pt_index(shadow_of(DIRECT_BASE), 4);
    unsigned last = pt_index(shadow_of(U64_MAX), 4);
    for (unsigned i = first; i <= last; i++)
        kernel_pt.top[i] = boot_pml4[i];
    empty_area(VMALLOC_BASE, VMALLOC_SIZE);
    empty_area(KSTACK_BASE, KSTACK_AREA);
}

/* ---- at boot: all RAM ---- */

/* Shadow at s, of one large leaf if it may be and there is one. Returns the bytes mapped. */
static u64 map_fresh(vaddr_t s, u64 len, paddr_t (*take)(u64 len))
{
    pte_t *e = own_entry(s, 2);
    if (IS_ALIGNED(s, PAGE_SIZE_2M) && len >= PAGE_SIZE_2M && e &&
        is_zero_part(*e, kasan_zero.table[0])) {
        paddr_t pa = take(PAGE_SIZE_2M);
        if (pa) {
            *e = pa | RAM_BITS | PTE_PS;
            memset((void *)s, 0, PAGE_SIZE_2M);
            return PAGE_SIZE_2M;
        }
    }
    e = own_entry(s, 1);
    if (e && !is_zero_part(*e, kasan_zero.page))
        return PAGE_SIZE; /* the neighbour below had its shadow here too */
    paddr_t pa = take(PAGE_SIZE);
    if (!e || !pa)
        panic("no memory for the sanitizer's shadow");
    page_zero(P2V(pa));
    *e = pa | RAM_BITS;
    return PAGE_SIZE;
}

bool kasan_is_ram(paddr_t pa)
{
    return regions_contain(all_ram, pa, pa + 1);
}

void kasan_map_ram(const struct region_set *ram, paddr_t (*take)(u64 len))
{
    san_describe_hook = kasan_describe;
    all_ram = ram;
    for (unsigned i = 0; i < ram->n; i++) {
        vaddr_t s = ALIGN_DOWN(shadow_of(DIRECT_BASE + ram->r[i].start), PAGE_SIZE);
        vaddr_t end = ALIGN_UP(shadow_of(DIRECT_BASE + ram->r[i].end), PAGE_SIZE);
        while (s < end)
            s += map_fresh(s, end - s, take);
    }
    tlb_flush_all_local();
}

/* ---- later: stacks and areas ---- */

/* Shadow page s, if it is not there yet; false: -ENOMEM. */
static bool map_page(vaddr_t s)
{
    struct page *page = frame_alloc(FRAME_ZERO, 0);
    if (!page)
        return false;
    int level = 1;
    spin_lock(&kernel_pt.lock);
    pte_t *e = pt_walk(&kernel_pt, s, &level, true);
    bool used = e && !*e;
    if (used)
        *e = page_phys(page) | AREA_BITS;
    spin_unlock(&kernel_pt.lock);
    if (!used)
        frame_free(page);
    return e != NULL;
}

bool kasan_map_area(vaddr_t start, vaddr_t end)
{
    vaddr_t s = ALIGN_DOWN(shadow_of(start), PAGE_SIZE);
    while (s < shadow_of(end) && map_page(s))
        s += PAGE_SIZE;
    return s >= shadow_of(end);
}

void kasan_unmap_area(vaddr_t start, vaddr_t end)
{
    ASSERT(IS_ALIGNED(start | end, PAGE_SIZE << KASAN_SHIFT));
    kmap_unmap(shadow_of(start), shadow_of(end));
}
