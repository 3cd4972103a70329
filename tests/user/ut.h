/* Checks for in-guest tests. A test is a program: main calls its cases and returns ut_result().
 *
 *     CHECK(cond)             the condition holds
 *     CHECK_EQ(got, want)     two integers are equal
 *     CHECK_ERR(call, E...)   the call fails with this errno
 *     CHECK_OK(call)          the call does not fail; its value
 *     SKIP("reason")          this machine cannot show it (exit status 77)
 *
 * A failed check is reported with its place and its values; the test goes on. Everything that a
 * test makes (files, processes, mappings) it removes again: the runner counts. */
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UT_SKIP_STATUS 77

static int ut_failures;

__attribute__((format(printf, 3, 4), unused)) static void ut_fail(const char *file, int line,
                                                                  const char *fmt, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    const char *base = strrchr(file, '/');
    dprintf(2, "%s:%d: %s\n", base ? base + 1 : file, line, text);
    ut_failures++;
}

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond))                                                                               \
            ut_fail(__FILE__, __LINE__, "%s does not hold", #cond);                                \
    } while (0)

#define CHECK_EQ(got, want)                                                                        \
    do {                                                                                           \
        long ut_got = (long)(got), ut_want = (long)(want);                                         \
        if (ut_got != ut_want)                                                                     \
            ut_fail(__FILE__, __LINE__, "%s is %ld (%#lx), not %s = %ld (%#lx)", #got, ut_got,     \
                    ut_got, #want, ut_want, ut_want);                                              \
    } while (0)

#define CHECK_ERR(call, want)                                                                      \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long ut_got = (long)(call);                                                                \
        if (ut_got != -1 || errno != (want))                                                       \
            ut_fail(__FILE__, __LINE__, "%s returns %ld with %s, not -1 with %s", #call, ut_got,   \
                    ut_errno_name(errno), #want);                                                  \
    } while (0)

#define CHECK_OK(call)                                                                             \
    ({                                                                                             \
        errno = 0;                                                                                 \
        long ut_ok = (long)(call);                                                                 \
        if (ut_ok == -1)                                                                           \
            ut_fail(__FILE__, __LINE__, "%s fails with %s", #call, ut_errno_name(errno));          \
        ut_ok;                                                                                     \
    })

#define SKIP(reason)                                                                               \
    do {                                                                                           \
        dprintf(2, "%s\n", reason);                                                                \
        exit(UT_SKIP_STATUS);                                                                      \
    } while (0)

__attribute__((unused)) static const char *ut_errno_name(int err)
{
    const char *name = err ? strerrorname_np(err) : "no error";

    return name ? name : "an unknown error";
}

/* A pointer that the compiler knows nothing about: for what is meant to go wrong. */
__attribute__((unused)) static void *ut_pointer(unsigned long address)
{
    __asm__("" : "+r"(address));
    return (void *)address;
}

/* What main returns. */
__attribute__((unused)) static int ut_result(void)
{
    return ut_failures ? 1 : 0;
}

/* Run fn(arg) in a child; its wait status. The child's failed checks count: it exits with 1. */
__attribute__((unused)) static int ut_child(int (*fn)(void *), void *arg)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        ut_failures = 0;
        int result = fn(arg);
        fflush(stdout);
        _exit(result ? result : ut_result());
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        ut_fail(__FILE__, __LINE__, "fork or waitpid: %s", ut_errno_name(errno));
    return status;
}

#define CHECK_EXIT(status, code)                                                                   \
    do {                                                                                           \
        int ut_s = (status);                                                                       \
        if (!WIFEXITED(ut_s) || WEXITSTATUS(ut_s) != (code))                                       \
            ut_fail(__FILE__, __LINE__, "%s is status %#x, not exit %d", #status, ut_s, (code));   \
    } while (0)

#define CHECK_SIGNAL(status, sig)                                                                  \
    do {                                                                                           \
        int ut_s = (status);                                                                       \
        if (!WIFSIGNALED(ut_s) || WTERMSIG(ut_s) != (sig))                                         \
            ut_fail(__FILE__, __LINE__, "%s is status %#x, not %s", #status, ut_s, #sig);          \
    } while (0)

#include "ut_help.h"
