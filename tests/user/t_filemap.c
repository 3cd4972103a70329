/* Catches: mapped files that are not the file: private changes that reach it, shared ones that do
 * not, reads and writes that see other bytes than the mapping, access behind the end. */
#include <fcntl.h>
#include <sys/mman.h>

#include "ut.h"

#define PAGE 4096
#define RW   (PROT_READ | PROT_WRITE)

static int fd;

static char *map(size_t pages, int prot, int flags, off_t page)
{
    char *p = mmap(NULL, pages * PAGE, prot, flags, fd, page * PAGE);

    CHECK(p != MAP_FAILED);
    return p;
}

static void fill(size_t bytes)
{
    char page[PAGE];

    CHECK_OK(ftruncate(fd, 0));
    for (size_t i = 0; i < bytes; i += PAGE) {
        memset(page, 'A' + (int)(i / PAGE) % 26, PAGE);
        size_t n = bytes - i < PAGE ? bytes - i : PAGE;
        CHECK_EQ(pwrite(fd, page, n, (off_t)i), n);
    }
}

static void shared(void)
{
    char c;

    fill(3 * PAGE);
    char *p = map(3, RW, MAP_SHARED, 0), *q = map(2, PROT_READ, MAP_SHARED, 1);
    CHECK_EQ(p[PAGE], 'B');
    CHECK_EQ(q[0], 'B');
    p[PAGE] = 'x'; /* seen by the other mapping and by read */
    CHECK_EQ(q[0], 'x');
    CHECK_EQ(pread(fd, &c, 1, PAGE), 1);
    CHECK_EQ(c, 'x');
    CHECK_EQ(pwrite(fd, "y", 1, 2 * PAGE), 1); /* and the other way */
    CHECK_EQ(p[2 * PAGE], 'y');
    CHECK_EQ(q[PAGE], 'y');
    CHECK_OK(msync(p, 3 * PAGE, MS_SYNC));
    munmap(p, 3 * PAGE);
    munmap(q, 2 * PAGE);
    CHECK_EQ(pread(fd, &c, 1, PAGE), 1);
    CHECK_EQ(c, 'x');
}

static void private(void)
{
    char c;

    fill(2 * PAGE);
    char *p = map(2, RW, MAP_PRIVATE, 0);
    CHECK_EQ(pwrite(fd, "n", 1, 5), 1);
    CHECK_EQ(p[5], 'n'); /* an untouched page still is the file's */
    p[6] = 'm';
    CHECK_EQ(pread(fd, &c, 1, 6), 1);
    CHECK_EQ(c, 'A');
    CHECK_EQ(p[5], 'n'); /* the copy has what was there */
    CHECK_EQ(pwrite(fd, "o", 1, 5), 1);
    CHECK_EQ(p[5], 'n');
    CHECK_EQ(p[PAGE], 'B');
    munmap(p, 2 * PAGE);
}

/* Both kinds over a fork. */
static void over_fork(void)
{
    fill(2 * PAGE);
    char *s = map(1, RW, MAP_SHARED, 0), *p = map(1, RW, MAP_PRIVATE, 1);
    p[1] = '1';
    pid_t pid = fork();
    if (pid == 0) {
        s[0] = 'c';
        p[1] = '2';
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    CHECK_EQ(s[0], 'c');
    CHECK_EQ(p[1], '1');
    munmap(s, PAGE);
    munmap(p, PAGE);
}

static int read_at(void *p)
{
    return *(volatile char *)p & 0;
}

static int write_at(void *p)
{
    *(volatile char *)p = 1;
    return 0;
}

/* The last page is filled with zeros to its end; behind it is SIGBUS. */
static void behind_the_end(void)
{
    char c;

    fill(PAGE + 100);
    char *p = map(4, RW, MAP_SHARED, 0);
    CHECK_EQ(p[PAGE + 99], 'B');
    CHECK_EQ(p[PAGE + 100], 0);
    CHECK_SIGNAL(ut_child(read_at, p + 2 * PAGE), SIGBUS);
    CHECK_SIGNAL(ut_child(write_at, p + 3 * PAGE), SIGBUS);
    CHECK_ERR(write(1, p + 2 * PAGE, 1), EFAULT);
    CHECK_OK(ftruncate(fd, 3 * PAGE)); /* growing makes it accessible */
    CHECK_EQ(p[2 * PAGE], 0);
    p[2 * PAGE + 1] = 'g';
    CHECK_EQ(pread(fd, &c, 1, 2 * PAGE + 1), 1);
    CHECK_EQ(c, 'g');
    munmap(p, 4 * PAGE);
}

/* Truncating takes mapped pages away, also private copies of them. */
static void truncated(void)
{
    fill(3 * PAGE);
    char *s = map(3, RW, MAP_SHARED, 0), *p = map(3, RW, MAP_PRIVATE, 0);
    CHECK_EQ(s[2 * PAGE], 'C');
    p[2 * PAGE] = 'p';
    CHECK_OK(ftruncate(fd, PAGE));
    CHECK_SIGNAL(ut_child(read_at, s + 2 * PAGE), SIGBUS);
    CHECK_SIGNAL(ut_child(read_at, p + 2 * PAGE), SIGBUS);
    CHECK_EXIT(ut_child(read_at, s), 0);
    CHECK_OK(ftruncate(fd, 3 * PAGE));
    CHECK_EQ(s[2 * PAGE], 0);
    munmap(s, 3 * PAGE);
    munmap(p, 3 * PAGE);
}

/* A mapping needs the descriptor's rights, and outlives it. */
static void rights(const char *name)
{
    int ro = CHECK_OK(open(name, O_RDONLY)), wo = CHECK_OK(open(name, O_WRONLY));

    CHECK_ERR(mmap(NULL, PAGE, RW, MAP_SHARED, ro, 0), EACCES);
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, wo, 0), EACCES);
    char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0);
    CHECK(p != MAP_FAILED);
    CHECK_ERR(mprotect(p, PAGE, RW), EACCES);
    char *q = mmap(NULL, PAGE, RW, MAP_PRIVATE, ro, 0); /* a private copy may be changed */
    CHECK(q != MAP_FAILED);
    close(ro);
    close(wo);
    unlink(name);
    q[0] = 'q';
    CHECK_EQ(p[0], 'A');
    munmap(p, PAGE);
    munmap(q, PAGE);
    int dir = CHECK_OK(open("/", O_RDONLY));
    CHECK_ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, dir, 0), ENODEV);
    close(dir);
}

int main(void)
{
    char name[] = "/tmp/ut-XXXXXX";

    fd = CHECK_OK(mkstemp(name));
    shared();
    private();
    over_fork();
    behind_the_end();
    truncated();
    fill(PAGE);
    rights(name);
    close(fd);
    return ut_result();
}
