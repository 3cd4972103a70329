/* Catches: descriptor tables that do not give the lowest number, leak, confuse flags of a
 * descriptor with those of its file, or forget the limit. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "ut.h"

static void lowest_free(void)
{
    int a = CHECK_OK(open("/dev/null", O_RDWR)), b = CHECK_OK(open("/dev/zero", O_RDONLY));

    CHECK_EQ(b, a + 1);
    CHECK_OK(close(a));
    CHECK_EQ(dup(b), a);
    CHECK_EQ(fcntl(b, F_DUPFD, 30), 30);
    CHECK_EQ(fcntl(b, F_DUPFD, 30), 31);
    CHECK_EQ(fcntl(b, F_DUPFD_CLOEXEC, 100), 100);
    CHECK_EQ(fcntl(100, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(31, F_GETFD), 0);
    close(a);
    close(b);
    close(30);
    close(31);
    close(100);
}

static void bad_descriptors(void)
{
    char c;
    struct stat st;

    CHECK_ERR(close(77), EBADF);
    CHECK_ERR(close(-1), EBADF);
    CHECK_ERR(read(77, &c, 1), EBADF);
    CHECK_ERR(write(1 << 30, &c, 1), EBADF);
    CHECK_ERR(dup(77), EBADF);
    CHECK_ERR(dup2(77, 5), EBADF);
    CHECK_ERR(dup2(0, -1), EBADF);
    CHECK_ERR(dup2(0, 1 << 30), EBADF);
    CHECK_ERR(dup3(0, 0, 0), EINVAL);
    CHECK_ERR(dup3(0, 5, O_NONBLOCK), EINVAL);
    CHECK_ERR(fcntl(77, F_GETFD), EBADF);
    CHECK_ERR(fcntl(0, F_DUPFD, -1), EINVAL);
    CHECK_ERR(fcntl(0, 9999), EINVAL);
    CHECK_ERR(fstat(77, &st), EBADF);
    CHECK_ERR(lseek(77, 0, SEEK_SET), EBADF);
}

static void dup_two(void)
{
    int a = CHECK_OK(open("/dev/null", O_RDWR));

    CHECK_OK(fcntl(a, F_SETFD, FD_CLOEXEC));
    CHECK_EQ(dup2(a, 40), 40);
    CHECK_EQ(fcntl(40, F_GETFD), 0); /* the copy's flag is its own */
    CHECK_EQ(dup2(a, a), a);
    CHECK_EQ(fcntl(a, F_GETFD), FD_CLOEXEC);
    int fds[2];
    CHECK_OK(pipe(fds));
    CHECK_EQ(dup2(a, fds[1]), fds[1]); /* closes the pipe's writer */
    char c;
    CHECK_EQ(read(fds[0], &c, 1), 0);
    close(a);
    close(40);
    close(fds[0]);
    close(fds[1]);
}

/* Status flags belong to the open file: duplicates share them; another open does not. */
static void status_flags(void)
{
    int a = CHECK_OK(open("/dev/null", O_RDWR)), b = CHECK_OK(dup(a));
    int c = CHECK_OK(open("/dev/null", O_WRONLY | O_APPEND));

    CHECK_EQ(fcntl(a, F_GETFL) & ~O_LARGEFILE, O_RDWR);
    CHECK_OK(fcntl(a, F_SETFL, O_NONBLOCK | O_WRONLY)); /* the access mode cannot change */
    CHECK_EQ(fcntl(b, F_GETFL) & ~O_LARGEFILE, O_RDWR | O_NONBLOCK);
    CHECK_EQ(fcntl(c, F_GETFL) & ~O_LARGEFILE, O_WRONLY | O_APPEND);
    close(a);
    close(b);
    close(c);
}

/* RLIMIT_NOFILE is one more than the highest number. */
static int to_the_limit(void *arg)
{
    struct rlimit limit = {20, 20};
    int fd, last = -1;

    (void)arg;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        last = fd;
    CHECK_EQ(errno, EMFILE);
    CHECK_EQ(last, 19);
    int fds[2];
    close(19);
    CHECK_ERR(pipe(fds), EMFILE); /* one is free, two are needed */
    CHECK_EQ(open("/dev/null", O_RDONLY), 19);
    CHECK_ERR(dup(0), EMFILE);
    CHECK_ERR(dup2(0, 20), EBADF);
    CHECK_ERR(fcntl(0, F_DUPFD, 20), EINVAL);
    return 0;
}

/* Many descriptors: the table grows, and all are closed at exit. */
static int many(void *arg)
{
    (void)arg;
    for (int i = 0; i < 900; i++)
        CHECK_OK(open("/dev/null", O_RDONLY));
    for (int i = 100; i < 900; i++)
        CHECK_OK(close(i));
    CHECK_EQ(open("/dev/null", O_RDONLY), 100);
    return 0;
}

int main(void)
{
    lowest_free();
    bad_descriptors();
    dup_two();
    status_flags();
    CHECK_EXIT(ut_child(to_the_limit, NULL), 0);
    CHECK_EXIT(ut_child(many, NULL), 0);
    return ut_result();
}
