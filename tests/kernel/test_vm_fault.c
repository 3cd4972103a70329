/* Faults and copy-on-write: who has which frame, counted exactly. */
#include "lib/string.h"
#include "vm_test.h"

#define BASE 0x20000000ul

/* Catches: a read that costs a frame, a zero frame that somebody can write. */
KTEST(vm_fault_read_shows_the_zero_frame)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 8, RW, ANON | MAP_FIXED), BASE);
    for (int i = 0; i < 8; i++)
        KT_EQ(t_read(vs, BASE + i * PAGE_SIZE), 0);
    KT_EQ(vmspace_rss(vs), 0);
    KT_EQ(vs->minor_faults, 8);
    KT_ASSERT(t_write(vs, BASE, 1) && t_write(vs, BASE + PAGE_SIZE, 2));
    KT_EQ(vmspace_rss(vs), 2);
    KT_EQ(t_read(vs, BASE), 1);
    KT_EQ(t_read(vs, BASE + 2 * PAGE_SIZE), 0);
    KT_EQ(vs->major_faults, 0);
    vmspace_put(vs);
}

/* Catches: a wrong answer to a wrong access. */
KTEST(vm_fault_refuses)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 1, PROT_READ, ANON | MAP_FIXED), BASE);
    KT_EQ(t_map(vs, BASE + PAGE_SIZE, 1, RX, ANON | MAP_FIXED), BASE + PAGE_SIZE);
    KT_EQ(vm_fault(vs, 0, PF_USER), -EFAULT);
    KT_EQ(vm_fault(vs, BASE - 1, PF_USER), -EFAULT);
    KT_EQ(vm_fault(vs, BASE, PF_USER | PF_WRITE), -EACCES);
    KT_EQ(vm_fault(vs, BASE, PF_USER | PF_FETCH), -EACCES);
    KT_EQ(vm_fault(vs, BASE + PAGE_SIZE, PF_USER | PF_FETCH), 0);
    KT_EQ(vm_fault(vs, USER_TOP, PF_USER), -EFAULT);
    KT_EQ(vm_fault(vs, 1ul << 47, PF_USER), -EFAULT);
    KT_EQ(vm_fault(vs, ~0ul, PF_USER | PF_WRITE), -EFAULT);
    KT_EQ(vm_fault(NULL, BASE, PF_USER), -EFAULT);
    vmspace_put(vs);
}

/* Catches: the wrong reason in the human line. */
KTEST(vm_fault_is_described)
{
    static const struct {
        vaddr_t va;
        unsigned error;
        const char *why;
    } cases[] = {
        {0, PF_WRITE, "not mapped; null pointer?"},
        {BASE - PAGE_SIZE, 0, "not mapped"},
        {BASE, PF_WRITE | PF_PRESENT, "read-only"},
        {BASE, PF_FETCH | PF_PRESENT, "not executable"},
        {BASE + PAGE_SIZE, 0, "guard page: no access allowed"},
        {0xffffffff80000000ul, PF_WRITE | PF_PRESENT, "kernel address"},
        {0x8000000000000000ul, 0, "not a canonical address"},
    };
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 1, PROT_READ, ANON | MAP_FIXED), BASE);
    KT_EQ(t_map(vs, BASE + PAGE_SIZE, 1, PROT_NONE, ANON | MAP_FIXED), BASE + PAGE_SIZE);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        char why[64];
        vm_describe_fault(vs, cases[i].va, cases[i].error | PF_USER, why, sizeof why);
        if (strcmp(why, cases[i].why) != 0)
            ktest_fail(kt, "case %u: %s", i, why);
    }
    vmspace_put(vs);
}

/* Catches: a fork that copies pages, a copy that is not made, a last sharer that copies, a frame
 * that is lost or freed twice. */
KTEST(vm_fork_shares_until_written)
{
    enum { N = 32, WRITTEN = 5 };
    struct vmspace *parent, *child;
    u64 at_start = t_frames_free();
    KT_EQ(vmspace_create(&parent), 0);
    KT_EQ(t_map(parent, BASE, N, RW, ANON | MAP_FIXED), BASE);
    for (int i = 0; i < N; i++)
        KT_ASSERT(t_write(parent, BASE + i * PAGE_SIZE, 1000 + i));
    u64 before = t_frames_free();
    KT_EQ(vmspace_fork(parent, &child), 0);
    u64 tables = before - t_frames_free();
    KT_ASSERT(tables <= 8); /* page tables, slabs: nothing for each page */
    KT_EQ(vmspace_rss(child), N);
    before = t_frames_free();
    for (int i = 0; i < WRITTEN; i++)
        KT_ASSERT(t_write(child, BASE + i * PAGE_SIZE, 2000 + i));
    KT_EQ(before - t_frames_free(), WRITTEN);
    for (int i = 0; i < WRITTEN; i++)
        KT_ASSERT(t_write(parent, BASE + i * PAGE_SIZE, 3000 + i)); /* last sharer: no copy */
    KT_EQ(before - t_frames_free(), WRITTEN);
    for (int i = 0; i < N; i++) {
        KT_EQ(t_read(child, BASE + i * PAGE_SIZE), (i < WRITTEN ? 2000 : 1000) + i);
        KT_EQ(t_read(parent, BASE + i * PAGE_SIZE), (i < WRITTEN ? 3000 : 1000) + i);
    }
    vmspace_put(parent);
    KT_EQ(t_read(child, BASE + 31 * PAGE_SIZE), 1031);
    before = t_frames_free();
    KT_ASSERT(t_write(child, BASE + 31 * PAGE_SIZE, 5)); /* the parent is gone */
    KT_EQ(before - t_frames_free(), 0);
    vmspace_put(child);
    KT_ASSERT(at_start - t_frames_free() <= 8); /* slabs that stay for the next one */
}

