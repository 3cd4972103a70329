/* Catches: vfork and clone whose parent goes on too soon or whose memory is not shared; thread ids
 * that are not stored, or not cleared; a shared current directory that is freed while in use. */
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ut.h"

static volatile int shared_value;

/* The child writes the parent's memory, and the parent waits until it has ended. */
static void with_vfork(void)
{
    int status;

    shared_value = 1;
    long start = ut_now_ms();
    pid_t pid = vfork();
    if (pid == 0) {
        shared_value = 2; /* NOLINT(clang-analyzer-unix.Vfork): what vfork shares is the test */
        usleep(50000);
        shared_value = 3;
        _exit(4);
    }
    CHECK_EQ(shared_value, 3);
    CHECK(ut_now_ms() - start >= 49);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 4);
}

/* With execve the parent goes on at once. */
static void vfork_and_exec(void)
{
    int status;
    char *argv[] = {"sleep", "0.2", NULL};
    pid_t pid = vfork();

    if (pid == 0) {
        execve("/bin/sleep", argv, environ);
        _exit(99);
    }
    CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
}

static int set_value(void *arg)
{
    shared_value = (int)(intptr_t)arg;
    return 6;
}

/* As posix_spawn does it: shared memory, a stack of its own, the parent waits. */
static void spawn_like(void)
{
    char *stack = malloc(65536);
    int status;

    pid_t pid = clone(set_value, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)77);
    CHECK(pid > 0);
    CHECK_EQ(shared_value, 77);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 6);
    free(stack);
}

/* As glibc's fork does it. */
static void fork_like(void)
{
    int *ids = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), status;

    ids[0] = ids[1] = 99;
    long pid =
        syscall(56, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &ids[0], &ids[1], 0);
    if (pid == 0)
        _exit(ids[1] == getpid() && ids[0] == getpid() ? 0 : 1);
    CHECK_EQ(ids[0], pid);
    CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
    ids[1] = 99;
    pid = syscall(56, CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, 0, 0, &ids[1], 0);
    if (pid == 0)
        _exit(0);
    CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
    /* In a child with memory of its own, the id is cleared where it was set; here that is shared.
     */
    CHECK(ids[1] == pid || ids[1] == 0);
    munmap(ids, 4096);
}

static void refused(void)
{
    CHECK_ERR(syscall(56, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), EINVAL);  /* needs SIGHAND */
    CHECK_ERR(syscall(56, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), EINVAL); /* needs VM */
}

/* Shared descriptors: what the child closes is closed. */
static int close_it(void *fd)
{
    close((int)(intptr_t)fd);
    return 0;
}

static void shared_files(void)
{
    char *stack = malloc(65536);
    int fd = (int)CHECK_OK(dup(0)), status;

    pid_t pid = clone(close_it, stack + 65536, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD,
                      (void *)(intptr_t)fd);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_ERR(close(fd), EBADF);
    fd = (int)CHECK_OK(dup(0));
    pid = clone(close_it, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)(intptr_t)fd);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_OK(close(fd));
    free(stack);
}

static long share_directory(void)
{
    return syscall(56, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
}

/* A shared current directory, which one process changes and removes while others walk from it:
 * every walk starts in a directory that is still there. */
static void shared_directory(void)
{
    enum { ROUNDS = 500, WALKERS = 3 };
    char base[] = "/tmp/ut-XXXXXX", here[64], name[64], old[64] = "";
    struct stat st;
    int status, surprises = 0;
    long pid[WALKERS];

    CHECK(mkdtemp(base) != NULL);
    for (int i = 0; i < WALKERS; i++)
        if ((pid[i] = share_directory()) == 0) {
            while (stat(".", &st) == 0)
                ;
            _exit(1);
        }
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(name, sizeof(name), "%s/%d", base, i);
        surprises += mkdir(name, 0777) != 0 || chdir(name) != 0 || (*old && rmdir(old) != 0);
        strcpy(old, name);
    }
    CHECK_EQ(surprises, 0);
    for (int i = 0; i < WALKERS; i++) {
        CHECK_OK(kill((pid_t)pid[i], SIGKILL));
        CHECK_EQ(waitpid((pid_t)pid[i], &status, 0), pid[i]);
        CHECK_SIGNAL(status, SIGKILL);
    }
    if ((pid[0] = share_directory()) == 0)
        _exit(chdir(base) != 0);
    CHECK_EQ(waitpid((pid_t)pid[0], &status, 0), pid[0]);
    CHECK_EXIT(status, 0);
    CHECK(getcwd(here, sizeof(here)) != NULL);
    CHECK_EQ(strcmp(here, base), 0); /* what a child changes has changed for both */
    CHECK_OK(rmdir(old));
    CHECK_OK(chdir("/"));
    CHECK_OK(rmdir(base));
}

int main(void)
{
    with_vfork();
    vfork_and_exec();
    spawn_like();
    fork_like();
    refused();
    shared_files();
    shared_directory();
    return ut_result();
}
