/* Catches: mappings at the wrong place or with the wrong contents, unmapping that leaves or takes
 * too much, protection that is not enforced, mremap that loses data, brk, madvise. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

#include "ut.h"

#define PAGE 4096
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static int touch_read(void *p)
{
    return *(volatile char *)p & 0;
}

static int touch_write(void *p)
{
    *(volatile char *)p = 1;
    return 0;
}

static char *map(size_t pages, int prot)
{
    char *p = mmap(NULL, pages * PAGE, prot, ANON, -1, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

static void anonymous(void)
{
    char *p = map(100, RW);
    bool zero = true;

    for (int i = 0; i < 100 * PAGE; i += 64)
        zero &= p[i] == 0;
    CHECK(zero);
    for (int i = 0; i < 100; i++)
        p[i * PAGE] = (char)i;
    for (int i = 0; i < 100; i++)
        CHECK_EQ(p[i * PAGE], i);
    CHECK_OK(munmap(p, 100 * PAGE));
    CHECK_SIGNAL(ut_child(touch_read, p), SIGSEGV);
}

/* A hole in the middle splits a mapping in two. */
static void partial_unmap(void)
{
    char *p = map(5, RW);

    memset(p, 'm', 5 * PAGE);
    CHECK_OK(munmap(p + 2 * PAGE, PAGE));
    CHECK_EQ(p[2 * PAGE - 1], 'm');
    CHECK_EQ(p[3 * PAGE], 'm');
    CHECK_SIGNAL(ut_child(touch_read, p + 2 * PAGE), SIGSEGV);
    CHECK_OK(munmap(p, 5 * PAGE)); /* over the hole */
    CHECK_SIGNAL(ut_child(touch_read, p + 4 * PAGE), SIGSEGV);
    CHECK_OK(munmap(p, PAGE)); /* nothing there: no error */
}

