/* Shell patterns against names. */
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

/* Whether c is in the set that starts behind '['. *end: behind its ']', or NULL where there is none
 * (then '[' stands for itself). */
static bool in_set(const char *set, char c, const char **end)
{
    bool invert = *set == '!' || *set == '^', found = false;

    set += invert;
    const char *start = set;
    while (*set && (*set != ']' || set == start)) {
        char low = *set++;
        char high = low;
        if (set[0] == '-' && set[1] && set[1] != ']') {
            high = set[1];
            set += 2;
        }
        found |= low <= c && c <= high;
    }
    *end = *set ? set + 1 : NULL;
    return found != invert;
}

static bool match(const char *pattern, const char *name, int flags, bool at_start)
{
    for (; *pattern; pattern++, name++) {
        bool hidden = (flags & FNM_PERIOD) && at_start && *name == '.';
        bool fixed = hidden || ((flags & FNM_PATHNAME) && *name == '/'); /* only itself matches */
        at_start = (flags & FNM_PATHNAME) && *name == '/';
        const char *end;
        if (*pattern == '*') {
            if (hidden)
                return false;
            for (;; name++) {
                if (match(pattern + 1, name, flags, false))
                    return true;
                if (!*name || ((flags & FNM_PATHNAME) && *name == '/'))
                    return false;
            }
        }
        if (!*name)
            return false;
        if (*pattern == '?') {
            if (fixed)
                return false;
        } else if (*pattern == '[' && (in_set(pattern + 1, *name, &end), end)) {
            if (fixed || !in_set(pattern + 1, *name, &end))
                return false;
            pattern = end - 1;
        } else {
            if (*pattern == '\\' && pattern[1] && !(flags & FNM_NOESCAPE))
                pattern++;
            if (*pattern != *name)
                return false;
        }
    }
    return *name == '\0';
}

int fnmatch(const char *pattern, const char *name, int flags)
{
    return match(pattern, name, flags, true) ? 0 : FNM_NOMATCH;
}
