/* ldisc_out.c: output of the line discipline: translation of newlines, and the cursor's column.
 *
 * The column is what the terminal's cursor has, if programs move it by printing alone. It serves
 * erasing a tab and starting a message on a line of its own; escape sequences are not understood
 * (their bytes count as text), so it is a good guess and no more. */
#include "dev/ldisc_priv.h"

u32 ldisc_column_after(u32 column, u8 c)
{
    switch (c) {
    case '\r':
    case '\n':
        return 0;
    case '\b':
        return column > 0 ? column - 1 : 0;
    case '\t':
        return (column / TAB_STOP + 1) * TAB_STOP;
    default:
        /* the second to fourth byte of a UTF-8 character takes no place of its own */
        return c < ' ' || c == 0x7f || (c & 0xc0) == 0x80 ? column : column + 1;
    }
}

void ldisc_emit(struct ldisc *ld, u8 c)
{
    if (ring_put(ld->out, c))
        ld->column = ldisc_column_after(ld->column, c);
}

void ldisc_emit_cooked(struct ldisc *ld, u8 c)
{
    tcflag_t o = ld->t.c_oflag;
    if (!(o & OPOST)) {
        ldisc_emit(ld, c);
        return;
    }
    if (c == '\r' && (o & ONOCR) && ld->column == 0)
        return;
    if (c == '\r' && (o & OCRNL))
        c = '\n';
    if (c == '\n' && (o & ONLCR))
        ldisc_emit(ld, '\r');
    ldisc_emit(ld, c);
}

size_t ldisc_output_room(const struct ldisc *ld)
{
    u32 room = ring_free(ld->out);
    return room > LDISC_ECHO_ROOM ? (room - LDISC_ECHO_ROOM) / 2 : 0;
}

/* How many bytes at the start need no translation. */
static size_t plain_run(const u8 *text, size_t n)
{
    size_t i = 0;
    while (i < n && text[i] >= ' ')
        i++;
    return i;
}

static void emit_run(struct ldisc *ld, const u8 *text, size_t n)
{
    ring_write(ld->out, text, n);
    for (size_t i = 0; i < n; i++)
        ld->column += (text[i] & 0xc0) != 0x80 && text[i] != 0x7f;
}

size_t ldisc_output(struct ldisc *ld, const u8 *text, size_t n)
{
    size_t room = ldisc_output_room(ld); /* any byte may become two */
    n = MIN(n, room);
    for (size_t i = 0; i < n;) {
        size_t run = plain_run(text + i, n - i);
        if (run > 0)
            emit_run(ld, text + i, run);
        i += run;
        if (i < n)
            ldisc_emit_cooked(ld, text[i++]);
    }
    return n;
}

void ldisc_message(struct ldisc *ld, const u8 *text, size_t n)
{
    if (ld->column > 0) {
        ldisc_emit(ld, '\r');
        ldisc_emit(ld, '\n');
    }
    for (size_t i = 0; i < n; i++) { /* whatever a program in raw mode has set */
        if (text[i] == '\n')
            ldisc_emit(ld, '\r');
        ldisc_emit(ld, text[i]);
    }
    if (ldisc_canonical(ld) && ld->head != ld->line_start && (ld->t.c_lflag & ECHO))
        ldisc_reprint(ld);
}
