/* Messages on stderr that start with the program's name. err and warn add the text of errno; err
 * and errx end the program with `status`. */
#pragma once

#include <stdarg.h>

extern const char *program_invocation_short_name; /* argv[0] behind its last slash */

void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void err(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
void errx(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
