/* Catches: a fork bomb that gets past RLIMIT_NPROC, limits that are not inherited, can be raised,
 * or are not enforced on memory; what fails at a limit must leave nothing behind. */
#include <lucid.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "ut.h"

static void get_and_set(void)
{
    struct rlimit limit, old;

    CHECK_OK(getrlimit(RLIMIT_NOFILE, &old));
    CHECK(old.rlim_cur <= old.rlim_max && old.rlim_cur >= 256);
    limit = (struct rlimit){100, 200};
    CHECK_OK(prlimit64(0, RLIMIT_CORE, &limit, NULL));
    CHECK_OK(prlimit64(getpid(), RLIMIT_CORE, NULL, &old));
    CHECK_EQ(old.rlim_cur, 100);
    CHECK_EQ(old.rlim_max, 200);
    limit = (struct rlimit){300, 200};
    CHECK_ERR(setrlimit(RLIMIT_CORE, &limit), EINVAL);
    CHECK_ERR(getrlimit(99, &limit), EINVAL);
    CHECK_ERR(setrlimit(RLIMIT_CORE, ut_pointer(8)), EFAULT);
    CHECK_ERR(prlimit64(1 << 22, RLIMIT_CORE, NULL, &old), ESRCH);
    CHECK_OK(getrlimit(RLIMIT_STACK, &old));
    CHECK(old.rlim_cur >= 1 << 20);
}

static int inherited(void *arg)
{
    struct rlimit limit;

    (void)arg;
    CHECK_OK(getrlimit(RLIMIT_CORE, &limit));
    CHECK_EQ(limit.rlim_cur, 100);
    return 0;
}

/* Address space: mmap, brk and stack growth stop at the limit. */
static int little_memory(void *arg)
{
    struct rlimit limit = {16 << 20, 16 << 20};

    (void)arg;
    CHECK_OK(setrlimit(RLIMIT_AS, &limit));
    CHECK_ERR(mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    CHECK(sbrk(64 << 20) == (void *)-1);
    void *p = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    return 0;
}

#define BOMB_LIMIT 40

/* Forks until it cannot; the children do the same. As another user: Linux does not limit root. */
static void bomb(void)
{
    struct rlimit limit = {BOMB_LIMIT, BOMB_LIMIT};

    syscall(105, 4242); /* setuid, where it exists */
    if (setrlimit(RLIMIT_NPROC, &limit) < 0)
        _exit(2);
    for (;;) {
        pid_t pid = fork();
        if (pid < 0 && errno == EAGAIN)
            ut_sleep_ms(10);
    }
}

/* The bomb runs in a session of its own, is watched for a moment, and cleaned away by its group. */
static void fork_bomb(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        setpgid(0, 0);
        bomb();
    }
    setpgid(pid, pid);
    ut_sleep_ms(300);
    CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
    long start = ut_now_ms();
    CHECK_EXIT(ut_child(inherited, NULL), 0); /* we still can fork */
    CHECK(ut_now_ms() - start < 10000);
    while (kill(-pid, SIGKILL) == 0 && ut_now_ms() - start < 20000)
        waitpid(pid, &status, WNOHANG);
    CHECK_ERR(kill(-pid, 0), ESRCH);
}

/* Lucid's limit counts for root, too (Linux's does not): so many processes and no more. */
static int bomb_of_one(void *arg)
{
    struct rlimit limit = {BOMB_LIMIT, BOMB_LIMIT};
    struct lucid_stats stats;
    int count = 0, fds[2];
    char c;

    (void)arg;
    CHECK_OK(pipe(fds));
    CHECK_OK(setrlimit(RLIMIT_NPROC, &limit));
    for (; count < 2 * BOMB_LIMIT; count++) {
        pid_t pid = fork();
        if (pid == 0) {
            close(fds[1]);
            read(fds[0], &c, 1); /* until the parent closes its end */
            _exit(0);
        }
        if (pid < 0)
            break;
    }
    bool at_limit = count < 2 * BOMB_LIMIT;
    if (at_limit)
        CHECK_EQ(errno, EAGAIN);
    close(fds[0]);
    close(fds[1]);
    while (wait(NULL) > 0)
        ;
    return at_limit || lucid_stats(&stats, 0) < 0 ? 0 : 1;
}

int main(void)
{
    get_and_set();
    CHECK_EXIT(ut_child(inherited, NULL), 0);
    CHECK_EXIT(ut_child(little_memory, NULL), 0);
    fork_bomb();
    CHECK_EXIT(ut_child(bomb_of_one, NULL), 0);
    return ut_result();
}
