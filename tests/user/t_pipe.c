/* Catches: pipes that lose, reorder or tear data, miss the end or the broken end, block when they
 * must not or do not block when they must, and writes up to PIPE_BUF that are not atomic. */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "ut.h"

static int fds[2];

static void end_of_file(void)
{
    char buf[8];

    CHECK_OK(pipe(fds));
    CHECK_EQ(write(fds[1], "abc", 3), 3);
    CHECK_OK(close(fds[1]));
    CHECK_EQ(read(fds[0], buf, 2), 2);
    CHECK_EQ(read(fds[0], buf, 8), 1); /* what is left is still there */
    CHECK_EQ(buf[0], 'c');
    CHECK_EQ(read(fds[0], buf, 8), 0);
    CHECK_EQ(read(fds[0], buf, 8), 0);
    close(fds[0]);
}

static int write_broken(void *arg)
{
    (void)arg;
    write(fds[1], "x", 1);
    return 0;
}

static void broken(void)
{
    CHECK_OK(pipe(fds));
    close(fds[0]);
    CHECK_SIGNAL(ut_child(write_broken, NULL), SIGPIPE);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERR(write(fds[1], "x", 1), EPIPE);
    signal(SIGPIPE, SIG_DFL);
    close(fds[1]);
}

static void wrong_end(void)
{
    char c;

    CHECK_OK(pipe(fds));
    CHECK_ERR(write(fds[0], "x", 1), EBADF);
    CHECK_ERR(read(fds[1], &c, 1), EBADF);
    CHECK_ERR(lseek(fds[0], 0, SEEK_CUR), ESPIPE);
    CHECK_ERR(pread(fds[0], &c, 1, 0), ESPIPE);
    CHECK_ERR(pwrite(fds[1], &c, 1, 0), ESPIPE);
    CHECK_ERR(ftruncate(fds[1], 0), EINVAL);
    CHECK_ERR(pipe2(fds, 0x40000000), EINVAL);
    CHECK_ERR(pipe(ut_pointer(8)), EFAULT);
    CHECK_ERR(write(fds[1], ut_pointer(8), 4), EFAULT);
    CHECK_EQ(write(fds[1], "abcd", 4), 4);
    CHECK_ERR(read(fds[0], ut_pointer(8), 4), EFAULT);
    CHECK_EQ(write(fds[1], ut_pointer(8), 0), 0);
    close(fds[0]);
    close(fds[1]);
}

static void flags(void)
{
    struct stat st;

    CHECK_OK(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fds[0], F_GETFL), O_RDONLY | O_NONBLOCK);
    CHECK_EQ(fcntl(fds[1], F_GETFL), O_WRONLY | O_NONBLOCK);
    CHECK_OK(fstat(fds[0], &st));
    CHECK(S_ISFIFO(st.st_mode));
    close(fds[0]);
    close(fds[1]);
}

/* Without blocking: nothing there, no room, and how much fits. */
static void nonblocking(void)
{
    static char big[PIPE_CAPACITY * 2];
    char c;
    int ready;

    CHECK_OK(pipe2(fds, O_NONBLOCK));
    CHECK_ERR(read(fds[0], &c, 1), EAGAIN);
    CHECK_EQ(write(fds[1], big, sizeof(big)), PIPE_CAPACITY);
    CHECK_ERR(write(fds[1], big, 1), EAGAIN);
    CHECK_OK(ioctl(fds[0], FIONREAD, &ready));
    CHECK_EQ(ready, PIPE_CAPACITY);
    CHECK_EQ(read(fds[0], big, PIPE_BUF), PIPE_BUF);
    CHECK_EQ(write(fds[1], big, PIPE_BUF), PIPE_BUF);
    CHECK_ERR(write(fds[1], big, PIPE_BUF), EAGAIN); /* all or nothing */
    close(fds[0]);
    close(fds[1]);
}

