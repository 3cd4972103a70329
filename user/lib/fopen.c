/* Streams: opening, closing, positioning, and pipes to commands. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

static char buffers[3][BUFSIZ];
static FILE files[3] = {
    {.fd = 0, .readable = true, .mode = MODE_UNDECIDED, .next = &files[1], .buf = buffers[0]},
    {.fd = 1, .writable = true, .mode = MODE_UNDECIDED, .next = &files[2], .buf = buffers[1]},
    {.fd = 2, .writable = true, .mode = _IONBF, .buf = buffers[2]},
};

FILE *const stdin = &files[0], *const stdout = &files[1], *const stderr = &files[2];
FILE *__open_files = &files[0];

/* The open(2) flags for an fopen mode such as "r+" or "we", or -1. */
static int open_flags(const char *mode)
{
    int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;

    if (*mode == 'w')
        flags |= O_CREAT | O_TRUNC;
    else if (*mode == 'a')
        flags |= O_CREAT | O_APPEND;
    else if (*mode != 'r')
        return -1;
    if (strchr(mode, 'x'))
        flags |= O_EXCL;
    if (strchr(mode, 'e'))
        flags |= O_CLOEXEC;
    return flags;
}

FILE *fdopen(int fd, const char *mode)
{
    int flags = open_flags(mode);
    FILE *f = flags < 0 ? NULL : malloc(sizeof(*f) + BUFSIZ);

    if (!f) {
        errno = flags < 0 ? EINVAL : ENOMEM;
        return NULL;
    }
    *f = (FILE){.fd = fd, .mode = MODE_UNDECIDED, .allocated = true, .next = __open_files};
    f->buf = (char *)(f + 1);
    f->readable = (flags & O_ACCMODE) != O_WRONLY;
    f->writable = (flags & O_ACCMODE) != O_RDONLY;
    __open_files = f;
    return f;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    int flags = open_flags(mode);

    if (flags < 0) {
        errno = EINVAL;
        return NULL;
    }
    int fd = open(path, flags, 0666);
    if (fd < 0)
        return NULL;
    FILE *f = fdopen(fd, mode);
    if (!f)
        close(fd);
    return f;
}

FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict f)
{
    int flags = open_flags(mode);

    fflush(f);
    int fd = flags < 0 ? -1 : open(path, flags, 0666);
    if (fd < 0)
        return NULL;
    dup2(fd, f->fd);
    if (fd != f->fd)
        close(fd);
    f->readable = (flags & O_ACCMODE) != O_WRONLY;
    f->writable = (flags & O_ACCMODE) != O_RDONLY;
    f->writing = f->at_end = f->failed = false;
    f->pos = f->len = 0;
    return f;
}

int fclose(FILE *f)
{
    int result = fflush(f);

    if (close(f->fd) < 0)
        result = EOF;
    FILE **link = &__open_files;
    while (*link && *link != f)
        link = &(*link)->next;
    if (*link)
        *link = f->next;
    if (f->allocated)
        free(f);
    return result;
}

int setvbuf(FILE *restrict f, char *restrict buf, int mode, size_t size)
{
    (void)buf, (void)size;
    f->mode = mode;
    return 0;
}

void setlinebuf(FILE *f)
{
    setvbuf(f, NULL, _IOLBF, 0);
}

int fileno(FILE *f)
{
    return f->fd;
}

int feof(FILE *f)
{
    return f->at_end;
}

int ferror(FILE *f)
{
    return f->failed;
}

void clearerr(FILE *f)
{
    f->at_end = f->failed = false;
}

int fseek(FILE *f, long offset, int whence)
{
    fflush(f);
    f->writing = f->at_end = false;
    return lseek(f->fd, offset, whence) < 0 ? -1 : 0;
}

long ftell(FILE *f)
{
    long at = lseek(f->fd, 0, SEEK_CUR);

    if (at < 0)
        return -1;
    return f->writing ? at + (long)f->len : at - (long)(f->len - f->pos);
}

void rewind(FILE *f)
{
    fseek(f, 0, SEEK_SET);
    clearerr(f);
}

FILE *popen(const char *command, const char *mode)
{
    int fds[2];
    int ours = *mode == 'r' ? 0 : 1; /* which end of the pipe we keep */

    if (pipe2(fds, O_CLOEXEC) < 0)
        return NULL;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(fds[!ours], !ours);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    close(fds[!ours]);
    FILE *f = child < 0 ? NULL : fdopen(fds[ours], mode);
    if (!f) {
        close(fds[ours]);
        return NULL;
    }
    f->child = child;
    return f;
}

int pclose(FILE *f)
{
    pid_t child = f->child;
    int status;

    fclose(f);
    return waitpid(child, &status, 0) < 0 ? -1 : status;
}

int remove(const char *path)
{
    if (unlink(path) == 0)
        return 0;
    return errno == EISDIR ? rmdir(path) : -1;
}