static void fixed(void)
{
    char *p = map(3, RW);

    memset(p, 'o', 3 * PAGE);
    char *q = mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0); /* replaces the middle */
    CHECK(q == p + PAGE);
    CHECK_EQ(q[0], 0);
    CHECK_EQ(p[0], 'o');
    CHECK_EQ(p[2 * PAGE], 'o');
    CHECK_ERR(mmap(p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    char *hint = mmap(p, PAGE, RW, ANON, -1, 0); /* only a hint: goes elsewhere */
    CHECK(hint != MAP_FAILED && (hint < p || hint >= p + 3 * PAGE));
    munmap(hint, PAGE);
    munmap(p, 3 * PAGE);
}

static void bad_arguments(void)
{
    char *p = map(1, RW);

    CHECK_ERR(mmap(NULL, 0, RW, ANON, -1, 0), EINVAL);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERR(mmap(p + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, 0, 1), EINVAL);
    CHECK_ERR(mmap(NULL, (size_t)1 << 47, RW, ANON, -1, 0), ENOMEM);
    CHECK_ERR(mmap(NULL, SIZE_MAX, RW, ANON, -1, 0), ENOMEM);
    CHECK_ERR(munmap(p + 1, PAGE), EINVAL);
    CHECK_ERR(munmap(p, 0), EINVAL);
    CHECK_ERR(munmap(p, (size_t)1 << 60), EINVAL);
    CHECK_ERR(munmap(ut_pointer(0xffff800000000000), PAGE), EINVAL);
    CHECK_ERR(mprotect(p + 1, PAGE, PROT_READ), EINVAL);
    CHECK_ERR(mprotect(ut_pointer(0x10000000000), PAGE, PROT_READ), ENOMEM);
    CHECK_ERR(mmap(ut_pointer(0xffffffff80000000), PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
    munmap(p, PAGE);
}

static void protection(void)
{
    char *p = map(3, RW);

    p[PAGE] = 'x';
    CHECK_OK(mprotect(p + PAGE, PAGE, PROT_READ));
    CHECK_EQ(p[PAGE], 'x');
    CHECK_SIGNAL(ut_child(touch_write, p + PAGE), SIGSEGV);
    CHECK_EXIT(ut_child(touch_write, p), 0);
    CHECK_OK(mprotect(p + PAGE, PAGE, PROT_NONE));
    CHECK_SIGNAL(ut_child(touch_read, p + PAGE), SIGSEGV);
    CHECK_OK(mprotect(p, 3 * PAGE, RW));
    CHECK_EQ(p[PAGE], 'x');
    p[PAGE] = 'y';
    CHECK_OK(munmap(p + 2 * PAGE, PAGE));
    CHECK_ERR(mprotect(p, 3 * PAGE, PROT_READ), ENOMEM); /* a hole at the end */
    munmap(p, 2 * PAGE);
    char *none = mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0);
    CHECK_SIGNAL(ut_child(touch_read, none), SIGSEGV);
    CHECK_ERR(write(1, none, 1), EFAULT); /* system calls obey, too */
    munmap(none, PAGE);
    CHECK_SIGNAL(ut_child(touch_write, (void *)(uintptr_t)touch_write), SIGSEGV);
}

static void remapping(void)
{
    char *p = map(2, RW), *block;

    strcpy(p + PAGE, "kept");
    p = mremap(p, 2 * PAGE, 50 * PAGE, MREMAP_MAYMOVE);
    CHECK(p != MAP_FAILED && strcmp(p + PAGE, "kept") == 0);
    CHECK_EQ(p[49 * PAGE], 0);
    CHECK(mremap(p, 50 * PAGE, PAGE * 2, 0) == p); /* shrinks in place */
    CHECK_SIGNAL(ut_child(touch_read, p + 2 * PAGE), SIGSEGV);
    block = mmap(p + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    CHECK_ERR(mremap(p, 2 * PAGE, 3 * PAGE, 0), ENOMEM); /* no room, may not move */
    char *moved = mremap(p, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != p && strcmp(moved + PAGE, "kept") == 0);
    CHECK_SIGNAL(ut_child(touch_read, p), SIGSEGV);
    char *target = map(3, RW);
    CHECK(mremap(moved, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
    CHECK(strcmp(target + PAGE, "kept") == 0);
    CHECK_ERR(mremap(moved, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
    CHECK_ERR(mremap(target, PAGE, 0, MREMAP_MAYMOVE), EINVAL);
    CHECK_ERR(mremap(target + 1, PAGE, PAGE, 0), EINVAL);
    munmap(target, 3 * PAGE);
    munmap(block, PAGE);
}

static void advice(void)
{
    char *p = map(4, RW);

    memset(p, 'a', 4 * PAGE);
    CHECK_OK(madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED));
    CHECK_EQ(p[0], 'a');
    CHECK_EQ(p[PAGE], 0);
    CHECK_EQ(p[3 * PAGE - 1], 0);
    CHECK_EQ(p[3 * PAGE], 'a');
    CHECK_OK(madvise(p, PAGE, MADV_WILLNEED));
    CHECK_ERR(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
    CHECK_ERR(madvise(p, PAGE, 9999), EINVAL);
    munmap(p, 4 * PAGE);
}

static void program_break(void)
{
    char *start = sbrk(0);

    CHECK(sbrk(3 * PAGE) == start);
    CHECK_EQ(start[3 * PAGE - 1], 0);
    memset(start, 'b', 3 * PAGE);
    CHECK_OK(brk(start + PAGE));
    CHECK_OK(brk(start + 3 * PAGE));
    uintptr_t first_free = ((uintptr_t)start + 2 * PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    CHECK_EQ(*(char *)first_free, 0); /* what was given back comes again as zeros */
    CHECK_ERR(brk(ut_pointer(0x7fffffff0000)), ENOMEM);
    CHECK(sbrk(0) == start + 3 * PAGE);
    CHECK_OK(brk(start));
    CHECK(sbrk(0) == start);
}

/* musl's malloc guards the break with an inaccessible mapping on it. */
static void over_the_break(void)
{
    char *end = (char *)(((uintptr_t)sbrk(0) + PAGE - 1) & ~(uintptr_t)(PAGE - 1));

    CHECK_OK(brk(end + 2 * PAGE));
    CHECK(mmap(end, PAGE, PROT_NONE, ANON | MAP_FIXED, -1, 0) == end);
    end[PAGE] = 1;
    CHECK_OK(munmap(end, PAGE));
    CHECK_OK(brk(end));
}

int main(void)
{
    anonymous();
    partial_unmap();
    fixed();
    bad_arguments();
    protection();
    remapping();
    advice();
    program_break();
    over_the_break();
    return ut_result();
}