/* A reader blocks until something comes; a big write blocks until all has gone. */
static void blocking(void)
{
    static char out[300000], in[300000];
    size_t got = 0;
    int status;

    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (char)(i * 7 + i / 251);
    CHECK_OK(pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        ut_sleep_ms(20);
        CHECK_EQ(write(fds[1], out, sizeof(out)), sizeof(out));
        _exit(ut_result());
    }
    close(fds[1]);
    for (ssize_t n; (n = read(fds[0], in + got, sizeof(in) - got)) > 0;)
        got += (size_t)n;
    CHECK_EQ(got, sizeof(out));
    CHECK(memcmp(in, out, sizeof(out)) == 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
    close(fds[0]);
}

/* Four writers of PIPE_BUF-sized records: the reader finds each record whole. */
static void atomic_writes(void)
{
    enum { WRITERS = 4, RECORDS = 40 };
    static char record[PIPE_BUF];
    int seen[WRITERS] = {0};

    CHECK_OK(pipe(fds));
    for (int w = 0; w < WRITERS; w++)
        if (fork() == 0) {
            memset(record, 'a' + w, sizeof(record));
            for (int i = 0; i < RECORDS; i++)
                write(fds[1], record, sizeof(record));
            _exit(0);
        }
    close(fds[1]);
    for (int n = 0; n < WRITERS * RECORDS; n++) {
        size_t got = 0;
        for (ssize_t r;
             got < sizeof(record) && (r = read(fds[0], record + got, sizeof(record) - got)) > 0;)
            got += (size_t)r;
        bool whole = got == sizeof(record);
        for (size_t i = 1; whole && i < sizeof(record); i++)
            whole = record[i] == record[0];
        CHECK(whole);
        if (whole && record[0] >= 'a' && record[0] < 'a' + WRITERS)
            seen[record[0] - 'a']++;
    }
    for (int w = 0; w < WRITERS; w++) {
        CHECK_EQ(seen[w], RECORDS);
        wait(NULL);
    }
    close(fds[0]);
}

/* The end comes only when the last of all writers has closed. */
static void last_writer(void)
{
    char c;
    struct pollfd p = {.events = POLLIN};

    CHECK_OK(pipe(fds));
    int copy = CHECK_OK(dup(fds[1]));
    close(fds[1]);
    p.fd = fds[0];
    CHECK_EQ(poll(&p, 1, 0), 0);
    pid_t pid = fork();
    if (pid == 0) {
        ut_sleep_ms(30);
        _exit(0); /* closes its copy */
    }
    close(copy);
    CHECK_EQ(read(fds[0], &c, 1), 0);
    waitpid(pid, NULL, 0);
    close(fds[0]);
}

static void vectors(void)
{
    char a[3], b[10];
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdef", 4}};
    struct iovec in[2] = {{a, 3}, {b, 10}};

    CHECK_OK(pipe(fds));
    CHECK_EQ(writev(fds[1], out, 3), 6);
    CHECK_EQ(readv(fds[0], in, 2), 6);
    CHECK(memcmp(a, "abc", 3) == 0 && memcmp(b, "def", 3) == 0);
    CHECK_ERR(writev(fds[1], out, -1), EINVAL);
    CHECK_ERR(writev(fds[1], out, IOV_MAX + 1), EINVAL);
    CHECK_ERR(writev(fds[1], ut_pointer(8), 1), EFAULT);
    close(fds[0]);
    close(fds[1]);
}

/* A token goes around between two processes: every wakeup arrives. */
static void ping_pong(void)
{
    int back[2];
    char c = 'x';

    CHECK_OK(pipe(fds));
    CHECK_OK(pipe(back));
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[1]);
        while (read(fds[0], &c, 1) == 1)
            write(back[1], &c, 1);
        _exit(0);
    }
    close(fds[0]);
    for (int i = 0; i < 2000; i++) {
        if (write(fds[1], &c, 1) != 1 || read(back[0], &c, 1) != 1) {
            CHECK(!"the token is lost");
            break;
        }
    }
    close(fds[1]);
    waitpid(pid, NULL, 0);
    close(back[0]);
    close(back[1]);
}

int main(void)
{
    end_of_file();
    broken();
    wrong_end();
    flags();
    nonblocking();
    blocking();
    atomic_writes();
    last_writer();
    vectors();
    ping_pong();
    return ut_result();
}
