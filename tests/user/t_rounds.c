/* Catches: frames that are lost in fork, exec, exit or wait: 1,000 rounds, after which exactly as
 * many are free as before. Elsewhere than on Lucid only the rounds count. */
#include <lucid.h>
#include <stdint.h>

#include "ut.h"

enum { ROUNDS = 1000, BATCHES = 3 };

static void rounds(int count)
{
    for (int i = 0; i < count; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            execl("/bin/true", "true", NULL);
            _exit(127);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
            CHECK(!"a round failed");
            return;
        }
    }
}

/* Frames that are neither free nor only held by a slab with room: negative growth is fine. */
static int64_t frames_lost(const struct lucid_stats *before)
{
    struct lucid_stats after = {0};
    int64_t lost = 0;

    for (int i = 0; i < 50; i++) {
        CHECK_OK(lucid_stats(&after, LUCID_STATS_SETTLE));
        lost = (int64_t)(before->frames_free + before->slab_frames) -
               (int64_t)(after.frames_free + after.slab_frames);
        if (lost <= 0)
            break;
        ut_sleep_ms(20);
    }
    return lost;
}

int main(void)
{
    struct lucid_stats before = {0}, after = {0};
    int64_t lost = 1;

    rounds(50); /* fills the caches */
    bool counted = lucid_stats(&before, LUCID_STATS_SETTLE) == 0;
    /* A leak recurs. What a batch may cost once, and no other again, is a table that the kernel
     * keeps: for more kernel stacks at a time than ever before, say. */
    for (int batch = 0; lost > 0 && batch < (counted ? BATCHES : 1); batch++) {
        if (counted)
            CHECK_OK(lucid_stats(&before, LUCID_STATS_SETTLE));
        rounds(ROUNDS);
        lost = counted ? frames_lost(&before) : 0;
    }
    if (counted) {
        CHECK_OK(lucid_stats(&after, LUCID_STATS_SETTLE));
        CHECK_EQ(lost > 0 ? lost : 0, 0);
        CHECK(after.slab_objects <= before.slab_objects);
        CHECK_EQ(after.processes, before.processes);
        CHECK_EQ(after.threads, before.threads);
        CHECK_EQ(after.forks - before.forks, ROUNDS);
        CHECK(after.vm_objects <= before.vm_objects);
    }
    return ut_result();
}
