/* bench [NAME-PATTERN...]: what the kernel's operations cost, one line each: `name value unit`.
 *
 * Each figure is the least of five repetitions, so that a timer tick or the kernel's own work
 * behind the scenes falls out. Operations that the kernel does not offer are named in a line `#
 * skipped`. Under `-icount shift=0` the unit is the instruction; on a real processor, or under
 * plain emulation, it is a tick of the TSC, and only ratios of two runs mean something.
 *
 * The program is process 1 (`make bench`, on Lucid and on Linux alike) or an ordinary one. It does
 * not interpret what it measures: bars, baselines and comparisons are tools/bench's. */
#include <err.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define REPETITIONS     5
#define TABLE_BYTES     (1L << 21) /* what one page table maps */
#define MADV_NOHUGEPAGE 15         /* Linux, madvise(2) */

const char *bench_path;

static const struct bench *const tables[] = {
    call_benches,    file_benches,   map_benches,    fault_benches,
    process_benches, switch_benches, thread_benches, signal_benches,
};

long must(long result, const char *what)
{
    if (result >= 0)
        return result;
    printf("# failed: %s: %s\n", what, strerror((int)-result));
    exit(1);
}

char *memory(long bytes, int map_flags)
{
    long align = bytes < TABLE_BYTES ? PAGE : TABLE_BYTES, room = bytes + align - PAGE;
    long got = sys6(NR_mmap, 0, room, PROT_READ | PROT_WRITE, map_flags | MAP_ANONYMOUS, -1, 0);
    if (got < 0 && got > -4096)
        must(got, "mmap");
    long p = (got + align - 1) & -align;
    if (p > got)
        memory_free((char *)got, p - got);
    if (got + room > p + bytes)
        memory_free((char *)p + bytes, got + room - p - bytes);
    sys3(NR_madvise, p, bytes, MADV_NOHUGEPAGE);
    return (char *)p;
}

void memory_free(char *p, long bytes)
{
    must(sys2(NR_munmap, (long)p, bytes), "munmap");
}

void touch(char *p, long bytes)
{
    for (long at = 0; at < bytes; at += PAGE)
        *(volatile long *)(p + at) = 1;
}

long child_start(void (*fn)(void *arg), void *arg)
{
    long pid = must(sys0(NR_fork), "fork");
    if (pid == 0) {
        fn(arg);
        sys1(NR_exit_group, 0);
    }
    return pid;
}

void child_join(long pid)
{
    int status = 0;
    must(sys6(NR_wait4, pid, (long)&status, 0, 0, 0, 0), "wait4");
    if (status != 0)
        must(-ECHILD, "a child");
}

/* One line: the least of the repetitions, to a tenth. */
static void measure(const struct bench *b)
{
    long best = INT64_MAX;
    for (int i = 0; i < REPETITIONS; i++) {
        long spent = b->run(b->n);
        if (spent < 0) {
            printf("# skipped %s: %s\n", b->name, strerror((int)-spent));
            return;
        }
        best = spent < best ? spent : best;
    }
    long tenths = (best * 10 + b->n / 2) / b->n;
    printf("%s %ld.%ld instructions\n", b->name, tenths / 10, tenths % 10);
}

/* For tools/profile: once to warm up, then, when a line has come, once more. */
static int traced(const struct bench *b, long n)
{
    b->run(b->n);
    printf("# ready\n");
    getchar();
    long spent = b->run(n);
    printf("# done\n");
    return spent < 0;
}

static const struct bench *find(const char *name)
{
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
        for (const struct bench *b = tables[t]; b->name; b++)
            if (strcmp(b->name, name) == 0)
                return b;
    errx(2, "no operation is called %s", name);
}

static bool wanted(const char *name, char **patterns)
{
    if (!*patterns)
        return true;
    for (; *patterns; patterns++)
        if (fnmatch(*patterns, name, 0) == 0)
            return true;
    return false;
}

/* Process 1 is unlike others (signals do not kill it), and has nothing mounted, on Linux not even
 * folders: so a child goes on as an ordinary program, and process 1 turns the machine off after it.
 */
static void as_process_1(void)
{
    mkdir("/tmp", 0777);
    if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
        err(1, "mount /tmp");
    pid_t pid = fork();
    if (pid == 0)
        return;
    int status = 0;
    waitpid(pid, &status, 0);
    if (status != 0)
        printf("# failed: status %d\n", status);
    fflush(stdout);
    reboot(RB_POWER_OFF);
    _exit(1);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--exit") == 0)
        return 0; /* what execve is measured with */
    bench_path = argv[0];
    if (getpid() == 1)
        as_process_1();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 4 && strcmp(argv[1], "--trace") == 0)
        return traced(find(argv[2]), atol(argv[3]));
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
        for (const struct bench *b = tables[t]; b->name; b++)
            if (wanted(b->name, argv + 1))
                measure(b);
    printf("# bench ends\n");
    return 0;
}
