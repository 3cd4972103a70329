/* Catches: an error path that leaks, forgets an undo, or answers as if it were something else when
 * the kernel has no memory: each call is made again and again while its first, second, ...
 * allocation fails, until it gets through with none failing. Leaks show in the runner's counts. */
#include <dirent.h>
#include <fcntl.h>
#include <lucid.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "ut.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define MANY      400 /* more allocations than any call here makes */
#define FILE_SIZE (40 * 4096)

static char base[] = "/tmp/ut-XXXXXX", buf[FILE_SIZE];

static int do_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid < 0 ? -1 : waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static int do_pipe(void)
{
    int fds[2];

    if (pipe(fds) < 0)
        return -1;
    close(fds[0]);
    return close(fds[1]);
}

static int do_create(void)
{
    int fd = open("new", O_RDWR | O_CREAT | O_EXCL, 0666);

    if (fd >= 0)
        close(fd);
    int error = errno;
    unlink("new"); /* it may be there although the open failed */
    errno = error;
    return fd < 0 ? -1 : 0;
}

static int do_mkdir(void)
{
    return mkdir("folder", 0777) < 0 ? -1 : rmdir("folder");
}

static int do_symlink(void)
{
    memset(buf, 'x', 100);
    buf[100] = '\0';
    if (symlink(buf, "link") < 0)
        return -1;
    return unlink("link");
}

static int do_rename(void)
{
    static const char other[] = "another-name-that-is-too-long-to-be-kept-inline";

    if (rename("file", other) < 0)
        return -1;
    int result = rename(other, "file"), error = errno;
    if (result < 0)
        rename(other, "file");
    errno = error;
    return result;
}

static int do_fifo(void)
{
    if (mkfifo("fifo", 0666) < 0)
        return -1;
    int fd = open("fifo", O_RDWR), error = errno;
    if (fd >= 0)
        close(fd);
    unlink("fifo");
    errno = error;
    return fd < 0 ? -1 : 0;
}

/* What was written before memory ran out counts: a short write is an answer, too. */
static int do_write(void)
{
    int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0666);

    if (fd < 0)
        return -1;
    ssize_t n = write(fd, buf, sizeof(buf));
    int error = errno;
    close(fd);
    unlink("data");
    errno = error;
    return n < 0 ? -1 : 0;
}

static int do_map(void)
{
    int fd = open("file", O_RDWR);

    if (fd < 0)
        return -1;
    char *p = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int error = errno;
    close(fd);
    errno = error;
    if (p == MAP_FAILED)
        return -1;
    int result = mprotect(p + 4096, 4096, PROT_READ);
    error = errno;
    munmap(p, FILE_SIZE);
    errno = error;
    return result;
}

static int do_grow_table(void)
{
    return dup2(1, 300) < 0 ? -1 : close(300);
}

static int do_list(void)
{
    int fd = open("/proc", O_RDONLY | O_DIRECTORY);

    if (fd < 0)
        return -1;
    long n = syscall(217, fd, buf, sizeof(buf)); /* getdents64 */
    int error = errno;
    close(fd);
    errno = error;
    return n < 0 ? -1 : 0;
}

static int do_read_proc(void)
{
    static const char *const names[] = {"/proc/self/maps", "/proc/self/status", "/proc/slabinfo",
                                        "/proc/mounts", "/proc/self/cmdline"};

    for (unsigned i = 0; i < COUNT(names); i++) {
        int fd = open(names[i], O_RDONLY);
        if (fd < 0)
            return -1;
        ssize_t n = read(fd, buf, sizeof(buf));
        int error = errno;
        close(fd);
        errno = error;
        if (n < 0)
            return -1;
    }
    return 0;
}

static int do_mount(void)
{
    if (mount("none", "mnt", "tmpfs", 0, "size=4096k,mode=755") < 0)
        return -1;
    return umount("mnt");
}

static int do_poll(void)
{
    struct pollfd fds[64];

    for (unsigned i = 0; i < COUNT(fds); i++)
        fds[i] = (struct pollfd){.fd = 1, .events = POLLPRI};
    return poll(fds, COUNT(fds), 1) < 0 ? -1 : 0;
}

