/* Directories: getdents64(2) fills a buffer, readdir walks it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct DIR {
    int fd;
    size_t pos, len;
    char buf[4096] __attribute__((aligned(8)));
};

ssize_t getdents64(int fd, void *buf, size_t size);

_Static_assert(offsetof(struct dirent, d_name) == offsetof(struct linux_dirent64, d_name),
               "readdir returns the kernel's records as they are");

DIR *fdopendir(int fd)
{
    DIR *dir = malloc(sizeof(*dir));

    if (dir) {
        dir->fd = fd;
        dir->pos = dir->len = 0;
    }
    return dir;
}

DIR *opendir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    DIR *dir = fdopendir(fd);
    if (!dir)
        close(fd);
    return dir;
}

struct dirent *readdir(DIR *dir)
{
    if (dir->pos == dir->len) {
        ssize_t n = getdents64(dir->fd, dir->buf, sizeof(dir->buf));
        if (n <= 0)
            return NULL;
        dir->pos = 0;
        dir->len = (size_t)n;
    }
    struct dirent *entry = (struct dirent *)(dir->buf + dir->pos);
    dir->pos += entry->d_reclen;
    return entry;
}

void rewinddir(DIR *dir)
{
    lseek(dir->fd, 0, SEEK_SET);
    dir->pos = dir->len = 0;
}

int dirfd(DIR *dir)
{
    return dir->fd;
}

int closedir(DIR *dir)
{
    int result = close(dir->fd);

    free(dir);
    return result;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int scandir(const char *path, struct dirent ***list, int (*keep)(const struct dirent *),
            int (*cmp)(const struct dirent **, const struct dirent **))
{
    struct dirent **entries = NULL, *entry;
    int count = 0, room = 0;
    DIR *dir = opendir(path);

    if (!dir)
        return -1;
    while ((entry = readdir(dir))) {
        if (keep && !keep(entry))
            continue;
        if (count == room) {
            room = room ? room * 2 : 32;
            entries = reallocarray(entries, (size_t)room, sizeof(*entries));
        }
        struct dirent *copy = malloc(entry->d_reclen);
        if (!entries || !copy)
            abort();
        entries[count++] = memcpy(copy, entry, entry->d_reclen);
    }
    closedir(dir);
    if (cmp)
        qsort(entries, (size_t)count, sizeof(*entries), (int (*)(const void *, const void *))cmp);
    *list = entries;
    return count;
}
