/* Reading directories. */
#pragma once

#include "abi/dirent.h"
#include <sys/types.h>

struct dirent { /* the start of struct linux_dirent64, with room for the longest name */
    ino_t d_ino;
    off_t d_off;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[256];
};

typedef struct DIR DIR;

DIR *opendir(const char *path);
DIR *fdopendir(int fd);
struct dirent *readdir(DIR *dir); /* NULL at the end, and with errno set on an error */
void rewinddir(DIR *dir);
int closedir(DIR *dir);
int dirfd(DIR *dir);

/* All entries of `path` that `keep` accepts (NULL: all), sorted by `cmp` (NULL: unsorted), each to
 * be freed. */
int scandir(const char *path, struct dirent ***list, int (*keep)(const struct dirent *),
            int (*cmp)(const struct dirent **, const struct dirent **));
int alphasort(const struct dirent **a, const struct dirent **b);
