/* Catches: poll that misses an event, reports one that is not there, sleeps too long or not at all.
 */
#include <fcntl.h>
#include <poll.h>

#include "ut.h"

static int fds[2];

static short ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n = poll(&p, 1, 0);

    CHECK_EQ(n, p.revents != 0);
    return p.revents;
}

static void pipes(void)
{
    static char big[100000];
    char c;

    CHECK_OK(pipe2(fds, O_NONBLOCK));
    CHECK_EQ(ready(fds[0], POLLIN), 0);
    CHECK_EQ(ready(fds[1], POLLOUT), POLLOUT);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    CHECK_EQ(ready(fds[0], POLLIN), POLLIN);
    CHECK_EQ(ready(fds[0], POLLOUT), 0);
    CHECK_EQ(read(fds[0], &c, 1), 1);
    CHECK_EQ(ready(fds[0], POLLIN), 0);
    while (write(fds[1], big, sizeof(big)) > 0)
        ;
    CHECK_EQ(ready(fds[1], POLLOUT), 0);
    while (read(fds[0], big, sizeof(big)) > 0)
        ;
    CHECK_EQ(ready(fds[1], POLLOUT), POLLOUT);
    close(fds[1]);
    CHECK_EQ(ready(fds[0], POLLIN), POLLHUP);
    CHECK_EQ(ready(fds[0], 0), POLLHUP); /* not asked for, reported all the same */
    close(fds[0]);
    CHECK_OK(pipe(fds));
    close(fds[0]);
    CHECK_EQ(ready(fds[1], POLLOUT), POLLOUT | POLLERR);
    close(fds[1]);
}

static void others(void)
{
    struct pollfd p[3] = {{.fd = -1, .events = POLLIN, .revents = 99},
                          {.fd = 99, .events = POLLIN},
                          {.fd = 0, .events = 0, .revents = 99}};
    int fd = CHECK_OK(open("/dev/zero", O_RDWR));

    CHECK_EQ(ready(fd, POLLIN | POLLOUT), POLLIN | POLLOUT);
    close(fd);
    CHECK_EQ(poll(p, 3, 0), 1);
    CHECK_EQ(p[0].revents, 0);
    CHECK_EQ(p[1].revents, POLLNVAL);
    CHECK_EQ(p[2].revents, 0);
    fd = CHECK_OK(open("/", O_RDONLY));
    CHECK_EQ(ready(fd, POLLIN), POLLIN);
    close(fd);
    CHECK_ERR(poll(ut_pointer(8), 1, 0), EFAULT);
    CHECK_ERR(poll(p, 1 << 30, 0), EINVAL);
}

static void timeouts(void)
{
    struct pollfd p = {.events = POLLIN};

    CHECK_OK(pipe(fds));
    p.fd = fds[0];
    long start = ut_now_ms();
    CHECK_EQ(poll(&p, 1, 30), 0);
    CHECK(ut_now_ms() - start >= 29);
    start = ut_now_ms();
    CHECK_EQ(poll(NULL, 0, 20), 0); /* a sleep */
    CHECK(ut_now_ms() - start >= 19);
    pid_t pid = fork();
    if (pid == 0) {
        ut_sleep_ms(30);
        write(fds[1], "x", 1);
        _exit(0);
    }
    CHECK_EQ(poll(&p, 1, -1), 1); /* woken by the write */
    CHECK_EQ(p.revents, POLLIN);
    waitpid(pid, NULL, 0);
    close(fds[0]);
    close(fds[1]);
}

/* One of many becomes ready. */
static void many(void)
{
    struct pollfd p[40];
    int pipes[40][2];

    for (int i = 0; i < 40; i++) {
        CHECK_OK(pipe(pipes[i]));
        p[i] = (struct pollfd){.fd = pipes[i][0], .events = POLLIN};
    }
    pid_t pid = fork();
    if (pid == 0) {
        ut_sleep_ms(20);
        write(pipes[33][1], "x", 1);
        _exit(0);
    }
    CHECK_EQ(poll(p, 40, 10000), 1);
    for (int i = 0; i < 40; i++)
        CHECK_EQ(p[i].revents, i == 33 ? POLLIN : 0);
    waitpid(pid, NULL, 0);
    for (int i = 0; i < 40; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

int main(void)
{
    pipes();
    others();
    timeouts();
    many();
    return ut_result();
}
