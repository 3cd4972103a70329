/* The rest of ut.h: time, the shell, and a folder to work in. Tests include ut.h. */
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

/* What `sh -c script` prints, at most size - 1 bytes of it; its wait status. err: where its error
 * output goes, -1: with the rest. */
__attribute__((unused)) static int ut_capture(const char *script, int err, char *got, size_t size)
{
    int fds[2], status = -1;
    size_t n = 0;

    CHECK_OK(pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        dup2(err < 0 ? fds[1] : err, 2);
        close(fds[0]);
        close(fds[1]);
        execl("/bin/sh", "sh", "-c", script, NULL);
        _exit(99);
    }
    close(fds[1]);
    for (ssize_t r; (r = read(fds[0], got + n, size - 1 - n)) > 0;)
        n += (size_t)r;
    got[n] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    return status;
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
