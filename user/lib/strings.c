/* Strings, continued: searching, splitting, copying to the heap. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

char *strstr(const char *hay, const char *needle)
{
    return memmem(hay, strlen(hay), needle, strlen(needle));
}

char *strcasestr(const char *hay, const char *needle)
{
    size_t len = strlen(needle);

    for (;; hay++) {
        if (strncasecmp(hay, needle, len) == 0)
            return (char *)hay;
        if (!*hay)
            return NULL;
    }
}

size_t strspn(const char *s, const char *set)
{
    size_t n = 0;

    while (s[n] && strchr(set, s[n]))
        n++;
    return n;
}

size_t strcspn(const char *s, const char *set)
{
    size_t n = 0;

    while (s[n] && !strchr(set, s[n]))
        n++;
    return n;
}

char *strpbrk(const char *s, const char *set)
{
    s += strcspn(s, set);
    return *s ? (char *)s : NULL;
}

char *strsep(char **s, const char *delims)
{
    char *start = *s;

    if (!start)
        return NULL;
    char *end = start + strcspn(start, delims);
    *s = *end ? end + 1 : NULL;
    *end = '\0';
    return start;
}

char *strtok_r(char *restrict s, const char *restrict delims, char **restrict state)
{
    if (s)
        *state = s;
    if (!*state)
        return NULL;
    *state += strspn(*state, delims);
    if (!**state)
        return NULL;
    return strsep(state, delims);
}

char *strtok(char *restrict s, const char *restrict delims)
{
    static char *state;

    return strtok_r(s, delims, &state);
}

char *strndup(const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *copy = malloc(len + 1);

    if (copy) {
        memcpy(copy, s, len);
        copy[len] = '\0';
    }
    return copy;
}

char *strdup(const char *s)
{
    return strndup(s, SIZE_MAX);
}
