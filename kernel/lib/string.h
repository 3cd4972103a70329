/* string.h: memory blocks and NUL-terminated strings, with the names and meanings of the C standard
 * and (for strlcpy and strlcat) of OpenBSD. The compiler itself calls memcpy, memmove, memset and
 * memcmp, so these names are fixed.
 *
 * Context: anywhere. Nothing here allocates, locks or touches user memory (that is vm/uaccess.h).
 */
#pragma once

#include "lib/types.h"

/* Blocks. memcpy's two ranges must not overlap; memmove's may. They move eight bytes an iteration
 * by `rep movsq`, on real machines about as fast as anything and under an emulator that counts each
 * iteration eight times cheaper than `rep movsb`. */
void *memcpy(void *restrict dst, const void *restrict src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
void *memchr(const void *block, int byte, size_t len);

/* Strings. */
size_t strlen(const char *s);
size_t strnlen(const char *s,
               size_t max); /* reads at most max bytes; max if there is no NUL among them */
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/* Copy (append) src into the `size` bytes at dst, always NUL-terminated when size > 0. Returns the
 * length of the string it tried to make, so that a result >= size means that it was cut. */
size_t strlcpy(char *restrict dst, const char *restrict src, size_t size);
size_t strlcat(char *restrict dst, const char *restrict src, size_t size);

/* One whole 4 KiB page, both ends page-aligned: 512 iterations and nothing else. */
static inline void page_copy(void *dst, const void *src)
{
    size_t words = 512;
    __asm__ volatile("rep movsq" : "+D"(dst), "+S"(src), "+c"(words) : : "memory");
}

static inline void page_zero(void *dst)
{
    size_t words = 512;
    __asm__ volatile("rep stosq" : "+D"(dst), "+c"(words) : "a"(0ul) : "memory");
}

/* The first place in s where needle stands; s itself for an empty needle, NULL where it does not
 * stand. */
char *strstr(const char *s, const char *needle);
