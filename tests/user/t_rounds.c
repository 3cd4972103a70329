/* Catches: frames that are lost in fork, exec, exit or wait: 1,000 rounds, after which exactly as
 * many are free as before. Elsewhere than on Lucid only the rounds count. */
#include <lucid.h>

#include "ut.h"

enum { ROUNDS = 1000 };

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

int main(void)
{
    struct lucid_stats before = {0}, after = {0};

    rounds(50); /* fills the caches */
    bool counted = lucid_stats(&before, LUCID_STATS_SETTLE) == 0;
    rounds(ROUNDS);
    for (int i = 0; counted && i < 50; i++) {
        CHECK_OK(lucid_stats(&after, LUCID_STATS_SETTLE));
        after.frames_free += after.slab_frames; /* a slab lives as long as one of its objects */
        if (after.frames_free >= before.frames_free + before.slab_frames)
            break;
        ut_sleep_ms(20);
    }
    if (counted) {
        CHECK(after.frames_free >= before.frames_free + before.slab_frames);
        CHECK(after.slab_objects <= before.slab_objects);
        CHECK_EQ(after.processes, before.processes);
        CHECK_EQ(after.threads, before.threads);
        CHECK_EQ(after.forks - before.forks, ROUNDS);
        CHECK(after.vm_objects <= before.vm_objects);
    }
    return ut_result();
}