/* Catches: shared memory that a fork makes private, or private that it shares. */
KTEST(vm_fork_keeps_shared_memory_shared)
{
    struct vmspace *parent, *child;
    KT_EQ(vmspace_create(&parent), 0);
    s64 shared = t_map(parent, 0, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
    s64 lazy = t_map(parent, 0, 4, RW, MAP_SHARED | MAP_ANONYMOUS);
    KT_ASSERT(shared > 0 && lazy > 0);
    KT_ASSERT(t_write(parent, shared, 1));
    KT_EQ(vmspace_fork(parent, &child), 0);
    KT_EQ(t_read(child, shared), 1);
    KT_ASSERT(t_write(child, shared, 2));
    KT_EQ(t_read(parent, shared), 2);
    KT_ASSERT(t_write(child, lazy + PAGE_SIZE, 3)); /* touched after the fork */
    KT_EQ(t_read(parent, lazy + PAGE_SIZE), 3);
    vmspace_put(child);
    KT_EQ(t_read(parent, lazy + PAGE_SIZE), 3);
    vmspace_put(parent);
}

/* Catches: a grandchild that sees what it should not; counts that go wrong over generations. */
KTEST(vm_fork_of_fork)
{
    struct vmspace *vs[8];
    KT_EQ(vmspace_create(&vs[0]), 0);
    KT_EQ(t_map(vs[0], BASE, 2, RW, ANON | MAP_FIXED), BASE);
    KT_ASSERT(t_write(vs[0], BASE, 0) && t_write(vs[0], BASE + PAGE_SIZE, 99));
    for (int i = 1; i < 8; i++) {
        KT_EQ(vmspace_fork(vs[i - 1], &vs[i]), 0);
        KT_ASSERT(t_write(vs[i], BASE, i));
    }
    for (int i = 0; i < 8; i++) {
        KT_EQ(t_read(vs[i], BASE), i);
        KT_EQ(t_read(vs[i], BASE + PAGE_SIZE), 99);
        vmspace_put(vs[i]);
    }
}

/* Catches: madvise that keeps what it should drop, or drops what it should keep. */
KTEST(vm_advise_dontneed)
{
    struct vmspace *vs, *child;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 4, RW, ANON | MAP_FIXED), BASE);
    for (int i = 0; i < 4; i++)
        KT_ASSERT(t_write(vs, BASE + i * PAGE_SIZE, 7));
    KT_EQ(vm_advise(vs, BASE + PAGE_SIZE, 2 * PAGE_SIZE, MADV_DONTNEED), 0);
    KT_EQ(vmspace_rss(vs), 2);
    KT_EQ(vmspace_max_rss(vs), 4);
    KT_EQ(t_read(vs, BASE), 7);
    KT_EQ(t_read(vs, BASE + PAGE_SIZE), 0);
    KT_EQ(t_read(vs, BASE + 3 * PAGE_SIZE), 7);
    KT_EQ(vm_advise(vs, BASE, 5 * PAGE_SIZE, MADV_DONTNEED), -ENOMEM);
    KT_EQ(vm_advise(vs, BASE, PAGE_SIZE, 4711), -EINVAL);
    KT_EQ(vm_advise(vs, BASE + 1, PAGE_SIZE, MADV_NORMAL), -EINVAL);
    KT_EQ(t_nvmas(vs), 1);
    KT_EQ(vm_advise(vs, BASE, PAGE_SIZE, MADV_DONTFORK), 0);
    KT_EQ(t_nvmas(vs), 2);
    KT_EQ(vmspace_fork(vs, &child), 0);
    KT_EQ(vm_fault(child, BASE, PF_USER), -EFAULT);
    KT_EQ(vm_fault(child, BASE + PAGE_SIZE, PF_USER), 0);
    vmspace_put(child);
    KT_EQ(vm_advise(vs, BASE, PAGE_SIZE, MADV_DOFORK), 0);
    KT_EQ(t_nvmas(vs), 1);
    vmspace_put(vs);
}

/* Catches: MAP_POPULATE that does nothing. */
KTEST(vm_map_populate)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 4, RW, ANON | MAP_FIXED | MAP_POPULATE), BASE);
    KT_EQ(vmspace_rss(vs), 4);
    vmspace_put(vs);
}
