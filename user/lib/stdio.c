/* Streams: reading and writing through a buffer. Opening and closing is in fopen.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "internal.h"

/* Write what is buffered. On an error the bytes are lost and the stream is marked. */
static int flush_output(FILE *f)
{
    size_t done = 0;

    while (done < f->len) {
        ssize_t n = write(f->fd, f->buf + done, f->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            f->failed = true;
            break;
        }
        done += (size_t)n;
    }
    f->len = 0;
    return f->failed ? EOF : 0;
}

/* What was read ahead goes back to the file, so that whoever shares the descriptor goes on where we
 * stopped. */
static void give_back_input(FILE *f)
{
    if (f->pos < f->len)
        lseek(f->fd, (off_t)f->pos - (off_t)f->len, SEEK_CUR);
    f->pos = f->len = 0;
}

int fflush(FILE *f)
{
    if (!f) {
        __stdio_flush_all();
        return 0;
    }
    if (f->writing)
        return flush_output(f);
    give_back_input(f);
    return 0;
}

void __stdio_flush_all(void)
{
    for (FILE *f = __open_files; f; f = f->next)
        if (f->writing || f->pos < f->len)
            fflush(f);
}

/* Read the next bytes into the empty buffer. False at the end or on an error. */
static bool fill(FILE *f)
{
    if (!f->readable) {
        f->failed = true;
        errno = EBADF;
        return false;
    }
    if (f->writing) {
        flush_output(f);
        f->writing = false;
    }
    if (f == stdin)
        fflush(stdout); /* a prompt appears before we wait for its answer */
    ssize_t n;
    do
        n = read(f->fd, f->buf, f->mode == _IONBF ? 1 : BUFSIZ);
    while (n < 0 && errno == EINTR);
    f->pos = 0;
    f->len = n > 0 ? (size_t)n : 0;
    f->at_end |= n == 0;
    f->failed |= n < 0;
    return n > 0;
}

int fgetc(FILE *f)
{
    if (f->writing || f->pos == f->len)
        if (!fill(f))
            return EOF;
    return (unsigned char)f->buf[f->pos++];
}

int ungetc(int c, FILE *f)
{
    if (c == EOF || f->writing)
        return EOF;
    if (f->pos == 0) { /* nothing was read yet, or just this much: make room */
        if (f->len == BUFSIZ)
            return EOF;
        memmove(f->buf + 1, f->buf, f->len);
        f->len++;
        f->pos = 1;
    }
    f->buf[--f->pos] = (char)c;
    f->at_end = false;
    return c;
}

size_t fread(void *restrict buf, size_t size, size_t count, FILE *restrict f)
{
    size_t want = size * count;
    size_t done = 0;

    while (done < want) {
        if ((f->writing || f->pos == f->len) && !fill(f))
            break;
        size_t n = f->len - f->pos < want - done ? f->len - f->pos : want - done;
        memcpy((char *)buf + done, f->buf + f->pos, n);
        f->pos += n;
        done += n;
    }
    return size ? done / size : 0;
}

/* Make the stream ready for output. */
static bool start_writing(FILE *f)
{
    if (!f->writable) {
        f->failed = true;
        errno = EBADF;
        return false;
    }
    if (!f->writing) {
        give_back_input(f);
        f->writing = true;
    }
    if (f->mode == MODE_UNDECIDED) {
        int err = errno;
        f->mode = isatty(f->fd) ? _IOLBF : _IOFBF;
        errno = err;
    }
    return true;
}

size_t fwrite(const void *restrict buf, size_t size, size_t count, FILE *restrict f)
{
    const char *s = buf;
    size_t left = size * count;

    if (left == 0 || !start_writing(f))
        return 0;
    bool flush = f->mode == _IONBF || (f->mode == _IOLBF && memchr(s, '\n', left));
    while (left > 0) {
        size_t room = BUFSIZ - f->len;
        size_t n = left < room ? left : room;
        memcpy(f->buf + f->len, s, n);
        f->len += n;
        s += n;
        left -= n;
        if (f->len == BUFSIZ && flush_output(f) == EOF)
            return 0;
    }
    return flush && flush_output(f) == EOF ? 0 : count;
}

int fputc(int c, FILE *f)
{
    char byte = (char)c;

    return fwrite(&byte, 1, 1, f) == 1 ? (unsigned char)c : EOF;
}

int fputs(const char *restrict s, FILE *restrict f)
{
    size_t len = strlen(s);

    return fwrite(s, 1, len, f) == len ? 0 : EOF;
}

int puts(const char *s)
{
    return fputs(s, stdout) == EOF || putchar('\n') == EOF ? EOF : 0;
}

int getc(FILE *f)
{
    return fgetc(f);
}

int getchar(void)
{
    return fgetc(stdin);
}

int putc(int c, FILE *f)
{
    return fputc(c, f);
}

int putchar(int c)
{
    return fputc(c, stdout);
}

char *fgets(char *restrict s, int size, FILE *restrict f)
{
    int n = 0;

    while (n < size - 1) {
        int c = fgetc(f);
        if (c == EOF)
            break;
        s[n++] = (char)c;
        if (c == '\n')
            break;
    }
    if (n == 0)
        return NULL;
    s[n] = '\0';
    return s;
}

ssize_t getdelim(char **restrict line, size_t *restrict cap, int delim, FILE *restrict f)
{
    size_t n = 0;
    int c;

    do {
        c = fgetc(f);
        if (c == EOF && n == 0)
            return -1;
        if (!*line || n + 2 > *cap) {
            size_t bigger = *line && *cap ? *cap * 2 : 128;
            char *p = realloc(*line, bigger);
            if (!p)
                return -1;
            *line = p;
            *cap = bigger;
        }
        if (c != EOF)
            (*line)[n++] = (char)c;
    } while (c != EOF && c != delim);
    (*line)[n] = '\0';
    return (ssize_t)n;
}

ssize_t getline(char **restrict line, size_t *restrict cap, FILE *restrict f)
{
    return getdelim(line, cap, '\n', f);
}
