/* The map of an address space: placement, cutting and joining of vmas, limits, errnos. Each test
 * says what it would catch. */
#include "vm_test.h"

#define BASE 0x10000000ul

/* Catches: bottom-up placement, a hole that is not found again, neighbours that are not joined. */
KTEST(vm_map_places_top_down_and_joins)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    s64 a = t_map(vs, 0, 4, RW, ANON), b = t_map(vs, 0, 4, RW, ANON);
    KT_ASSERT(a > 0 && b == a - 4 * (s64)PAGE_SIZE);
    KT_EQ(t_nvmas(vs), 1);
    s64 c = t_map(vs, 0, 2, PROT_READ, ANON);
    KT_EQ(c, b - 2 * PAGE_SIZE);
    KT_EQ(t_nvmas(vs), 2);
    KT_EQ(vm_unmap(vs, b + PAGE_SIZE, 2 * PAGE_SIZE), 0); /* a hole of two pages */
    KT_EQ(t_nvmas(vs), 3);
    KT_EQ(t_map(vs, 0, 3, RW, ANON), c - 3 * PAGE_SIZE); /* too large for the hole */
    KT_EQ(t_map(vs, 0, 2, RW, ANON), b + PAGE_SIZE);     /* fits, and joins both sides */
    KT_EQ(t_nvmas(vs), 3);
    vmspace_put(vs);
}

/* Catches: each way of taking a range out of a vma, and the joins afterwards. */
KTEST(vm_unmap_cuts_head_tail_middle)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 16, RW, ANON | MAP_FIXED), BASE);
    KT_EQ(vm_unmap(vs, BASE, PAGE_SIZE), 0);
    KT_EQ(vm_unmap(vs, BASE + 15 * PAGE_SIZE, PAGE_SIZE), 0);
    KT_EQ(t_nvmas(vs), 1);
    KT_EQ(vm_unmap(vs, BASE + 4 * PAGE_SIZE, 2 * PAGE_SIZE), 0);
    KT_EQ(t_nvmas(vs), 2);
    KT_EQ(vs->npages, 12);
    KT_EQ(vm_fault(vs, BASE, PF_USER), -EFAULT);
    KT_EQ(vm_fault(vs, BASE + 4 * PAGE_SIZE, PF_USER), -EFAULT);
    KT_EQ(vm_fault(vs, BASE + 6 * PAGE_SIZE, PF_USER), 0);
    KT_EQ(t_map(vs, BASE, 16, RW, ANON | MAP_FIXED), BASE); /* over everything */
    KT_EQ(t_nvmas(vs), 1);
    KT_EQ(vs->npages, 16);
    KT_EQ(vm_unmap(vs, 0x1000, USER_TOP - PAGE_SIZE), 0);
    KT_EQ(t_nvmas(vs), 0);
    KT_EQ(vs->npages, 0);
    KT_EQ(vs->ndata_pages, 0);
    vmspace_put(vs);
}

/* Catches: a wrong errno of mmap and munmap (their Linux manual pages). */
KTEST(vm_map_errnos)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, 0, 0, RW, ANON), -EINVAL);
    KT_EQ(t_map(vs, 0, 1, RW, MAP_ANONYMOUS), -EINVAL);
    KT_EQ(t_map(vs, 0, USER_TOP / PAGE_SIZE + 1, RW, ANON), -ENOMEM);
    KT_EQ(t_map(vs, BASE + 1, 1, RW, ANON | MAP_FIXED), -EINVAL);
    KT_EQ(t_map(vs, 0x1000, 1, RW, ANON | MAP_FIXED), -EPERM);
    KT_EQ(t_map(vs, USER_TOP, 1, RW, ANON | MAP_FIXED), -ENOMEM);
    KT_EQ(t_map(vs, USER_TOP - PAGE_SIZE, 1, RW, ANON | MAP_FIXED), USER_TOP - PAGE_SIZE);
    KT_EQ(t_map(vs, BASE, 2, RW, ANON | MAP_FIXED), BASE);
    KT_EQ(t_map(vs, BASE + PAGE_SIZE, 2, RW, ANON | MAP_FIXED_NOREPLACE), -EEXIST);
    KT_EQ(t_map(vs, BASE + 2 * PAGE_SIZE, 2, RW, ANON | MAP_FIXED_NOREPLACE), BASE + 0x2000);
    KT_EQ(t_map(vs, 0, 1, RW | PROT_EXEC, ANON), -EACCES);
    KT_ASSERT(t_map(vs, BASE, 1, RW, ANON) != BASE); /* a hint that is taken is only a hint */
    KT_EQ(t_map(vs, BASE + 0x10001, 1, RW, ANON), BASE + 0x10000); /* rounded down */
    KT_EQ(vm_unmap(vs, BASE + 1, PAGE_SIZE), -EINVAL);
    KT_EQ(vm_unmap(vs, BASE, 0), -EINVAL);
    KT_EQ(vm_unmap(vs, BASE, USER_TOP), -EINVAL);
    KT_EQ(vm_unmap(vs, ~0ul & ~0xffful, PAGE_SIZE), -EINVAL);
    vmspace_put(vs);
}

