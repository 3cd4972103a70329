/* Mappings: made, changed, taken away. */
#include <sys/mman.h>

#include "bench.h"

#define MANY 1024 /* pages */

static long map_page(void)
{
    return sys6(NR_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long map_unmap(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys2(NR_munmap, map_page(), PAGE);
    return ticks() - start;
}

static long map_touch_unmap(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++) {
        long p = map_page();
        *(volatile long *)p = 1;
        sys2(NR_munmap, p, PAGE);
    }
    return ticks() - start;
}

static long unmap_pages(long n)
{
    char *p = memory(n * PAGE, MAP_PRIVATE);
    touch(p, n * PAGE);
    long start = ticks();
    sys2(NR_munmap, (long)p, n * PAGE);
    return ticks() - start;
}

/* A mapping of one touched page between two that never have the same rights, so that nothing is
 * joined or split. */
static long protect(long n)
{
    char *p = memory(3 * PAGE, MAP_PRIVATE);
    must(sys3(NR_mprotect, (long)p, PAGE, PROT_NONE), "mprotect");
    must(sys3(NR_mprotect, (long)(p + 2 * PAGE), PAGE, PROT_NONE), "mprotect");
    touch(p + PAGE, PAGE);
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys3(NR_mprotect, (long)(p + PAGE), PAGE, i % 2 ? PROT_READ | PROT_WRITE : PROT_READ);
    long spent = ticks() - start;
    memory_free(p, 3 * PAGE);
    return spent;
}

/* The break grows by a page, which is written. */
static long grow_break(long n)
{
    long first = sys1(NR_brk, 0), at = first;
    long start = ticks();
    for (long i = 0; i < n; i++) {
        at = sys1(NR_brk, at + PAGE);
        *(volatile long *)(at - sizeof(long)) = 1;
    }
    long spent = ticks() - start;
    sys1(NR_brk, first);
    return at == first + n * PAGE ? spent : -ENOMEM;
}

const struct bench map_benches[] = {
    {"mmap_munmap", map_unmap, 500},    {"mmap_touch_munmap", map_touch_unmap, 200},
    {"munmap_page", unmap_pages, MANY}, {"mprotect", protect, 500},
    {"brk_page", grow_break, 256},      {0},
};
