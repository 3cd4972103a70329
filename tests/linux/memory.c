/* Would catch: brk and mmap that hand out memory which is not zero, not there, or not protected as
 * asked. malloc in small and large pieces, realloc that moves, mmap, mprotect, mremap, and files
 * mapped shared and private. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void heap(void)
{
    enum { PIECES = 2000 };
    unsigned char *piece[PIECES];
    unsigned sum = 0;
    for (int i = 0; i < PIECES; i++) {
        size_t size = 16 + i * 37 % 5000;
        piece[i] = malloc(size);
        memset(piece[i], i & 255, size);
    }
    for (int i = 0; i < PIECES; i += 2)
        free(piece[i]);
    for (int i = 1; i < PIECES; i += 2) {
        piece[i] = realloc(piece[i], 6000);
        sum += piece[i][0] + piece[i][15];
        free(piece[i]);
    }
    printf("heap sum %u\n", sum);
    char *big = calloc(1, 20 << 20);
    size_t set = 0;
    for (size_t i = 0; i < 20 << 20; i += PAGE)
        set += big[i] != 0;
    printf("calloc: %zu pages not zero\n", set);
    free(big);
}

static int dies_writing(char *p)
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        *(volatile char *)p = 1;
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void protections(void)
{
    char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[PAGE] = 'a';
    printf("mprotect %d\n", mprotect(p + PAGE, PAGE, PROT_READ));
    printf("write to read-only: signal %d\n", dies_writing(p + PAGE));
    printf("munmap %d\n", munmap(p + 2 * PAGE, PAGE));
    printf("write to unmapped: signal %d\n", dies_writing(p + 2 * PAGE));
    printf("write beside it: signal %d\n", dies_writing(p + 3 * PAGE));
    char *q = mremap(p + PAGE, PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    printf("mremap %d, kept %c\n", q != MAP_FAILED, q[0]);
    int misaligned = munmap(q + 1, PAGE);
    printf("misaligned munmap: %d %s\n", misaligned, strerror(errno));
    void *none = mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("length 0: %d %s\n", none == MAP_FAILED, strerror(errno));
}

static void files(void)
{
    char buf[8] = "";
    int fd = open("/tmp/memory-test", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(fd, 3 * PAGE);
    char *shared = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *private = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    strcpy(shared + PAGE, "mapped");
    pread(fd, buf, 7, PAGE);
    printf("read sees %s, private sees %s\n", buf, private + PAGE);
    strcpy(private + PAGE, "mine");
    pwrite(fd, "written", 8, 2 * PAGE);
    printf("shared %s, private %s, both %s %s\n", shared + PAGE, private + PAGE, shared + 2 * PAGE,
           private + 2 * PAGE);
    ftruncate(fd, PAGE);
    printf("write past the end: signal %d\n", dies_writing(shared + 2 * PAGE));
    unlink("/tmp/memory-test");
}

static void sharing(void)
{
    int *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int private = 1;
    fflush(stdout);
    if (fork() == 0) {
        *shared = 7;
        private = 7;
        _exit(private - 7);
    }
    wait(NULL);
    printf("after fork: shared %d, private %d\n", *shared, private);
}

int main(void)
{
    puts("BEGIN");
    heap();
    protections();
    files();
    sharing();
    puts("END");
    return 0;
}
