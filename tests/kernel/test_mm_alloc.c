/* Frames, slab objects, areas and stacks, with all CPUs allocating and freeing what others
 * allocated.
 *
 * Catches: an object or frame with two owners at a time, FRAME_ZERO memory that is not zero, memory
 * that leaks, a guard page that is mapped.
 */
#include "debug/ktest.h"
#include "crew.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/pagetable.h"
#include "mm/slab.h"
#include "x86/bootinfo.h"
#include "x86/cpu.h"
#include "x86/sections.h"

enum { CREW = 6, ROUNDS = 4000, MAILBOXES = 64 };

/* Objects on their way from the thread that allocated them to the one that frees them. */
static _Atomic(u64 *) mailbox[MAILBOXES];
static _Atomic u64 wrong;

static void frame_trader(struct crew_member *m)
{
    for (int i = 0; i < ROUNDS; i++) {
        u64 *mine = NULL;
        struct page *page = frame_alloc(i % 4 ? 0 : FRAME_ZERO, 0);
        if (page) {
            mine = page_virt(page);
            if (i % 4 == 0)
                for (u64 w = 0; w < PAGE_SIZE / 8; w++)
                    if (mine[w])
                        atomic_fetch_add(&wrong, 1);
            mine[0] = mine[511] = (u64)mine ^ 0x5555;
        }
        u64 *other = atomic_exchange(&mailbox[crew_random(m) % MAILBOXES], mine);
        if (!other)
            continue;
        if (other[0] != ((u64)other ^ 0x5555) || other[511] != other[0])
            atomic_fetch_add(&wrong, 1);
        page_put(virt_to_page(other));
    }
}

KTEST(mm_frames_traded_between_cpus)
{
    static struct crew crew;
    wrong = 0;
    frame_drain_caches();
    u64 before = frame_free_count();
    crew_start(&crew, CREW, frame_trader, NULL);
    crew_join(&crew);
    for (int i = 0; i < MAILBOXES; i++) {
        u64 *left = atomic_exchange(&mailbox[i], NULL);
        if (left)
            page_put(virt_to_page(left));
    }
    KT_EQ(wrong, 0);
    frame_drain_caches();
    KT_ASSERT(frame_free_count() + 128 >= before); /* stacks of the crew may stay cached */
}

static void object_trader(struct crew_member *m)
{
    for (int i = 0; i < ROUNDS; i++) {
        u64 size = 32 + crew_random(m) % 400;
        u64 *mine = kmalloc(size);
        if (mine) {
            mine[0] = size;
            memset(mine + 1, (u8)size, size - 8);
        }
        u64 *other = atomic_exchange(&mailbox[crew_random(m) % MAILBOXES], mine);
        if (!other)
            continue;
        for (u64 b = 8; b < other[0]; b++)
            if (((u8 *)other)[b] != (u8)other[0])
                atomic_fetch_add(&wrong, 1);
        kfree(other);
    }
}

/* Is the frame part of a block that the allocator has, or has given away? Only a block's head need
 * say so. */
static bool is_managed(paddr_t pa)
{
    for (unsigned order = 0; order <= MAX_ORDER; order++) {
        const struct page *head = page_at(ALIGN_DOWN(pa, PAGE_SIZE << order));
        if (head->kind != PAGE_RESERVED && head->order >= order)
            return true;
    }
    return false;
}

/* The archives that the loader brought are memory like any other once they are unpacked. */
KTEST(mm_archives_are_given_back)
{
    KT_ASSERT(bootinfo.nmodules > 0 && !is_managed(KSYM2P(text_start)));
    for (unsigned i = 0; i < bootinfo.nmodules; i++) {
        const struct boot_module *m = &bootinfo.module[i];
        for (paddr_t pa = ALIGN_UP(m->start, PAGE_SIZE); pa + PAGE_SIZE <= m->start + m->len;
             pa += PAGE_SIZE)
            KT_ASSERT(is_managed(pa));
    }
}

/* Objects in use, without the magazines, which are made as CPUs need them. */
static u64 objects_in_use(void)
{
    struct slab_stats s;
    u64 n = 0;
    for (unsigned i = 0; slab_stats(i, &s); i++)
        if (strncmp(s.name, "kmalloc-", 8) == 0)
            n += s.active;
    return n;
}

