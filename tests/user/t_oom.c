/* Catches: a machine that hangs, panics, or kills the wrong process when memory is used up. A child
 * takes all there is; it must be the one that ends, and everything must work afterwards. Skipped
 * where the machine is not ours. */
#include <lucid.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include "ut.h"

#define CHUNK (1 << 20)

/* Touch memory until the end, which the kernel brings. */
static int bomb(void *arg)
{
    (void)arg;
    for (;;) {
        char *p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            ut_sleep_ms(1); /* refusing is an answer, too; then somebody else takes the rest */
        else
            for (int i = 0; i < CHUNK; i += 4096)
                p[i] = 1;
    }
    return 0;
}

static void small_bystander(int fds[2])
{
    char c;

    close(fds[1]);
    read(fds[0], &c, 1); /* until the test closes the other end */
    _exit(0);
}

int main(void)
{
    struct lucid_stats stats;
    int fds[2], status;

    if (lucid_stats(&stats, 0) < 0)
        SKIP("not on Lucid");
    if (stats.frames_free > (2ul << 30) / 4096)
        SKIP("too much memory to fill");
    CHECK_OK(pipe(fds));
    pid_t bystander = fork();
    if (bystander == 0)
        small_bystander(fds);
    close(fds[0]);
    for (int round = 0; round < 2; round++) {
        int result = ut_child(bomb, NULL);
        CHECK_SIGNAL(result, SIGKILL);
        CHECK_EQ(waitpid(bystander, &status, WNOHANG), 0); /* the small one lives */
    }
    char *p = malloc(4 << 20); /* memory is there again */
    CHECK(p != NULL);
    memset(p, 1, 4 << 20);
    free(p);
    close(fds[1]);
    CHECK_EQ(waitpid(bystander, &status, 0), bystander);
    CHECK_EXIT(status, 0);
    return ut_result();
}
