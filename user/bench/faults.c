/* Page faults, one a page. */
#include <fcntl.h>
#include <sys/mman.h>

#include "bench.h"

#define FAR_PAGES 64 /* further apart than any kernel maps around a fault */

static void read_pages(char *p, long n, long step_bytes)
{
    for (long i = 0; i < n; i++)
        (void)*(volatile long *)(p + i * step_bytes);
}

static long anon_write(long n)
{
    char *p = memory(n * PAGE, MAP_PRIVATE);
    long start = ticks();
    touch(p, n * PAGE);
    long spent = ticks() - start;
    memory_free(p, n * PAGE);
    return spent;
}

static long anon_read(long n)
{
    char *p = memory(n * PAGE, MAP_PRIVATE);
    long start = ticks();
    read_pages(p, n, PAGE);
    long spent = ticks() - start;
    memory_free(p, n * PAGE);
    return spent;
}

struct cow {
    char *p;
    long bytes;
    volatile long *spent;
};

static void cow_child(void *arg)
{
    struct cow *c = arg;
    long start = ticks();
    touch(c->p, c->bytes);
    *c->spent = ticks() - start;
}

/* A child writes what its parent has written: each page is copied. */
static long copy_on_write(long n)
{
    struct cow c = {memory(n * PAGE, MAP_PRIVATE), n * PAGE, (long *)memory(PAGE, MAP_SHARED)};
    touch(c.p, c.bytes);
    *c.spent = 0;
    child_join(child_start(cow_child, &c));
    long spent = *c.spent;
    memory_free(c.p, c.bytes);
    memory_free((char *)c.spent, PAGE);
    return spent;
}

/* A file's pages, all in memory already, read through a new mapping every `step` pages. */
static long file_fault(long n, long step)
{
    static const char path[] = "/tmp/bench-map";
    static char block[PAGE];
    long fd = must(sys3(NR_open, (long)path, O_RDWR | O_CREAT | O_TRUNC, 0600), "open");
    for (long i = 0; i < n * step; i++)
        must(sys3(NR_write, fd, (long)block, PAGE), "write");
    long p = must(sys6(NR_mmap, 0, n * step * PAGE, PROT_READ, MAP_SHARED, fd, 0), "mmap");
    long start = ticks();
    read_pages((char *)p, n, step * PAGE);
    long spent = ticks() - start;
    memory_free((char *)p, n * step * PAGE);
    sys1(NR_close, fd);
    sys1(NR_unlink, (long)path);
    return spent;
}

static long file_sequential(long n)
{
    return file_fault(n, 1);
}

static long file_far(long n)
{
    return file_fault(n, FAR_PAGES);
}

const struct bench fault_benches[] = {
    {"anon_write_fault", anon_write, 512}, {"anon_read_fault", anon_read, 512},
    {"cow_fault", copy_on_write, 512},     {"file_fault_page", file_sequential, 512},
    {"file_far_fault", file_far, 32},      {0},
};