KTEST(mm_objects_traded_between_cpus)
{
    static struct crew crew;
    wrong = 0;
    u64 before = objects_in_use();
    crew_start(&crew, CREW, object_trader, NULL);
    crew_join(&crew);
    for (int i = 0; i < MAILBOXES; i++)
        kfree(atomic_exchange(&mailbox[i], NULL));
    KT_EQ(wrong, 0);
    KT_ASSERT(objects_in_use() <= before + 16);
    slab_shrink();
}

static bool is_mapped(vaddr_t va)
{
    spin_lock(&kernel_pt.lock);
    pte_t e = pt_get(&kernel_pt, va, NULL);
    spin_unlock(&kernel_pt.lock);
    return e & PTE_P;
}

KTEST(mm_vmalloc_maps_all_and_no_more)
{
    static const size_t sizes[] = {1, PAGE_SIZE, PAGE_SIZE + 1, 300000, 3 << 20};
    u8 *p[ARRAY_SIZE(sizes)];
    struct kmap_stats before, after;
    kmap_stats(&before);
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        KT_ASSERT((p[i] = vmalloc(sizes[i])) != NULL);
        memset(p[i], (int)i, sizes[i]);
        KT_ASSERT(!is_mapped((vaddr_t)p[i] + ALIGN_UP(sizes[i], PAGE_SIZE)));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (size_t b = 0; b < sizes[i]; b += 1000)
            KT_EQ(p[i][b], i);
        vfree(p[i]);
        KT_ASSERT(!is_mapped((vaddr_t)p[i]));
    }
    vfree(NULL);
    KT_ASSERT(!vmalloc(0) && !vmalloc(U64_MAX));
    kmap_stats(&after);
    KT_EQ(after.vmalloc_pages, before.vmalloc_pages);
}

KTEST(mm_kstacks_are_guarded_and_reused)
{
    enum { N = 60 };
    static u8 *stack[N];
    struct kmap_stats before, during;
    kmap_stats(&before);
    for (int i = 0; i < N; i++) {
        KT_ASSERT((stack[i] = kstack_alloc()) != NULL);
        memset(stack[i], i, KSTACK_SIZE);
        KT_ASSERT(!is_mapped((vaddr_t)stack[i] - 1) && !is_mapped((vaddr_t)stack[i] + KSTACK_SIZE));
        KT_ASSERT(kstack_is_guard((vaddr_t)stack[i] - 1) && !kstack_is_guard((vaddr_t)stack[i]));
    }
    kmap_stats(&during);
    KT_ASSERT(during.kstacks >=
              before.kstacks + N - 2); /* a thread of another test may just have gone */
    for (int i = 0; i < N; i++) {
        KT_EQ(stack[i][KSTACK_SIZE - 1], i);
        kstack_free(stack[i]);
    }
    kstack_shrink();
    kmap_stats(&during);
    KT_ASSERT(during.kstacks_cached <= 2); /* a thread of another test may just have gone */
    for (int i = 0; i < N; i++)
        KT_ASSERT(during.kstacks_cached || !is_mapped((vaddr_t)stack[i]));
    KT_ASSERT(!kstack_is_guard(VMALLOC_BASE) && !kstack_is_guard(0));
}

KTEST(mm_mmio_map_shows_the_memory)
{
    static const enum mmio_cache kinds[] = {MMIO_UNCACHED, MMIO_WRITE_COMBINING, MMIO_WRITE_BACK};
    struct page *page = frame_alloc(FRAME_ZERO, 1);
    KT_ASSERT(page);
    u64 *direct = page_virt(page);
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        u64 *p = mmio_map(page_phys(page) + 0xff8, 16, kinds[i]); /* across a page border */
        KT_ASSERT(p);
        p[0] = 0x1111 + i;
        p[1] = 0x2222 + i;
        asm volatile("mfence" ::: "memory");
        KT_ASSERT(direct[511] == 0x1111 + i && direct[512] == 0x2222 + i);
        mmio_unmap(p, 16);
    }
    frame_free(page);
}

KTEST(mm_kmap_firmware_refuses_nonsense)
{
    KT_ASSERT(kmap_firmware(0x1000, 16) == P2V(0x1000));
    KT_ASSERT(!kmap_firmware(U64_MAX - 5, 16) && !kmap_firmware(0x1000, 0) &&
              !kmap_firmware(DIRECT_SIZE, 1));
}
