/* Catches: wait that takes the wrong child, forgets one, sleeps with WNOHANG, reports the wrong
 * status, or leaves zombies; orphans that nobody adopts; stops and continues that go unreported. */
#include <sys/resource.h>

#include "ut.h"

static pid_t spawn(int code, long delay_ms)
{
    pid_t pid = fork();

    if (pid == 0) {
        ut_sleep_ms(delay_ms);
        _exit(code);
    }
    return pid;
}

static void nobody_to_wait_for(void)
{
    int status;

    CHECK_ERR(wait(&status), ECHILD);
    CHECK_ERR(waitpid(-1, &status, WNOHANG), ECHILD);
    CHECK_ERR(waitpid(1 << 22, &status, 0), ECHILD);
    CHECK_ERR(waitpid(getpid(), &status, 0), ECHILD);
    CHECK_ERR(waitpid(-1, &status, 0x40), EINVAL);
}

static void each_once(void)
{
    pid_t pids[8];
    int seen = 0, status;

    for (int i = 0; i < 8; i++)
        pids[i] = spawn(10 + i, 20 - 2 * i);
    for (int n = 0; n < 8; n++) {
        pid_t pid = CHECK_OK(wait(&status));
        for (int i = 0; i < 8; i++)
            if (pids[i] == pid) {
                CHECK_EXIT(status, 10 + i);
                seen |= 1 << i;
            }
    }
    CHECK_EQ(seen, 0xff);
    CHECK_ERR(wait(&status), ECHILD);
}

static void a_certain_one(void)
{
    pid_t slow = spawn(1, 30), fast = spawn(2, 0);
    int status;

    CHECK_EQ(waitpid(slow, &status, 0), slow);
    CHECK_EXIT(status, 1);
    CHECK_EQ(waitpid(fast, &status, 0), fast);
    CHECK_EXIT(status, 2);
    CHECK_ERR(waitpid(fast, &status, 0), ECHILD);
}

static void no_hang(void)
{
    pid_t pid = spawn(3, 50);
    int status = 0x1234;

    CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
    CHECK_EQ(status, 0x1234);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 3);
}

/* Process groups select: 0 is our own, -g a certain one. */
static void by_group(void)
{
    int status;
    pid_t other = fork();

    if (other == 0) {
        setpgid(0, 0);
        ut_sleep_ms(20);
        _exit(5);
    }
    setpgid(other, other);
    pid_t ours = spawn(6, 0);
    CHECK_EQ(waitpid(-other, &status, 0), other);
    CHECK_EXIT(status, 5);
    CHECK_EQ(waitpid(0, &status, 0), ours);
    CHECK_EXIT(status, 6);
    CHECK_ERR(waitpid(-other, &status, 0), ECHILD);
}

static void killed(void)
{
    static const int signals[] = {SIGKILL, SIGTERM, SIGINT, SIGSEGV, SIGUSR1, SIGPIPE};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        int status;
        pid_t pid = spawn(0, 100000);
        CHECK_OK(kill(pid, signals[i]));
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_SIGNAL(status, signals[i]);
        CHECK_ERR(kill(pid, 0), ESRCH);
    }
}

/* A zombie still has its id; it vanishes when it is waited for. */
static void zombie(void)
{
    pid_t pid = spawn(0, 0);

    ut_sleep_ms(20);
    CHECK_OK(kill(pid, 0));
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_ERR(kill(pid, 0), ESRCH);
}

static void stop_and_continue(void)
{
    int status;
    pid_t pid = spawn(9, 100);

    CHECK_OK(kill(pid, SIGSTOP));
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0); /* reported once */
    ut_sleep_ms(200);
    CHECK_EQ(waitpid(pid, &status, WNOHANG), 0); /* it did not go on by itself */
    CHECK_OK(kill(pid, SIGCONT));
    CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
    CHECK(WIFCONTINUED(status));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 9);
}

/* SIGKILL ends a stopped process; SIGTERM waits until it is continued. */
static void killed_while_stopped(void)
{
    int status;
    pid_t pid = spawn(0, 100000);

    CHECK_OK(setpgid(pid, pid)); /* our own group is orphaned: SIGTSTP would be ignored */
    CHECK_OK(kill(pid, SIGTSTP));
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK_OK(kill(pid, SIGTERM));
    ut_sleep_ms(20);
    CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
    CHECK_OK(kill(pid, SIGKILL));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_SIGNAL(status, SIGKILL);
}

/* The grandchild outlives its parent: process 1 (or a reaper on the way) becomes its parent. */
static void orphan(void)
{
    int fds[2], status;
    pid_t ids[2] = {0, 0};

    CHECK_OK(pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        pid_t me = getpid();
        if (fork() == 0) {
            while (getppid() == me)
                usleep(1000);
            ids[0] = me;
            ids[1] = getppid();
            write(fds[1], ids, sizeof(ids));
        }
        _exit(0);
    }
    close(fds[1]);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(read(fds[0], ids, sizeof(ids)), sizeof(ids));
    CHECK_EQ(ids[0], pid);
    CHECK(ids[1] != pid && ids[1] > 0);
    char c;
    CHECK_EQ(read(fds[0], &c, 1), 0); /* it has ended, too */
    close(fds[0]);
}

/* wait4 tells what the child used. */
static void usage(void)
{
    struct rusage ru;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct timespec ts;
        do
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        while (ts.tv_nsec < 60000000);
        _exit(0);
    }
    CHECK_EQ(wait4(pid, &status, 0, &ru), pid);
    long used_us = (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 + ru.ru_utime.tv_usec +
                   ru.ru_stime.tv_usec;
    CHECK(used_us >= 50000 && used_us < 10000000);
    CHECK_OK(getrusage(RUSAGE_CHILDREN, &ru));
    CHECK(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec + ru.ru_stime.tv_sec * 1000000 +
              ru.ru_stime.tv_usec >=
          used_us);
}

int main(void)
{
    nobody_to_wait_for();
    each_once();
    a_certain_one();
    no_hang();
    by_group();
    killed();
    zombie();
    stop_and_continue();
    killed_while_stopped();
    orphan();
    usage();
    return ut_result();
}
