/* ldisc.c: reading and settings of the line discipline; echo and editing are in ldisc_edit.c,
 * output in ldisc_out.c. (POSIX, "General Terminal Interface"; Linux's termios(3) where POSIX is
 * silent.)
 *
 * One buffer serves both modes. In canonical mode bytes before line_start are complete lines,
 * each ended by a byte that `ends` marks; the bytes behind are the line being edited, which
 * nobody can read yet. In raw mode nothing is edited: line_start is pushed along with head. */
#include "dev/ldisc_priv.h"
#include "lib/string.h"

static const struct termios usual = {
    .c_iflag = ICRNL | IXON | IMAXBEL | IUTF8,
    .c_oflag = OPOST | ONLCR,
    .c_cflag = B38400 | CS8 | CREAD | HUPCL,
    .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
    .c_cc =
        {
            [VINTR] = 3,
            [VQUIT] = 28,
            [VERASE] = 127,
            [VKILL] = 21,
            [VEOF] = 4,
            [VMIN] = 1,
            [VSTART] = 17,
            [VSTOP] = 19,
            [VSUSP] = 26,
            [VREPRINT] = 18,
            [VDISCARD] = 15,
            [VWERASE] = 23,
            [VLNEXT] = 22,
        },
};

void ldisc_init(struct ldisc *ld, struct ring *out)
{
    memset(ld, 0, sizeof *ld);
    ld->t = usual;
    ld->out = out;
}

static inline u32 slot(u32 position)
{
    return position & (LDISC_BUF - 1);
}

static bool ends_line(const struct ldisc *ld, u32 position)
{
    return bitmap_test(ld->ends, slot(position));
}

void ldisc_store(struct ldisc *ld, u8 c, bool ends)
{
    ld->buf[slot(ld->head)] = c;
    if (ends)
        bitmap_set(ld->ends, slot(ld->head));
    else
        bitmap_clear(ld->ends, slot(ld->head));
    ld->head++;
    if (ends || !ldisc_canonical(ld))
        ld->line_start = ld->head;
}

void ldisc_flush_input(struct ldisc *ld)
{
    ld->tail = ld->line_start = ld->head;
    ld->line_column = ld->column;
}

/* From canonical to raw, the line that was being edited becomes readable. The other way, what
 * is there becomes a line, for else nobody could read it before the next newline. */
u32 ldisc_set_termios(struct ldisc *ld, const struct termios *t)
{
    bool was = ldisc_canonical(ld);
    u32 events = 0;
    ld->t = *t;
    if (was != ldisc_canonical(ld)) {
        if (!was && ld->head != ld->tail)
            bitmap_set(ld->ends, slot(ld->head - 1));
        ld->line_start = ld->head;
        ld->line_column = ld->column;
        ld->literal_next = false;
        events |= LD_READABLE;
    }
    if (ld->stopped && !(t->c_iflag & IXON)) {
        ld->stopped = false;
        events |= LD_START;
    }
    return events;
}

/* --- reading --- */

static bool is_eof(const struct ldisc *ld, u32 position)
{
    return ends_line(ld, position) && ld->buf[slot(position)] == LDISC_EOF;
}

static size_t read_line(struct ldisc *ld, u8 *to, size_t n, bool *more, bool *eof)
{
    size_t got = 0;
    while (ld->tail != ld->line_start) {
        if (is_eof(ld, ld->tail)) { /* ^D: ends the read, is not part of it */
            ld->tail++;
            *eof = got == 0;
            return got;
        }
        if (got == n)
            break;
        bool last = ends_line(ld, ld->tail);
        to[got++] = ld->buf[slot(ld->tail++)];
        if (last)
            return got;
    }
    /* ^D right behind the last byte asked for belongs to this read, or the next would see an end */
    if (got > 0 && ld->tail != ld->line_start && is_eof(ld, ld->tail))
        ld->tail++;
    else
        *more = got == n && ld->tail != ld->line_start;
    return got;
}

size_t ldisc_read(struct ldisc *ld, void *to, size_t n, bool *more, bool *eof)
{
    *more = *eof = false;
    if (ldisc_canonical(ld))
        return read_line(ld, to, n, more, eof);
    size_t got = MIN(n, (size_t)(ld->head - ld->tail));
    for (size_t i = 0; i < got; i++)
        ((u8 *)to)[i] = ld->buf[slot(ld->tail + i)];
    ld->tail += got;
    *more = ld->tail != ld->head;
    return got;
}

size_t ldisc_readable(const struct ldisc *ld)
{
    if (!ldisc_canonical(ld))
        return ld->head - ld->tail;
    size_t n = ld->line_start - ld->tail;
    return n > 0 && is_eof(ld, ld->line_start - 1) ? n - 1 : n;
}

bool ldisc_ready(const struct ldisc *ld, size_t min)
{
    if (ldisc_canonical(ld))
        return ld->tail != ld->line_start;
    return ld->head - ld->tail >= MAX(min, (size_t)1);
}
