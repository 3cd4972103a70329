/* The printf family: where the formatted text goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static void put_file(void *to, const char *s, size_t len)
{
    fwrite(s, 1, len, to);
}

int vfprintf(FILE *restrict f, const char *restrict fmt, va_list ap)
{
    return __format(put_file, f, fmt, ap);
}

struct text {
    char *s;
    size_t size; /* of s, with the NUL */
    size_t len;  /* of the whole text, cut or not */
};

static void put_text(void *to, const char *s, size_t len)
{
    struct text *t = to;

    if (t->len + 1 < t->size) {
        size_t room = t->size - 1 - t->len;
        memcpy(t->s + t->len, s, len < room ? len : room);
    }
    t->len += len;
}

int vsnprintf(char *restrict s, size_t size, const char *restrict fmt, va_list ap)
{
    struct text t = {s, size, 0};
    int len = __format(put_text, &t, fmt, ap);

    if (size > 0)
        s[t.len < size ? t.len : size - 1] = '\0';
    return len;
}

struct line {
    int fd;
    size_t len;
    char buf[512];
};

static void put_line(void *to, const char *s, size_t len)
{
    struct line *l = to;

    for (; len > 0; s++, len--) {
        l->buf[l->len++] = *s;
        if (l->len == sizeof(l->buf)) {
            write(l->fd, l->buf, l->len);
            l->len = 0;
        }
    }
}

/* A text of up to 512 bytes leaves in one write(2). */
int vdprintf(int fd, const char *restrict fmt, va_list ap)
{
    struct line l = {.fd = fd};
    int len = __format(put_line, &l, fmt, ap);

    if (l.len > 0)
        write(fd, l.buf, l.len);
    return len;
}

#define FORWARD(call)                                                                              \
    va_list ap;                                                                                    \
    va_start(ap, fmt);                                                                             \
    int len = call;                                                                                \
    va_end(ap);                                                                                    \
    return len

int vprintf(const char *restrict fmt, va_list ap)
{
    return vfprintf(stdout, fmt, ap);
}

int printf(const char *restrict fmt, ...)
{
    FORWARD(vfprintf(stdout, fmt, ap));
}

int fprintf(FILE *restrict f, const char *restrict fmt, ...)
{
    FORWARD(vfprintf(f, fmt, ap));
}

int dprintf(int fd, const char *restrict fmt, ...)
{
    FORWARD(vdprintf(fd, fmt, ap));
}

int sprintf(char *restrict s, const char *restrict fmt, ...)
{
    FORWARD(vsnprintf(s, (size_t)1 << 30, fmt, ap));
}

int snprintf(char *restrict s, size_t size, const char *restrict fmt, ...)
{
    FORWARD(vsnprintf(s, size, fmt, ap));
}

static int vasprintf(char **restrict out, const char *restrict fmt, va_list ap)
{
    int len = vsnprintf(NULL, 0, fmt, ap);

    *out = malloc((size_t)len + 1);
    return *out ? vsnprintf(*out, (size_t)len + 1, fmt, ap) : -1;
}

int asprintf(char **restrict out, const char *restrict fmt, ...)
{
    FORWARD(vasprintf(out, fmt, ap));
}
