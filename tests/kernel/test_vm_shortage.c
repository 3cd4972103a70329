/* Memory runs out at each place in turn: a call either works or fails with -ENOMEM, and whatever it
 * had done half way is undone. The frames are hoarded by the test, so that exactly so many are left
 * as the round says. */
#include "vm_test.h"

#define BASE 0x80000000ul

/* Frames that nobody else is to have, linked through their own contents. */
static paddr_t hoard;

static void hoard_push(struct page *page)
{
    *(paddr_t *)page_virt(page) = hoard;
    hoard = page_phys(page);
}

static void hoard_all(void)
{
    struct page *page;
    while ((page = frame_alloc(0, 0)))
        hoard_push(page);
}

/* At first there is much: take it in large blocks, and put single frames, to be released one by
 * one, on top. */
static void hoard_start(void)
{
    enum { SINGLES = 96 };
    struct page *single[SINGLES], *page;
    for (int i = 0; i < SINGLES; i++)
        single[i] = frame_alloc(0, 0);
    for (unsigned order = MAX_ORDER; order > 0; order--)
        while ((page = frame_alloc(0, order)))
            hoard_push(page);
    for (int i = 0; i < SINGLES; i++)
        if (single[i])
            hoard_push(single[i]);
}

static void release(u64 n)
{
    while (n-- > 0 && hoard) {
        struct page *page = page_at(hoard);
        hoard = *(paddr_t *)page_virt(page);
        page_put(page);
    }
}

/* Pages far enough apart to need page tables of their own. */
static vaddr_t far_page(u64 i)
{
    return BASE + (i << 30);
}

enum { FAR_PAGES = 4 };

/* What is tried with little memory. True: it worked. Either way nothing may be left over. */
static bool try_fork(struct vmspace *vs)
{
    struct vmspace *child = NULL;
    if (vmspace_fork(vs, &child))
        return child != NULL; /* which would be wrong */
    bool same = true;
    for (u64 i = 0; i < FAR_PAGES; i++)
        same = same && t_read(child, far_page(i)) == 100 + i;
    vmspace_put(child);
    return same;
}

static bool try_fill(struct vmspace *vs UNUSED)
{
    struct vmspace *fresh;
    if (vmspace_create(&fresh))
        return false;
    bool all = true;
    for (u64 i = 0; i < FAR_PAGES && all; i++)
        all = t_map(fresh, far_page(i), 1, RW, ANON | MAP_FIXED) > 0 &&
              t_write(fresh, far_page(i), i);
    vmspace_put(fresh);
    return all;
}

static bool try_move(struct vmspace *vs)
{
    vaddr_t out, to = far_page(FAR_PAGES + 1);
    if (vm_remap(vs, BASE, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to, &out))
        return false;
    return t_read(vs, to) == 100 && t_write(vs, to, 100) &&
           vm_remap(vs, to, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, BASE, &out) == 0;
}

static bool try_shared(struct vmspace *vs)
{
    s64 at = t_map(vs, 0, 200, RW, MAP_SHARED | MAP_ANONYMOUS);
    if (at < 0)
        return false;
    bool wrote = t_write(vs, at, 1) && t_write(vs, at + 150 * PAGE_SIZE, 2);
    return vm_unmap(vs, at, 200 * PAGE_SIZE) == 0 && wrote;
}

/* Catches: a step that is not undone when a later one has no memory (page tables without entries,
 * a reference dropped twice, frames that leak), and an -ENOMEM that nobody expected. */
static void in_short_supply(struct ktest_run *kt, bool (*attempt)(struct vmspace *))
{
    enum { MOST = 64 };
    struct vmspace *vs;
    struct frame_stats mem;
    frame_stats(&mem);
    if (mem.free > GIB(4) / PAGE_SIZE)
        KT_SKIP("too much memory to hoard");
    KT_EQ(vmspace_create(&vs), 0);
    for (u64 i = 0; i < FAR_PAGES; i++) {
        KT_EQ(t_map(vs, far_page(i), 1, RW, ANON | MAP_FIXED), far_page(i));
        KT_ASSERT(t_write(vs, far_page(i), 100 + i));
    }
    KT_ASSERT(attempt(vs)); /* with all the memory there is */
    u64 before = t_frames_free();
    unsigned worked = 0, failed = 0;
    hoard_start();
    for (u64 left = 0; left < MOST; left++) {
        hoard_all();
        release(left);
        *(attempt(vs) ? &worked : &failed) += 1;
    }
    release(U64_MAX);
    for (u64 i = 0; i < FAR_PAGES; i++)
        KT_EQ(t_read(vs, far_page(i)), 100 + i);
    KT_ASSERT(worked > 0 && failed > 0);
    KT_ASSERT(before - t_frames_free() <= 16 || t_frames_free() > before); /* slabs, at most */
    vmspace_put(vs);
}

KTEST(vm_shortage_fork)
{
    in_short_supply(kt, try_fork);
}

KTEST(vm_shortage_fill)
{
    in_short_supply(kt, try_fill);
}

KTEST(vm_shortage_move)
{
    in_short_supply(kt, try_move);
}

KTEST(vm_shortage_shared)
{
    in_short_supply(kt, try_shared);
}
