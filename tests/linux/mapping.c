/* Would catch: mmap, munmap, mprotect, mremap, madvise, msync and brk that answer differently from
 * Linux: an errno, the place that is chosen, or what is mapped afterwards. Each case begins with
 * the same arena of sixteen pages and ends with a line that shows it page by page. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 16, ANON = MAP_PRIVATE | MAP_ANONYMOUS, RW = PROT_READ | PROT_WRITE };
#define ARENA    0x100000000000ul
#define AT(page) (ARENA + (page)*PAGE)
#define WRAPS    0xfffffffffffff000ul
#define TOO_HIGH 0x7ffffffff000ul

static int limited;       /* memory is short by decree: leave the arena as it is */
static int file, file_ro; /* four pages; for reading and writing, for reading */

static void make(unsigned page, unsigned n, int prot, int flags, int fd)
{
    if (mmap((void *)AT(page), n * PAGE, prot, flags | MAP_FIXED, fd, 0) == MAP_FAILED) {
        perror("arena");
        exit(1);
    }
}

/*  0123 4 56 7 89 ab cd ef
 *  rw   - r  n sh fp fs -      (fp: the file, private; fs: the file, shared, read-only) */
static void arena(void)
{
    munmap((void *)ARENA, PAGES * PAGE);
    make(0, 4, RW, ANON, -1);
    make(5, 2, PROT_READ, ANON, -1);
    make(7, 1, PROT_NONE, ANON, -1);
    make(8, 2, RW, MAP_SHARED | MAP_ANONYMOUS, -1);
    make(10, 2, RW, MAP_PRIVATE, file);
    make(12, 2, PROT_READ, MAP_SHARED, file_ro);
    memset((void *)ARENA, 'a', 4 * PAGE);
}

/* One letter a page: - nothing, n no rights, r, w, x; upper case: shared. Allocates nothing, since
 * some cases forbid it. */
static void show_arena(void)
{
    static char maps[1 << 16];
    char text[PAGES + 1] = "----------------";
    int fd = open("/proc/self/maps", O_RDONLY);
    ssize_t len = 0, n;
    while ((n = read(fd, maps + len, sizeof maps - 1 - len)) > 0)
        len += n;
    close(fd);
    maps[len] = 0;
    for (char *line = maps; *line; line = strchr(line, '\n') + 1) {
        char *p;
        unsigned long start = strtoul(line, &p, 16), end = strtoul(p + 1, &p, 16);
        for (unsigned i = 0; i < PAGES; i++)
            if (AT(i) >= start && AT(i) < end) { /* p: " rwxs" */
                char c = p[3] == 'x' ? 'x' : p[2] == 'w' ? 'w' : p[1] == 'r' ? 'r' : 'n';
                text[i] = p[4] == 's' ? (char)(c - 'a' + 'A') : c;
            }
    }
    printf(" %s\n", text);
}

static void result(const char *what, long r)
{
    if (r == -1)
        printf("%s: error %d;", what, errno); /* libraries word them differently */
    else if ((unsigned long)r >= ARENA && (unsigned long)r < AT(PAGES))
        printf("%s: page %lu;", what, (r - ARENA) / PAGE);
    else
        printf("%s: %s;", what, r == 0 ? "0" : "elsewhere");
    show_arena();
    if (!limited)
        arena();
}

#define CASE(call) result(#call, call)
#define map(addr, len, prot, flags, fd, offset)                                                    \
    syscall(SYS_mmap, addr, len, prot, flags, fd, offset)
#define unmap(addr, len)                 syscall(SYS_munmap, addr, len)
#define protect(addr, len, prot)         syscall(SYS_mprotect, addr, len, prot)
#define remap(addr, old, new, flags, to) syscall(SYS_mremap, addr, old, new, flags, to)
#define advise(addr, len, advice)        syscall(SYS_madvise, addr, len, advice)
#define sync_map(addr, len, flags)       syscall(SYS_msync, addr, len, flags)

