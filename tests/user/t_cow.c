/* Catches: frames that are copied though nobody else has them, or taken though only read: counts
 * the frames that reading, writing and forking cost. Lucid only, since only it tells. */
#include <fcntl.h>
#include <lucid.h>
#include <sys/mman.h>

#include "ut.h"

#define PAGE  4096
#define PAGES 512
#define SLACK 40 /* frames: page tables, the child itself, what the runner does meanwhile */

static long frames_free(void)
{
    struct lucid_stats stats;

    CHECK_OK(lucid_stats(&stats, LUCID_STATS_SETTLE));
    return (long)(stats.frames_free + stats.slab_frames);
}

static void write_pages(char *p, int from, int to)
{
    for (int i = from; i < to; i++)
        p[i * PAGE] = 1;
}

static int read_pages(const char *p)
{
    int sum = 0;

    for (int i = 0; i < PAGES; i++)
        sum += p[i * PAGE];
    return sum;
}

/* Reading fresh memory shows one zero frame everywhere; only writing takes frames. */
static void zero_frame(void)
{
    long before = frames_free();
    char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK_EQ(read_pages(p), 0);
    CHECK(before - frames_free() < SLACK);
    write_pages(p, 0, PAGES);
    long used = before - frames_free();
    CHECK(used >= PAGES && used < PAGES + SLACK);
    munmap(p, PAGES * PAGE);
    CHECK(before - frames_free() < SLACK);
}

/* fork shares; the first writer gets a copy; the last sharer takes the frame as it is. */
static void shared_by_fork(void)
{
    char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fds[2];
    char c;

    write_pages(p, 0, PAGES);
    CHECK_OK(pipe(fds));
    long before = frames_free();
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[1]);
        read(fds[0], &c, 1); /* until the parent has counted */
        _exit(0);
    }
    ut_sleep_ms(20);
    long shared = frames_free();
    CHECK(before - shared < SLACK);
    write_pages(p, 0, PAGES / 2); /* copies */
    long half = shared - frames_free();
    CHECK(half >= PAGES / 2 && half < PAGES / 2 + SLACK);
    close(fds[1]);
    close(fds[0]);
    waitpid(pid, NULL, 0);
    CHECK(labs(before - frames_free()) < SLACK); /* the child's old ones are free again */
    write_pages(p, 0, PAGES);                    /* we are alone: no copy */
    CHECK(labs(before - frames_free()) < SLACK);
    CHECK_EQ(read_pages(p), PAGES);
    munmap(p, PAGES * PAGE);
}

/* A private mapping of a file shows the file's own frames. */
static void file_frames(void)
{
    char name[] = "/tmp/ut-XXXXXX", page[PAGE] = {1};
    int fd = (int)CHECK_OK(mkstemp(name));

    unlink(name);
    for (int i = 0; i < PAGES; i++)
        CHECK_EQ(write(fd, page, PAGE), PAGE);
    long before = frames_free();
    char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK_EQ(read_pages(p), PAGES);
    CHECK(before - frames_free() < SLACK);
    write_pages(p, 0, PAGES);
    long used = before - frames_free();
    CHECK(used >= PAGES && used < PAGES + SLACK);
    munmap(p, PAGES * PAGE);
    close(fd); /* and with it the file's frames */
    CHECK(frames_free() - before > PAGES - SLACK);
}

int main(void)
{
    struct lucid_stats stats;

    if (lucid_stats(&stats, 0) < 0)
        SKIP("not on Lucid");
    zero_frame();
    shared_by_fork();
    file_frames();
    return ut_result();
}
