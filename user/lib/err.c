/* Messages on stderr: one line, in one write, with the program's name before and the error's text
 * behind. */
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *program_invocation_short_name = "?";

static void message(const char *fmt, va_list ap, const char *error)
{
    char text[512];

    fflush(stdout); /* what was said before appears before */
    vsnprintf(text, sizeof(text), fmt, ap);
    dprintf(2, "%s: %s%s%s\n", program_invocation_short_name, text, error ? ": " : "",
            error ? error : "");
}

#define FORWARD(error)                                                                             \
    va_list ap;                                                                                    \
    va_start(ap, fmt);                                                                             \
    message(fmt, ap, error);                                                                       \
    va_end(ap)

void warn(const char *fmt, ...)
{
    FORWARD(strerror(errno));
}

void warnx(const char *fmt, ...)
{
    FORWARD(NULL);
}

void err(int status, const char *fmt, ...)
{
    FORWARD(strerror(errno));
    exit(status);
}

void errx(int status, const char *fmt, ...)
{
    FORWARD(NULL);
    exit(status);
}
