/* Catches: a child that is not a copy (memory, descriptors, ids), memory that is shared where it
 * must not be or copied where it must not be, wrong parents, exit codes that lose bits. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

#include "ut.h"

static int data = 7;
static char bss[8192];

/* Both sides write the same page; each sees only its own. */
static void private_memory(void)
{
    volatile int stack = 1;
    char *heap = malloc(100000);
    int fds[2], value;

    strcpy(heap + 50000, "before");
    CHECK_OK(pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        CHECK_EQ(data, 7);
        CHECK(strcmp(heap + 50000, "before") == 0);
        data = 8;
        stack = 2;
        bss[5000] = 3;
        strcpy(heap + 50000, "child");
        CHECK_EQ(read(fds[0], &value, sizeof(value)), sizeof(value)); /* the parent has written */
        CHECK_EQ(data, 8);
        CHECK_EQ(stack, 2);
        CHECK(strcmp(heap + 50000, "child") == 0);
        _exit(ut_result());
    }
    data = 9;
    stack = 4;
    strcpy(heap + 50000, "parent");
    CHECK_EQ(write(fds[1], &data, sizeof(data)), sizeof(data));
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
    CHECK_EQ(data, 9);
    CHECK_EQ(stack, 4);
    CHECK_EQ(bss[5000], 0);
    CHECK(strcmp(heap + 50000, "parent") == 0);
    free(heap);
    close(fds[0]);
    close(fds[1]);
}

/* A copy-on-write page shared by three generations: whoever writes last is alone with it. */
static void three_generations(void)
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    page[0] = 1;
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            page[0] = 3;
            _exit(page[0] == 3 ? 0 : 1);
        }
        int status;
        CHECK_EQ(waitpid(grandchild, &status, 0), grandchild);
        CHECK_EXIT(status, 0);
        CHECK_EQ(page[0], 1);
        page[0] = 2;
        _exit(ut_result());
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EXIT(status, 0);
    CHECK_EQ(page[0], 1);
    munmap(page, 4096);
}

/* MAP_SHARED memory is the one thing that stays common. */
static void shared_memory(void)
{
    volatile int *shared =
        mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    shared[1024] = 1;
    pid_t pid = fork();
    if (pid == 0) {
        while (shared[0] == 0) /* the parent writes after the fork */
            usleep(1000);
        shared[1024] += shared[0];
        _exit(0);
    }
    shared[0] = 41;
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_EQ(shared[1024], 42);
    munmap((void *)shared, 8192);
}

/* Descriptors are copied, the file behind them (and so its offset) is shared. */
static void shared_offset(void)
{
    char name[] = "/tmp/ut-XXXXXX", c = 0;
    int fd = CHECK_OK(mkstemp(name));

    CHECK_EQ(write(fd, "abcdef", 6), 6);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK_EQ(read(fd, &c, 1), 1);
        close(fd); /* the parent's stays open */
        _exit(ut_result());
    }
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_EQ(c, 'b');
    close(fd);
    unlink(name);
}

static int exit_with(void *arg)
{
    _exit((int)(intptr_t)arg);
}

static void exit_codes(void)
{
    CHECK_EXIT(ut_child(exit_with, (void *)0), 0);
    CHECK_EXIT(ut_child(exit_with, (void *)1), 1);
    CHECK_EXIT(ut_child(exit_with, (void *)255), 255);
    CHECK_EXIT(ut_child(exit_with, (void *)256), 0); /* only eight bits come through */
    CHECK_EXIT(ut_child(exit_with, (void *)-1), 255);
}

static int check_ids(void *parent)
{
    CHECK_EQ(getppid(), (pid_t)(intptr_t)parent);
    CHECK_EQ(getpid(), gettid());
    CHECK(getpid() != getppid());
    CHECK_EQ(getpgrp(), getpgid(getppid()));
    CHECK_EQ(getsid(0), getsid(getppid()));
    return 0;
}

int main(void)
{
    private_memory();
    three_generations();
    shared_memory();
    shared_offset();
    exit_codes();
    CHECK_EXIT(ut_child(check_ids, (void *)(intptr_t)getpid()), 0);
    return ut_result();
}
