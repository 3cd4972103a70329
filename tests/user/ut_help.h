/* The rest of ut.h: time, and a folder to work in. Tests include ut.h. */
#pragma once

#include "ut.h"

__attribute__((unused)) static long ut_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

__attribute__((unused)) static void ut_sleep_ms(long ms)
{
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
        ;
}

/* A fresh folder under /tmp, which becomes the current one; ut_leave_folder removes it again. */
static char ut_folder[] = "/tmp/ut-XXXXXX";

__attribute__((unused)) static void ut_enter_folder(void)
{
    if (!mkdtemp(ut_folder) || chdir(ut_folder) < 0) {
        dprintf(2, "cannot make %s: %s\n", ut_folder, ut_errno_name(errno));
        exit(1);
    }
}

__attribute__((unused)) static void ut_leave_folder(void)
{
    CHECK_OK(chdir("/"));
    CHECK_OK(rmdir(ut_folder)); /* ENOTEMPTY: the test left something behind */
}