static void mmap_cases(void)
{
    CASE(map(AT(0), 0, RW, ANON, -1, 0));
    CASE(map(AT(0), PAGE, RW, MAP_ANONYMOUS, -1, 0));
    CASE(map(AT(0), PAGE, RW, MAP_PRIVATE | MAP_SHARED | MAP_ANONYMOUS | 0xc, -1, 0));
    CASE(map(AT(4), PAGE, RW, ANON, -1, 0));
    CASE(map(AT(4), 2 * PAGE, RW, ANON, -1, 0));
    CASE(map(AT(4) - 7, PAGE, RW, ANON, -1, 0));
    CASE(map(AT(1), 2 * PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
    CASE(map(AT(1) + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CASE(map(AT(3), 3 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    CASE(map(AT(4), PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    CASE(map(AT(4), 1, RW, ANON | MAP_FIXED, -1, 0));
    CASE(map(TOO_HIGH, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CASE(map(WRAPS, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CASE(map(AT(4), WRAPS, RW, ANON, -1, 0));
    CASE(map(AT(4), ~0ul, RW, ANON, -1, 0));
    CASE(map(AT(4), PAGE, RW, MAP_PRIVATE | MAP_FIXED, file, 1));
    CASE(map(AT(4), PAGE, RW, MAP_PRIVATE | MAP_FIXED, 77, 0));
    CASE(map(AT(4), PAGE, RW, MAP_SHARED | MAP_FIXED, file_ro, 0));
    CASE(map(AT(4), PAGE, RW, MAP_PRIVATE | MAP_FIXED, file_ro, 0));
    CASE(map(AT(4), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file_ro, 100 * PAGE));
    CASE(map(AT(4), PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_FIXED, file_ro, 0));
    CASE(map(AT(4), PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_FIXED | 0x80000, file_ro, 0));
    CASE(map(AT(4), PAGE, RW, ANON | MAP_FIXED | MAP_NORESERVE | MAP_STACK | MAP_POPULATE, -1, 0));
}

static void munmap_cases(void)
{
    CASE(unmap(AT(1), 2 * PAGE));
    CASE(unmap(AT(0), 16 * PAGE));
    CASE(unmap(AT(3), 10));
    CASE(unmap(AT(14), 2 * PAGE));
    CASE(unmap(AT(1) + 1, PAGE));
    CASE(unmap(AT(1), 0));
    CASE(unmap(AT(1), WRAPS));
    CASE(unmap(WRAPS, PAGE));
}

static void mprotect_cases(void)
{
    CASE(protect(AT(1), PAGE, PROT_READ));
    CASE(protect(AT(0), 4 * PAGE, PROT_NONE));
    CASE(protect(AT(5), 3 * PAGE, RW));
    CASE(protect(AT(3), 3 * PAGE, PROT_READ));
    CASE(protect(AT(4), PAGE, PROT_READ));
    CASE(protect(AT(13), 2 * PAGE, PROT_NONE));
    CASE(protect(AT(12), PAGE, RW));
    CASE(protect(AT(10), 3 * PAGE, RW));
    CASE(protect(AT(0) + 1, PAGE, PROT_READ));
    CASE(protect(AT(0), 0, PROT_READ));
    CASE(protect(AT(0), 1, PROT_READ));
    CASE(protect(AT(0), WRAPS, PROT_READ));
    CASE(protect(AT(0), PAGE, 0x80));
    CASE(protect(AT(5), 2 * PAGE, PROT_READ | PROT_EXEC));
}

static void mremap_cases(void)
{
    CASE(remap(AT(0), 4 * PAGE, 5 * PAGE, 0, 0));
    CASE(remap(AT(0), 4 * PAGE, 6 * PAGE, 0, 0));
    CASE(remap(AT(0), 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE, 0));
    CASE(remap(AT(0), 4 * PAGE, 2 * PAGE, 0, 0));
    CASE(remap(AT(1), PAGE, 2 * PAGE, 0, 0));
    CASE(remap(AT(1), 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(14)));
    CASE(remap(AT(0), 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(4)));
    CASE(remap(AT(0), 4 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(14)));
    CASE(remap(AT(0), 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(1)));
    CASE(remap(AT(0), 2 * PAGE, 2 * PAGE, MREMAP_FIXED, AT(14)));
    CASE(remap(AT(0), 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(14) + 1));
    CASE(remap(AT(0), 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, TOO_HIGH));
    CASE(
        remap(AT(0), 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP | MREMAP_FIXED, AT(14)));
    CASE(remap(AT(0) + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0));
    CASE(remap(AT(0), PAGE, 0, MREMAP_MAYMOVE, 0));
    CASE(remap(AT(0), PAGE, 2 * PAGE, 0x80, 0));
    CASE(remap(AT(4), PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0));
    CASE(remap(AT(3), 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE, 0));
    CASE(remap(AT(0), 0, PAGE, MREMAP_MAYMOVE, 0));
    CASE(remap(AT(8), 0, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(14)));
    CASE(remap(AT(12), 2 * PAGE, 4 * PAGE, 0, 0));
}

static void advice_cases(void)
{
    CASE(advise(AT(0), 4 * PAGE, MADV_DONTNEED));
    CASE(advise(AT(0), 6 * PAGE, MADV_DONTNEED));
    CASE(advise(AT(0), 4 * PAGE, MADV_FREE));
    CASE(advise(AT(10), PAGE, MADV_FREE));
    CASE(advise(AT(0), 4 * PAGE, MADV_WILLNEED));
    CASE(advise(AT(0), 4 * PAGE, MADV_SEQUENTIAL));
    CASE(advise(AT(4), PAGE, MADV_RANDOM));
    CASE(advise(AT(1), PAGE, MADV_DONTFORK));
    CASE(advise(AT(0), PAGE, 4711));
    CASE(advise(AT(0) + 1, PAGE, MADV_NORMAL));
    CASE(advise(AT(0), 0, MADV_NORMAL));
    CASE(advise(AT(0), WRAPS, MADV_NORMAL));
    CASE(sync_map(AT(12), 2 * PAGE, MS_SYNC));
    CASE(sync_map(AT(12), 3 * PAGE, MS_ASYNC));
    CASE(sync_map(AT(12), PAGE, MS_SYNC | MS_ASYNC));
    CASE(sync_map(AT(12), PAGE, 0x80));
    CASE(sync_map(AT(12) + 1, PAGE, MS_SYNC));
    CASE(sync_map(AT(4), PAGE, MS_SYNC));
}

/* What is dropped comes back empty, or as the file has it; what is kept is kept. */
static void contents(void)
{
    char *p = (char *)ARENA;
    p[PAGE] = 'b';
    madvise(p, PAGE, MADV_DONTNEED);
    printf("dropped %d, kept %c\n", p[0], p[PAGE]);
    p[10 * PAGE] = 'x';
    madvise(p + 10 * PAGE, PAGE, MADV_DONTNEED);
    printf("the file again: %c\n", p[10 * PAGE]);
    char *far = mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 14 * PAGE);
    printf("moved: %c\n", far[0]);
    mprotect(far, PAGE, PROT_NONE);
    mprotect(far, PAGE, PROT_READ);
    printf("kept without rights: %c\n", far[0]);
    arena();
}

static void break_and_limits(void)
{
    unsigned long end = syscall(SYS_brk, 0);
    printf("brk grows %d", syscall(SYS_brk, end + 3 * PAGE) == (long)end + 3 * PAGE);
    printf(", to an odd place %d", syscall(SYS_brk, end + 5) == (long)end + 5);
    printf(", not below its start %d", syscall(SYS_brk, 4096) == (long)end + 5);
    printf(", not to the sky %d\n", syscall(SYS_brk, ARENA) == (long)end + 5);
    struct rlimit limit = {64 << 20, 64 << 20};
    setrlimit(RLIMIT_AS, &limit);
    CASE(map(AT(4), 128 << 20, PROT_READ, ANON, -1, 0));
    CASE(remap(AT(0), PAGE, 128 << 20, MREMAP_MAYMOVE, 0));
    limit.rlim_cur = PAGE;
    limited = 1;
    setrlimit(RLIMIT_DATA, &limit);
    CASE(map(AT(4), PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
    CASE(map(AT(4), PAGE, RW, ANON | MAP_FIXED, -1, 0));
    CASE(protect(AT(5), PAGE, RW));
    printf("brk %d\n", syscall(SYS_brk, end + 3 * PAGE) == (long)end + 5);
}

int main(void)
{
    static char text[4 * PAGE];
    memset(text, 'f', sizeof text);
    file = open("/tmp/mapping-test", O_RDWR | O_CREAT | O_TRUNC, 0600);
    file_ro = open("/tmp/mapping-test", O_RDONLY);
    if (write(file, text, sizeof text) != sizeof text)
        return 1;
    unlink("/tmp/mapping-test");
    puts("BEGIN");
    arena();
    mmap_cases();
    munmap_cases();
    mprotect_cases();
    mremap_cases();
    advice_cases();
    contents();
    break_and_limits();
    puts("END");
    return 0;
}