/* Catches: rights that do not change what is mapped, cuts that are not healed, wrong errnos. */
KTEST(vm_protect_changes_rights)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 8, RW, ANON | MAP_FIXED), BASE);
    for (int i = 0; i < 8; i++)
        KT_ASSERT(t_write(vs, BASE + i * PAGE_SIZE, 100 + i));
    KT_EQ(vm_protect(vs, BASE + 2 * PAGE_SIZE, 2 * PAGE_SIZE, PROT_READ), 0);
    KT_EQ(t_nvmas(vs), 3);
    KT_ASSERT(!t_write(vs, BASE + 2 * PAGE_SIZE, 1));
    KT_EQ(t_read(vs, BASE + 3 * PAGE_SIZE), 103);
    KT_EQ(vm_protect(vs, BASE + 4 * PAGE_SIZE, PAGE_SIZE, PROT_NONE), 0);
    KT_EQ(vm_fault(vs, BASE + 4 * PAGE_SIZE, PF_USER), -EACCES);
    KT_EQ(t_read(vs, BASE + 4 * PAGE_SIZE), ~0ul);
    KT_EQ(vmspace_rss(vs), 8); /* PROT_NONE keeps the page ... */
    KT_EQ(vm_protect(vs, BASE, 8 * PAGE_SIZE, RW), 0);
    KT_EQ(t_read(vs, BASE + 4 * PAGE_SIZE), 104); /* ... and what is in it */
    KT_EQ(t_nvmas(vs), 1);
    KT_ASSERT(t_write(vs, BASE + 2 * PAGE_SIZE, 1));
    KT_EQ(vm_protect(vs, BASE, PAGE_SIZE, RW | PROT_EXEC), -EACCES);
    KT_EQ(vm_protect(vs, BASE, PAGE_SIZE, 0x100), -EINVAL);
    KT_EQ(vm_protect(vs, BASE + 1, PAGE_SIZE, RW), -EINVAL);
    KT_EQ(vm_protect(vs, BASE + 7 * PAGE_SIZE, 2 * PAGE_SIZE, RW), -ENOMEM);
    KT_EQ(vm_protect(vs, BASE, 0, RW), 0);
    KT_EQ(vs->ndata_pages, 8);
    vmspace_put(vs);
}

/* Catches: pages that are lost, copied or left behind when a mapping grows, shrinks or moves. */
KTEST(vm_remap_moves_pages)
{
    struct vmspace *vs;
    vaddr_t at;
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(t_map(vs, BASE, 4, RW, ANON | MAP_FIXED), BASE);
    for (int i = 0; i < 4; i++)
        KT_ASSERT(t_write(vs, BASE + i * PAGE_SIZE, 100 + i));
    KT_EQ(vm_remap(vs, BASE, 4 * PAGE_SIZE, 6 * PAGE_SIZE, 0, 0, &at), 0); /* in place */
    KT_EQ(at, BASE);
    KT_EQ(t_map(vs, BASE + 6 * PAGE_SIZE, 1, PROT_READ, ANON | MAP_FIXED), BASE + 0x6000);
    KT_EQ(vm_remap(vs, BASE, 6 * PAGE_SIZE, 7 * PAGE_SIZE, 0, 0, &at), -ENOMEM);
    KT_EQ(vm_remap(vs, BASE, 6 * PAGE_SIZE, 7 * PAGE_SIZE, MREMAP_MAYMOVE, 0, &at), 0);
    KT_ASSERT(at != BASE);
    KT_EQ(vmspace_rss(vs), 4);
    for (int i = 0; i < 4; i++)
        KT_EQ(t_read(vs, at + i * PAGE_SIZE), 100 + i);
    KT_EQ(vm_fault(vs, BASE, PF_USER), -EFAULT);
    KT_EQ(vm_remap(vs, at, 7 * PAGE_SIZE, 2 * PAGE_SIZE, 0, 0, &at), 0);
    KT_EQ(vmspace_rss(vs), 2);
    vaddr_t far = BASE + (1ul << 30); /* other page tables */
    KT_EQ(vm_remap(vs, at, 2 * PAGE_SIZE, 2 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, far, &at),
          0);
    KT_EQ(at, far);
    KT_EQ(t_read(vs, far + PAGE_SIZE), 101);
    KT_EQ(vs->npages, 3);
    KT_EQ(vm_remap(vs, far, PAGE_SIZE, 0, 0, 0, &at), -EINVAL);
    KT_EQ(vm_remap(vs, far, 3 * PAGE_SIZE, PAGE_SIZE, 0, 0, &at), -EFAULT);
    KT_EQ(vm_remap(vs, far, PAGE_SIZE, PAGE_SIZE, MREMAP_FIXED, BASE, &at), -EINVAL);
    KT_EQ(vm_remap(vs, far, 2 * PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
                   far + PAGE_SIZE, &at),
          -EINVAL);
    vmspace_put(vs);
}

