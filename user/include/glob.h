/* Path names that match a pattern. */
#pragma once

#include <stddef.h>

typedef struct {
    size_t gl_pathc;
    char **gl_pathv; /* sorted, NULL at the end */
} glob_t;

#define GLOB_NOCHECK 16 /* no match: the pattern itself */
#define GLOB_NOSPACE 1
#define GLOB_NOMATCH 3

int glob(const char *pattern, int flags, int (*on_error)(const char *path, int err), glob_t *g);
void globfree(glob_t *g);
