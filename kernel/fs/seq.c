/* seq.c: text that grows by doubling. */
#include "fs/seq.h"
#include "abi/errno.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/slab.h"

enum { SEQ_FIRST_ROOM = 4096 };

void seq_init(struct seq *s)
{
    *s = (struct seq){0};
}

void seq_free(struct seq *s)
{
    kfree(s->buf);
    seq_init(s);
}

/* Make room for n more bytes. */
static bool seq_room(struct seq *s, size_t n)
{
    if (s->error)
        return false;
    if (s->room - s->len >= n)
        return true;
    size_t room = s->room ? s->room : SEQ_FIRST_ROOM;
    while (room - s->len < n)
        room *= 2;
    char *buf = kmalloc(room);
    if (!buf) {
        s->error = -ENOMEM;
        return false;
    }
    memcpy(buf, s->buf, s->len);
    kfree(s->buf);
    s->buf = buf;
    s->room = room;
    return true;
}

void seq_write(struct seq *s, const void *data, size_t len)
{
    if (!seq_room(s, len))
        return;
    memcpy(s->buf + s->len, data, len);
    s->len += len;
}

void seq_puts(struct seq *s, const char *text)
{
    seq_write(s, text, strlen(text));
}

void seq_putc(struct seq *s, char c)
{
    seq_write(s, &c, 1);
}

static void sink(void *arg, const char *text, size_t len)
{
    seq_write(arg, text, len);
}

void seq_printf(struct seq *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fmt_write(sink, s, fmt, ap);
    va_end(ap);
}

void seq_escape(struct seq *s, const char *text, const char *escaped)
{
    for (; *text; text++) {
        if (strchr(escaped, *text))
            seq_printf(s, "\\%03o", (u8)*text);
        else
            seq_putc(s, *text);
    }
}
