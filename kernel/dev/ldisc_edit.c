/* ldisc_edit.c: input of the line discipline: special keys, editing the line, echo.
 *
 * Each key passes the same stations in the order of POSIX: input translation, flow control,
 * signals, editing (canonical mode only), storing and echo. */
#include "dev/ldisc_priv.h"

/* Is c the special character `which`? A setting of 0 switches it off. */
static bool is_special(const struct ldisc *ld, u8 c, int which)
{
    return c == ld->t.c_cc[which] && c != 0;
}

/* The same for those that are no part of POSIX. */
static bool is_extended(const struct ldisc *ld, u8 c, int which)
{
    return (ld->t.c_lflag & IEXTEN) && is_special(ld, c, which);
}

static bool shown_as_caret(const struct ldisc *ld, u8 c)
{
    return (ld->t.c_lflag & ECHOCTL) && c != '\t' && (c < ' ' || c == 0x7f);
}

/* --- echo --- */

static void show(struct ldisc *ld, u8 c)
{
    if (c == '\n') {
        ldisc_emit_cooked(ld, c);
    } else if (shown_as_caret(ld, c)) {
        ldisc_emit(ld, '^');
        ldisc_emit(ld, c ^ CTRL_MASK);
    } else {
        ldisc_emit(ld, c);
    }
}

static void echo(struct ldisc *ld, u8 c)
{
    if (ld->t.c_lflag & ECHO)
        show(ld, c);
    else if (c == '\n' && (ld->t.c_lflag & ECHONL) && ldisc_canonical(ld))
        ldisc_emit_cooked(ld, c);
}

static void bell(struct ldisc *ld)
{
    if (ld->t.c_iflag & IMAXBEL)
        ldisc_emit(ld, '\a');
}

/* --- editing --- */

static u8 edited(const struct ldisc *ld, u32 position)
{
    return ld->buf[position & (LDISC_BUF - 1)];
}

/* How many columns right of `column` the cursor is after the bytes [from, to) were shown there. */
static u32 columns_shown(const struct ldisc *ld, u32 from, u32 to, u32 column)
{
    u32 at = column;
    for (u32 p = from; p != to; p++)
        at = shown_as_caret(ld, edited(ld, p)) ? at + 2 : ldisc_column_after(at, edited(ld, p));
    return at > column ? at - column : 0; /* a backspace may have been typed literally */
}

/* Cut the edited line at `new_head`, here and on the screen. `which` is the key that did it. */
static void erase_to(struct ldisc *ld, u32 new_head, int which)
{
    u32 before = columns_shown(ld, ld->line_start, new_head, ld->line_column);
    u32 wide = columns_shown(ld, new_head, ld->head, ld->line_column + before);
    ld->head = new_head;
    if (!(ld->t.c_lflag & ECHO))
        return;
    if (!(ld->t.c_lflag & ECHOE)) { /* paper */
        show(ld, ld->t.c_cc[which]);
        return;
    }
    for (; wide > 0; wide--) {
        ldisc_emit(ld, '\b');
        ldisc_emit(ld, ' ');
        ldisc_emit(ld, '\b');
    }
}

/* Where the last character of the line begins: it may have several bytes. */
static u32 last_character(const struct ldisc *ld)
{
    u32 p = ld->head;
    do
        p--;
    while ((ld->t.c_iflag & IUTF8) && (edited(ld, p) & 0xc0) == 0x80 && p != ld->line_start);
    return p;
}

