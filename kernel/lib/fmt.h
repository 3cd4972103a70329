/* fmt.h: formatted text, the printf family's useful part, and its opposite, reading numbers.
 *
 * Conversions: %d %i %u %x %X %o %p %s %c %% with the flags `- + space # 0`, width and precision
 * (both also as *), and the sizes hh h l ll z t j. There is no floating point in the kernel and no
 * %n. A NULL %s prints "(null)"; an unknown conversion is printed as it stands, so that the mistake
 * can be seen.
 *
 * Context: anywhere, including panic and NMI; about 100 bytes of stack. */
#pragma once

#include "lib/types.h"

/* Receives the output in pieces, in order; s is not NUL-terminated. */
typedef void (*fmt_sink_fn)(void *arg, const char *s, size_t len);

/* Format into a sink. Returns the number of characters produced. */
size_t fmt_write(fmt_sink_fn sink, void *arg, const char *fmt, va_list ap) PRINTF(3, 0);

/* As in C: at most size bytes including the NUL; the result is the length that the whole text has.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) PRINTF(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);

/* The same, but the result is the length that was stored: right for appending at buf + n. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);

/* Read an unsigned number at s, without leading blanks or sign. base 2..36, or 0: then 0x means 16,
 * 0b 2, 0 8, else 10. If end is not NULL, *end becomes the first character after the digits; if it
 * is NULL, the number must be the whole string. Returns 0, -EINVAL (no digit, or something after
 * it), -ERANGE (more than 64 bits); then *out is untouched. */
int str_to_u64(const char *s, const char **end, int base, u64 *out);

/* The same with an optional sign before it. */
int str_to_s64(const char *s, const char **end, int base, s64 *out);

/* A size with an optional K, M, G or T (powers of 1024) after it: "64M". Errors as above. */
int str_to_size(const char *s, u64 *out);
