/* Catches: reads and writes that move too much, too little or to the wrong place: offsets, holes,
 * the end of the file, truncation, positioned and vectored forms, and what ends in the middle of
 * a bad buffer. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "ut.h"

static int fd;
static char buf[20000];

static long size_now(void)
{
    struct stat st;

    CHECK_OK(fstat(fd, &st));
    return st.st_size;
}

static void offsets(void)
{
    CHECK_EQ(write(fd, "0123456789", 10), 10);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
    CHECK_EQ(read(fd, buf, 5), 0);
    CHECK_EQ(lseek(fd, -4, SEEK_END), 6);
    CHECK_EQ(read(fd, buf, 100), 4);
    CHECK(memcmp(buf, "6789", 4) == 0);
    CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
    CHECK_EQ(write(fd, "AB", 2), 2);
    CHECK_EQ(lseek(fd, 1, SEEK_CUR), 5);
    CHECK_EQ(read(fd, buf, 1), 1);
    CHECK_EQ(buf[0], '5');
    CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERR(lseek(fd, -11, SEEK_END), EINVAL);
    CHECK_ERR(lseek(fd, 0, 77), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6); /* failures do not move it */
    CHECK_EQ(read(fd, buf, 0), 0);
    CHECK_EQ(size_now(), 10);
}

static void positioned(void)
{
    lseek(fd, 3, SEEK_SET);
    CHECK_EQ(pwrite(fd, "xy", 2, 8), 2);
    CHECK_EQ(pread(fd, buf, 4, 6), 4);
    CHECK(memcmp(buf, "67xy", 4) == 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
    CHECK_EQ(pread(fd, buf, 4, 100), 0);
    CHECK_ERR(pread(fd, buf, 4, -1), EINVAL);
    CHECK_ERR(pwrite(fd, buf, 4, -1), EINVAL);
}

/* Writing behind the end leaves a hole that reads as zeros and takes no blocks. */
static void holes(void)
{
    struct stat st;

    CHECK_EQ(pwrite(fd, "end", 3, 1000000), 3);
    CHECK_EQ(size_now(), 1000003);
    CHECK_EQ(pread(fd, buf, 20000, 500000), 20000);
    for (int i = 0; i < 20000; i++)
        if (buf[i] != 0) {
            CHECK(!"the hole is not zero");
            break;
        }
    CHECK_OK(fstat(fd, &st));
    CHECK(st.st_blocks * 512 < 100000);
}

/* What was cut off does not come back when the file grows again. */
static void truncation(void)
{
    memset(buf, 'z', 10000);
    CHECK_EQ(pwrite(fd, buf, 10000, 0), 10000);
    CHECK_OK(ftruncate(fd, 5000));
    CHECK_EQ(size_now(), 5000);
    CHECK_OK(ftruncate(fd, 9000));
    CHECK_EQ(size_now(), 9000);
    CHECK_EQ(pread(fd, buf, 9000, 0), 9000);
    CHECK_EQ(buf[4999], 'z');
    bool zero = true;
    for (int i = 5000; i < 9000; i++)
        zero &= buf[i] == 0;
    CHECK(zero);
    CHECK_ERR(ftruncate(fd, -1), EINVAL);
    CHECK_OK(ftruncate(fd, 0));
    CHECK_EQ(pread(fd, buf, 10, 0), 0);
}

static void vectors(void)
{
    char a[4], b[4];
    struct iovec v[3] = {{a, 4}, {NULL, 0}, {b, 4}};

    lseek(fd, 0, SEEK_SET);
    CHECK_EQ(write(fd, "abcdef", 6), 6);
    lseek(fd, 0, SEEK_SET);
    CHECK_EQ(readv(fd, v, 3), 6);
    CHECK(memcmp(a, "abcd", 4) == 0 && memcmp(b, "ef", 2) == 0);
    v[1] = (struct iovec){a, (size_t)-1}; /* a negative length */
    CHECK_ERR(readv(fd, v, 3), EINVAL);
    CHECK_EQ(readv(fd, v, 0), 0);
}

/* The second page of the buffer cannot be touched: the first is read all the same. */
static void half_bad_buffer(void)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    munmap(p + 4096, 4096);
    memset(buf, 'q', 200);
    CHECK_EQ(pwrite(fd, buf, 200, 0), 200);
    CHECK_ERR(pread(fd, p + 4096, 100, 0), EFAULT);
    long n = pread(fd, p + 4096 - 100, 200, 0);
    CHECK(n == 100 || (n == -1 && errno == EFAULT));
    CHECK_EQ(p[4095], 'q');
    n = pwrite(fd, p + 4096 - 100, 200, 1000);
    CHECK(n == 100 || (n == -1 && errno == EFAULT));
    munmap(p, 4096);
}

/* Writing a file from its own mapping must not deadlock. */
static void own_mapping(void)
{
    CHECK_OK(ftruncate(fd, 0));
    CHECK_OK(ftruncate(fd, 8192));
    CHECK_EQ(pwrite(fd, "source", 6, 0), 6);
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK_EQ(pwrite(fd, p, 4096, 4096), 4096);
    CHECK(memcmp(p + 4096, "source", 6) == 0);
    CHECK_EQ(pread(fd, p + 100, 6, 0), 6);
    CHECK(memcmp(p + 100, "source", 6) == 0);
    munmap(p, 8192);
}

static int beyond_the_limit(void *arg)
{
    struct rlimit limit = {100, 100};

    (void)arg;
    signal(SIGXFSZ, SIG_IGN);
    CHECK_OK(ftruncate(fd, 0));
    CHECK_OK(setrlimit(RLIMIT_FSIZE, &limit));
    CHECK_EQ(pwrite(fd, buf, 200, 0), 100);
    CHECK_ERR(pwrite(fd, buf, 1, 100), EFBIG);
    return 0;
}

int main(void)
{
    char name[] = "/tmp/ut-XXXXXX";

    fd = CHECK_OK(mkstemp(name));
    unlink(name); /* it lives on as long as it is open */
    offsets();
    positioned();
    holes();
    truncation();
    vectors();
    half_bad_buffer();
    own_mapping();
    CHECK_EXIT(ut_child(beyond_the_limit, NULL), 0);
    close(fd);
    return ut_result();
}
