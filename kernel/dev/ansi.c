/* ansi.c: characters, the cursor, scrolling, and taking sequences apart; what a sequence means is
 * in ansi_seq.c.
 *
 * A character written in the last column leaves the cursor there and only notes that the next one
 * wraps, as the VT100 does: so a full last line does not scroll, and a newline after a full line
 * does not leave an empty one.
 */
#include "dev/ansi.h"
#include "dev/ansi_priv.h"
#include "lib/string.h"

enum { REPLACEMENT = 0xfffd, TAB_WIDTH = 8 };

static struct ansi_cell *row_cells(struct ansi *a, unsigned row)
{
    return a->cells + (size_t)row * a->columns;
}

static void touch(struct ansi *a, unsigned from, unsigned to)
{
    bitmap_set_range(a->dirty, from, to - from);
}

/* What a place looks like that nothing is written on: the colour set last fills it. */
static struct ansi_cell blank_cell(const struct ansi *a)
{
    return (struct ansi_cell){.ch = ' ', .foreground = 7, .background = a->style.background};
}

static struct ansi_cell styled_cell(const struct ansi *a, u16 ch)
{
    const struct ansi_style *s = &a->style;
    u8 front = s->foreground | (s->bold && s->foreground < 8 ? 8 : 0);
    return (struct ansi_cell){.ch = ch,
                              .foreground = s->reverse ? s->background : front,
                              .background = s->reverse ? front : s->background,
                              .underline = s->underline};
}

void ansi_blank(struct ansi *a, unsigned row, unsigned from, unsigned to)
{
    struct ansi_cell *cell = row_cells(a, row);
    for (unsigned c = from; c < to; c++)
        cell[c] = blank_cell(a);
    touch(a, row, row + 1);
}

static void blank_rows(struct ansi *a, unsigned from, unsigned to)
{
    for (unsigned r = from; r < to; r++)
        ansi_blank(a, r, 0, a->columns);
}

void ansi_scroll_up(struct ansi *a, unsigned top, unsigned bottom, unsigned n)
{
    n = MIN(n, bottom - top);
    size_t kept = (size_t)(bottom - top - n) * a->columns;
    memmove(row_cells(a, top), row_cells(a, top + n), kept * sizeof(struct ansi_cell));
    blank_rows(a, bottom - n, bottom);
    touch(a, top, bottom);
}

void ansi_scroll_down(struct ansi *a, unsigned top, unsigned bottom, unsigned n)
{
    n = MIN(n, bottom - top);
    size_t kept = (size_t)(bottom - top - n) * a->columns;
    memmove(row_cells(a, top + n), row_cells(a, top), kept * sizeof(struct ansi_cell));
    blank_rows(a, top, top + n);
    touch(a, top, bottom);
}

void ansi_move(struct ansi *a, int row, int column)
{
    touch(a, a->row, a->row + 1); /* the cursor leaves one row and comes to another */
    a->row = row < 0 ? 0 : MIN((unsigned)row, a->rows - 1);
    a->column = column < 0 ? 0 : MIN((unsigned)column, a->columns - 1);
    a->wrap_pending = false;
    touch(a, a->row, a->row + 1);
}

void ansi_line_feed(struct ansi *a)
{
    if (a->row + 1 == a->bottom)
        ansi_scroll_up(a, a->top, a->bottom, 1);
    else
        ansi_move(a, a->row + 1, a->column);
    a->wrap_pending = false;
}

void ansi_reverse_feed(struct ansi *a)
{
    if (a->row == a->top)
        ansi_scroll_down(a, a->top, a->bottom, 1);
    else
        ansi_move(a, (int)a->row - 1, a->column);
}

static void put(struct ansi *a, u16 ch)
{
    if (a->wrap_pending) {
        ansi_line_feed(a);
        ansi_move(a, a->row, 0);
    }
    struct ansi_cell *cell = row_cells(a, a->row) + a->column;
    if (a->insert)
        memmove(cell + 1, cell, (a->columns - a->column - 1) * sizeof *cell);
    *cell = styled_cell(a, ch);
    touch(a, a->row, a->row + 1);
    if (a->column + 1 < a->columns)
        a->column++;
    else
        a->wrap_pending = a->autowrap;
}

