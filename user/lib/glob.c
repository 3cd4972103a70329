/* Path names that match a pattern: one component after another, each against the folder that the
 * earlier ones named. */
#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool add(glob_t *g, const char *path)
{
    char **bigger = reallocarray(g->gl_pathv, g->gl_pathc + 2, sizeof(char *));

    if (!bigger)
        return false;
    g->gl_pathv = bigger;
    bigger[g->gl_pathc] = strdup(path);
    bigger[g->gl_pathc + 1] = NULL;
    return bigger[g->gl_pathc++] != NULL;
}

/* Take the backslashes out of a component that has no wildcard. */
static void unescape(char *s)
{
    char *to = s;

    for (; *s; *to++ = *s++)
        if (*s == '\\' && s[1])
            s++;
    *to = '\0';
}

/* Extend `path` (of `len` bytes) by what matches `pattern`. */
static void expand(glob_t *g, char path[PATH_MAX], size_t len, const char *pattern)
{
    char component[NAME_MAX + 1];
    struct stat st;

    for (; *pattern == '/' && len < PATH_MAX - 1; pattern++)
        path[len++] = '/';
    path[len] = '\0';
    if (!*pattern) {
        if (lstat(path, &st) == 0)
            add(g, path);
        return;
    }
    size_t n = strcspn(pattern, "/");
    if (n > NAME_MAX || len + NAME_MAX + 2 > PATH_MAX)
        return;
    memcpy(component, pattern, n);
    component[n] = '\0';
    if (!strpbrk(component, "*?[")) {
        unescape(component);
        strcpy(path + len, component);
        expand(g, path, len + strlen(component), pattern + n);
        return;
    }
    DIR *dir = opendir(len ? path : ".");
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (fnmatch(component, e->d_name, FNM_PERIOD) != 0)
            continue;
        strcpy(path + len, e->d_name);
        expand(g, path, len + strlen(e->d_name), pattern + n);
    }
    if (dir)
        closedir(dir);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int glob(const char *pattern, int flags, int (*on_error)(const char *path, int err), glob_t *g)
{
    char path[PATH_MAX];

    (void)on_error;
    *g = (glob_t){0};
    expand(g, path, 0, pattern);
    if (g->gl_pathc > 1)
        qsort(g->gl_pathv, g->gl_pathc, sizeof(char *), compare);
    if (g->gl_pathc == 0)
        return (flags & GLOB_NOCHECK) && add(g, pattern) ? 0 : GLOB_NOMATCH;
    return 0;
}

void globfree(glob_t *g)
{
    for (size_t i = 0; i < g->gl_pathc; i++)
        free(g->gl_pathv[i]);
    free(g->gl_pathv);
}
