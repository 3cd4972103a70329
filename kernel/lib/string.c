/* string.c: the functions of lib/string.h for NUL-terminated strings. A byte at a time: names and
 * paths are short, and what is long goes through block.c. */
#include "lib/string.h"

size_t strlen(const char *s)
{
    const char *p = s;
    while (*p)
        p++;
    return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
    for (; max && *a && *a == *b; a++, b++, max--)
        ;
    return max ? (u8)*a - (u8)*b : 0;
}

char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++)
        if (!*s)
            return NULL;
    return (char *)(uptr)s;
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;
    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (!*s)
            return (char *)(uptr)last;
    }
}

size_t strlcpy(char *restrict dst, const char *restrict src, size_t size)
{
    size_t len = strlen(src);
    if (size) {
        size_t n = MIN(len, size - 1);
        memcpy(dst, src, n);
        dst[n] = '\0';
    }
    return len;
}

size_t strlcat(char *restrict dst, const char *restrict src, size_t size)
{
    size_t have = strnlen(dst, size);
    return have + strlcpy(dst + have, src, size - have);
}

char *strstr(const char *s, const char *needle)
{
    size_t n = strlen(needle);
    for (; strlen(s) >= n; s++)
        if (memcmp(s, needle, n) == 0)
            return (char *)s;
    return NULL;
}