static void control(struct ansi *a, u8 c)
{
    enum { ESC = 0x1b, CAN = 0x18, SUB = 0x1a };
    switch (c) {
    case '\b':
        ansi_move(a, a->row, (int)a->column - 1);
        break;
    case '\t':
        ansi_move(a, a->row, (a->column / TAB_WIDTH + 1) * TAB_WIDTH);
        break;
    case '\n':
    case '\v':
    case '\f':
        ansi_line_feed(a);
        break;
    case '\r':
        ansi_move(a, a->row, 0);
        break;
    case ESC:
        a->state = ANSI_ESCAPE;
        break;
    case CAN:
    case SUB:
        a->state = ANSI_TEXT;
        break;
    }
}

/* The first byte of a UTF-8 character says how many follow. False: c is none. */
static bool rune_begins(struct ansi *a, u8 c)
{
    if ((c & 0xe0) == 0xc0)
        a->rune = c & 0x1f, a->rune_left = 1;
    else if ((c & 0xf0) == 0xe0)
        a->rune = c & 0x0f, a->rune_left = 2;
    else if ((c & 0xf8) == 0xf0)
        a->rune = c & 0x07, a->rune_left = 3;
    else
        return false;
    return true;
}

static void text(struct ansi *a, u8 c)
{
    if (a->rune_left && (c & 0xc0) == 0x80) {
        a->rune = a->rune << 6 | (c & 0x3f);
        if (--a->rune_left == 0)
            put(a, a->rune <= 0xffff ? a->rune : REPLACEMENT);
        return;
    }
    if (a->rune_left)
        put(a, REPLACEMENT); /* the character broke off */
    a->rune_left = 0;
    if (c < 0x80)
        put(a, c);
    else if (!rune_begins(a, c))
        put(a, REPLACEMENT);
}

/* Inside CSI ... final: parameters, markers, then the letter that ends it. */
static void csi_byte(struct ansi *a, u8 c)
{
    enum { PARAM_MAX = 9999 };
    if (c >= '0' && c <= '9') {
        unsigned *p = &a->params[a->nparams];
        *p = MIN(*p * 10 + (c - '0'), (unsigned)PARAM_MAX);
    } else if (c == ';' || c == ':') {
        if (a->nparams + 1 < ANSI_PARAMS)
            a->params[++a->nparams] = 0;
    } else if (c >= '<' && c <= '?') {
        a->marker = c;
    } else if (c >= '@' && c <= '~') {
        a->nparams++;
        a->state = ANSI_TEXT;
        ansi_sequence(a, c);
    }
}

static void escape_byte(struct ansi *a, u8 c)
{
    a->state = ANSI_TEXT;
    switch (c) {
    case '[':
        a->state = ANSI_CSI;
        a->nparams = 0;
        a->params[0] = 0;
        a->marker = 0;
        break;
    case ']': /* window title and the like: up to BEL or ESC \ */
    case 'P':
    case '^':
    case '_':
        a->state = ANSI_STRING;
        break;
    case '(': /* character sets: one byte names it */
    case ')':
    case '#':
    case '%':
        a->state = ANSI_SKIP_ONE;
        break;
    default:
        ansi_escape(a, c);
    }
}

static void string_byte(struct ansi *a, u8 c)
{
    if (c == '\a')
        a->state = ANSI_TEXT;
    else if (c == 0x1b)
        a->state = ANSI_SKIP_ONE; /* the backslash of ESC \ */
}

static void byte(struct ansi *a, u8 c)
{
    if (a->state == ANSI_STRING) {
        string_byte(a, c);
    } else if (c < ' ') {
        control(a, c); /* works even inside a sequence */
    } else if (c != 0x7f) {
        switch (a->state) {
        case ANSI_ESCAPE:
            escape_byte(a, c);
            break;
        case ANSI_CSI:
            csi_byte(a, c);
            break;
        case ANSI_SKIP_ONE:
            a->state = ANSI_TEXT;
            break;
        default:
            text(a, c);
        }
    }
}

void ansi_write(struct ansi *a, const u8 *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        byte(a, text[i]);
}

void ansi_reset(struct ansi *a)
{
    a->style = (struct ansi_style){.foreground = 7};
    a->saved = (struct ansi_saved){.style = a->style};
    a->state = ANSI_TEXT;
    a->row = a->column = 0;
    a->top = 0;
    a->bottom = a->rows;
    a->wrap_pending = a->insert = false;
    a->cursor_visible = a->autowrap = true;
    a->rune_left = 0;
    blank_rows(a, 0, a->rows);
}

void ansi_init(struct ansi *a, unsigned rows, unsigned columns, struct ansi_cell *cells)
{
    memset(a, 0, sizeof *a);
    a->rows = rows;
    a->columns = columns;
    a->cells = cells;
    ansi_reset(a);
}