static bool is_word(u8 c)
{
    return c == '_' || c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Where the last word of the line begins; blanks and the like after it go with it. */
static u32 last_word(const struct ldisc *ld)
{
    u32 p = ld->head;
    while (p != ld->line_start && !is_word(edited(ld, p - 1)))
        p--;
    while (p != ld->line_start && is_word(edited(ld, p - 1)))
        p--;
    return p;
}

static void erase_line(struct ldisc *ld)
{
    tcflag_t l = ld->t.c_lflag;
    bool on_new_line = (l & ECHO) && (l & ECHOK) && !((l & ECHOKE) && (l & ECHOE));
    if (!on_new_line) {
        erase_to(ld, ld->line_start, VKILL);
        return;
    }
    show(ld, ld->t.c_cc[VKILL]);
    ldisc_emit_cooked(ld, '\n');
    ld->head = ld->line_start;
    ld->line_column = ld->column;
}

void ldisc_reprint(struct ldisc *ld)
{
    ld->line_column = ld->column;
    for (u32 p = ld->line_start; p != ld->head; p++)
        show(ld, edited(ld, p));
}

/* Keys that change the line. False: c is none of them. */
static bool edit(struct ldisc *ld, u8 c)
{
    bool empty = ld->head == ld->line_start;
    if (is_special(ld, c, VERASE)) {
        if (!empty)
            erase_to(ld, last_character(ld), VERASE);
    } else if (is_special(ld, c, VKILL)) {
        erase_line(ld);
    } else if (is_extended(ld, c, VWERASE)) {
        erase_to(ld, last_word(ld), VWERASE);
    } else if (is_extended(ld, c, VREPRINT)) {
        echo(ld, c);
        ldisc_emit_cooked(ld, '\n');
        ldisc_reprint(ld);
    } else if (is_extended(ld, c, VLNEXT)) {
        ld->literal_next = true;
        if (shown_as_caret(ld, c) && (ld->t.c_lflag & ECHO)) {
            ldisc_emit(ld, '^');
            ldisc_emit(ld, '\b');
        }
    } else {
        return false;
    }
    return true;
}

/* --- a key's way --- */

/* Remember where the line begins on the screen before its first character is shown. */
static void line_begins(struct ldisc *ld)
{
    if (ld->head == ld->line_start)
        ld->line_column = ld->column;
}

/* Make c a part of the input. A line that is full takes only its end. */
static u32 accept(struct ldisc *ld, u8 c, bool ends)
{
    u32 used = ld->head - ld->tail;
    if (used >= LDISC_BUF - 1 && !(ends && used < LDISC_BUF)) {
        bell(ld);
        return 0;
    }
    line_begins(ld);
    if (!(ends && c == LDISC_EOF))
        echo(ld, c);
    ldisc_store(ld, c, ends);
    return ends || !ldisc_canonical(ld) ? LD_READABLE : 0;
}

/* Input translation. False: the character vanishes. */
static bool translate(const struct ldisc *ld, u8 *c)
{
    tcflag_t i = ld->t.c_iflag;
    if (i & ISTRIP)
        *c &= 0x7f;
    if (*c == '\r') {
        if (i & IGNCR)
            return false;
        if (i & ICRNL)
            *c = '\n';
    } else if (*c == '\n' && (i & INLCR)) {
        *c = '\r';
    }
    return true;
}

/* ^S and ^Q. True: c was one of them, or did no more than start the output again. */
static bool flow_control(struct ldisc *ld, u8 c, u32 *events)
{
    if (!(ld->t.c_iflag & IXON))
        return false;
    bool start = is_special(ld, c, VSTART), stop = is_special(ld, c, VSTOP);
    bool was_stopped = ld->stopped;
    if (start || (was_stopped && (ld->t.c_iflag & IXANY))) {
        ld->stopped = false;
        *events |= was_stopped ? LD_START : 0;
    } else if (stop) {
        ld->stopped = true;
    }
    return start || stop;
}

static u32 signal_of(const struct ldisc *ld, u8 c)
{
    if (!(ld->t.c_lflag & ISIG))
        return 0;
    return is_special(ld, c, VINTR)   ? LD_INTR
           : is_special(ld, c, VQUIT) ? LD_QUIT
           : is_special(ld, c, VSUSP) ? LD_SUSP
                                      : 0;
}

static u32 send_signal(struct ldisc *ld, u8 c, u32 signal)
{
    u32 events = signal;
    if (!(ld->t.c_lflag & NOFLSH)) {
        ldisc_flush_input(ld);
        if (signal != LD_SUSP && ld->discard)
            ld->discard(ld);
    }
    if (ld->stopped) {
        ld->stopped = false;
        events |= LD_START;
    }
    if (c)
        echo(ld, c);
    ld->line_column = ld->column;
    return events;
}

static u32 canonical_key(struct ldisc *ld, u8 c)
{
    if (edit(ld, c))
        return 0;
    if (is_special(ld, c, VEOF))
        return accept(ld, LDISC_EOF, true);
    bool ends = c == '\n' || is_special(ld, c, VEOL) || is_extended(ld, c, VEOL2);
    return accept(ld, c, ends);
}

static u32 key(struct ldisc *ld, u8 c)
{
    u32 events = 0;
    if (ld->literal_next) {
        ld->literal_next = false;
        return accept(ld, c, false);
    }
    if (!translate(ld, &c) || flow_control(ld, c, &events))
        return events;
    u32 signal = signal_of(ld, c);
    if (signal)
        return events | send_signal(ld, c, signal);
    return events | (ldisc_canonical(ld) ? canonical_key(ld, c) : accept(ld, c, false));
}

/* Full, and a program could make room by reading: then the device waits. A single line that fills
 * the buffer must go on being looked at, for the key that ends it. */
bool ldisc_has_room(const struct ldisc *ld)
{
    return ld->head - ld->tail < LDISC_BUF - 1 || ld->tail == ld->line_start;
}

u32 ldisc_input(struct ldisc *ld, const u8 *keys, size_t n, size_t *taken)
{
    u32 events = 0;
    size_t i = 0;
    for (; i < n && ldisc_has_room(ld); i++)
        events |= key(ld, keys[i]);
    *taken = i;
    return events;
}

u32 ldisc_break(struct ldisc *ld)
{
    if (ld->t.c_iflag & IGNBRK)
        return 0;
    if (ld->t.c_iflag & BRKINT)
        return send_signal(ld, 0, LD_INTR);
    return ldisc_has_room(ld) ? accept(ld, 0, false) : 0;
}
