/* Catches: memory devices that do not do their one thing. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "ut.h"

static char buf[8192];

static int device(const char *name)
{
    return (int)CHECK_OK(open(name, O_RDWR));
}

static bool all_zero(void)
{
    for (size_t i = 0; i < sizeof(buf); i++)
        if (buf[i])
            return false;
    return true;
}

int main(void)
{
    char other[sizeof(buf)];

    int fd = device("/dev/null");
    CHECK_EQ(read(fd, buf, sizeof(buf)), 0);
    CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
    close(fd);

    fd = device("/dev/zero");
    memset(buf, 1, sizeof(buf));
    CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
    CHECK(all_zero());
    CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
    CHECK_ERR(read(fd, ut_pointer(8), 10), EFAULT);
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (p != MAP_FAILED) {
        CHECK_EQ(p[4096], 0);
        p[4096] = 1;
        munmap(p, 8192);
    }
    close(fd);

    fd = device("/dev/full");
    CHECK_ERR(write(fd, buf, 1), ENOSPC);
    memset(buf, 1, sizeof(buf));
    CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
    CHECK(all_zero());
    close(fd);

    static const char *const random[] = {"/dev/random", "/dev/urandom"};
    for (int i = 0; i < 2; i++) {
        fd = device(random[i]);
        CHECK_EQ(read(fd, buf, 256), 256);
        CHECK_EQ(read(fd, other, 256), 256);
        CHECK(memcmp(buf, other, 256) != 0);
        close(fd);
    }
    memset(buf, 0, sizeof(buf));
    CHECK_EQ(getrandom(buf, 100, 0), 100);
    CHECK_EQ(getrandom(buf, 8, GRND_NONBLOCK), 8);
    CHECK(!all_zero());
    CHECK_ERR(getrandom(buf, 8, 0x100), EINVAL);
    CHECK_ERR(getrandom(ut_pointer(8), 8, 0), EFAULT);
    CHECK_ERR(open("/dev/missing", O_RDONLY), ENOENT);
    return ut_result();
}