static int do_groups(void)
{
    gid_t groups[20] = {1, 2, 3};

    return syscall(116, 20, groups) < 0 ? -1 : (int)syscall(116, 0, groups); /* setgroups */
}

static int do_paths(void)
{
    struct stat st;
    char where[200];

    return chdir("deep/deeper") < 0 || stat("../../file", &st) < 0 ||
                   !getcwd(where, sizeof(where)) || stat("none", &st) == 0
               ? (chdir(base), -1)
               : chdir(base);
}

static const struct {
    const char *name;
    int (*act)(void);
} acts[] = {
    {"dup2", do_grow_table}, /* first: a table stays as large as it was once */
    {"fork", do_fork},       {"pipe", do_pipe},        {"create", do_create},  {"mkdir", do_mkdir},
    {"symlink", do_symlink}, {"rename", do_rename},    {"fifo", do_fifo},      {"write", do_write},
    {"map", do_map},         {"list", do_list},        {"proc", do_read_proc}, {"mount", do_mount},
    {"poll", do_poll},       {"setgroups", do_groups}, {"paths", do_paths},
};

/* How many of its allocations failed before the call got through. */
static void until_it_works(unsigned i)
{
    if (i > 0)
        CHECK_OK(acts[i].act()); /* a fault at its first instruction must not be what fails */
    for (unsigned n = 1; n < MANY; n++) {
        lucid_fail_nth(n);
        int result = acts[i].act(), error = errno, left = lucid_fail_nth(0);
        /* fork(2) and open(2) name these two for a want of kernel structures as well. */
        if (result < 0 && error != ENOMEM && error != EAGAIN && error != ENFILE) {
            ut_fail(__FILE__, __LINE__, "%s, allocation %u: %s", acts[i].name, n,
                    ut_errno_name(error));
            return;
        }
        if (left > 0) {
            if (result < 0 || n == 1)
                ut_fail(__FILE__, __LINE__, "%s: %u allocations, result %d", acts[i].name, n - 1,
                        result);
            return;
        }
    }
    ut_fail(__FILE__, __LINE__, "%s never gets through", acts[i].name);
}

/* In a child. Beyond the point of no return nobody is left to be told: it is killed. */
static int exec_with_failure(void *n)
{
    char *argv[] = {"true", NULL};

    lucid_fail_nth((unsigned)(long)n);
    execve("/bin/true", argv, environ);
    int error = errno;
    return error == ENOMEM || error == ENFILE ? 77 : error;
}

static void failing_exec(void)
{
    int refused = 0, worked = 0;

    for (long n = 1; n < 60; n++) {
        int status = ut_child(exec_with_failure, (void *)n);
        if (WIFSIGNALED(status)) {
            CHECK_EQ(WTERMSIG(status), SIGKILL);
            continue;
        }
        refused += WEXITSTATUS(status) == 77;
        worked += WEXITSTATUS(status) == 0;
        if (WEXITSTATUS(status) != 77 && WEXITSTATUS(status) != 0)
            ut_fail(__FILE__, __LINE__, "execve, allocation %ld: %#x", n, status);
    }
    CHECK(refused > 3 && worked > 3);
}

int main(void)
{
    if (lucid_fail_nth(0) < 0)
        SKIP("needs Lucid with check=poison");
    CHECK(mkdtemp(base) != NULL);
    CHECK_OK(chdir(base));
    CHECK_OK(mkdir("mnt", 0777));
    CHECK_OK(mkdir("deep", 0777));
    CHECK_OK(mkdir("deep/deeper", 0777));
    int fd = CHECK_OK(open("file", O_RDWR | O_CREAT, 0666));
    CHECK_OK(ftruncate(fd, FILE_SIZE));
    close(fd);
    for (unsigned i = 0; i < COUNT(acts); i++)
        until_it_works(i);
    failing_exec();
    CHECK_OK(unlink("file"));
    CHECK_OK(rmdir("deep/deeper"));
    CHECK_OK(rmdir("deep"));
    CHECK_OK(rmdir("mnt"));
    CHECK_OK(chdir("/"));
    CHECK_OK(rmdir(base));
    return ut_result();
}