/* Catches: a break that moves when it must not, a heap that is not one vma; what musl does: map
 * something else over a part of the heap. */
KTEST(vm_brk_grows_and_shrinks)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    vm_set_brk(vs, BASE + 5);
    vaddr_t start = BASE + PAGE_SIZE;
    KT_EQ(vm_brk(vs, 0), start);
    KT_EQ(vm_brk(vs, start + 100), start + 100);
    KT_ASSERT(t_write(vs, start + 4000, 7));
    KT_EQ(vm_brk(vs, start + 3 * PAGE_SIZE), start + 3 * PAGE_SIZE);
    KT_EQ(t_nvmas(vs), 1);
    KT_EQ(t_map(vs, start, 1, PROT_NONE, ANON | MAP_FIXED), start);
    KT_EQ(vm_fault(vs, start, PF_USER), -EACCES);
    KT_EQ(vm_brk(vs, start + 4 * PAGE_SIZE), start + 4 * PAGE_SIZE);
    KT_EQ(t_map(vs, start + 6 * PAGE_SIZE, 1, RW, ANON | MAP_FIXED), start + 0x6000);
    KT_EQ(vm_brk(vs, start + 7 * PAGE_SIZE), start + 4 * PAGE_SIZE); /* in the way: no change */
    KT_EQ(vm_brk(vs, start + PAGE_SIZE), start + PAGE_SIZE);
    KT_EQ(vm_fault(vs, start + PAGE_SIZE, PF_USER), -EFAULT);
    KT_EQ(vm_brk(vs, start - 1), start + PAGE_SIZE);
    vmspace_put(vs);
}

/* Catches: a stack that does not grow, grows into its neighbour, or beyond its limit. */
KTEST(vm_stack_grows_down_to_its_guard)
{
    struct vmspace *vs;
    vaddr_t top;
    char why[64];
    KT_EQ(vmspace_create(&vs), 0);
    KT_EQ(vm_map_stack(vs, &top), 0);
    KT_ASSERT(t_write(vs, top - 8, 1));
    KT_ASSERT(t_write(vs, top - (1ul << 20), 2)); /* far below what was mapped at first */
    KT_EQ(t_nvmas(vs), 1);
    vaddr_t below = top - (2ul << 20);
    KT_EQ(t_map(vs, below - PAGE_SIZE, 1, RW, ANON | MAP_FIXED), below - PAGE_SIZE);
    KT_ASSERT(t_write(vs, below + STACK_GUARD_GAP, 3));
    KT_EQ(vm_fault(vs, below + STACK_GUARD_GAP - PAGE_SIZE, PF_USER | PF_WRITE), -EFAULT);
    vm_describe_fault(vs, below + STACK_GUARD_GAP - 8, PF_USER | PF_WRITE, why, sizeof why);
    KT_ASSERT(why[0] == 's' && why[5] == ' ' && why[6] == 'o'); /* stack overflow */
    vmspace_put(vs);
}

/* Catches: unbounded numbers of vmas, a split that is done although there is no room for it. */
KTEST(vm_map_count_is_limited)
{
    struct vmspace *vs;
    KT_EQ(vmspace_create(&vs), 0);
    u64 npages = 2 * VM_MAX_MAPS;
    KT_EQ(t_map(vs, BASE, npages, RW, ANON | MAP_FIXED | MAP_NORESERVE), BASE);
    unsigned made = 1;
    for (u64 i = 1; i < npages; i += 2) {
        int err = vm_protect(vs, BASE + i * PAGE_SIZE, PAGE_SIZE, PROT_READ);
        if (err) {
            KT_EQ(err, -ENOMEM);
            break;
        }
        made += 2;
    }
    KT_ASSERT(vs->nvmas <= VM_MAX_MAPS && vs->nvmas + 2 > VM_MAX_MAPS && made >= vs->nvmas);
    KT_EQ(vs->npages, npages);
    vmspace_put(vs);
}
