/* ansi_seq.c: what escape sequences mean (ECMA-48, "Control functions"; xterm, "Control
 * Sequences").
 *
 * A parameter that is missing or 0 counts as 1 where a number of times or a place is meant.
 */
#include "dev/ansi_priv.h"
#include "lib/fmt.h"
#include "lib/string.h"

static unsigned param(const struct ansi *a, unsigned i)
{
    return i < a->nparams ? a->params[i] : 0;
}

static unsigned times(const struct ansi *a, unsigned i)
{
    return MAX(param(a, i), 1u);
}

/* --- colours --- */

/* One of xterm's 256 colours as the nearest of our 16: a cube of 6 levels each, then greys. */
static u8 colour_256(unsigned n)
{
    if (n < 16)
        return n;
    if (n >= 232)
        return n < 238 ? 0 : n < 244 ? 8 : n < 250 ? 7 : 15;
    unsigned r = (n - 16) / 36, g = (n - 16) / 6 % 6, b = (n - 16) % 6;
    bool bright = MAX(r, MAX(g, b)) >= 4;
    return (r >= 3) | (g >= 3) << 1 | (b >= 3) << 2 | bright << 3;
}

/* 38 or 48 at params[*i]: `;5;n` or `;2;r;g;b`. Moves *i behind what it used; -1: no colour. */
static int extended_colour(const struct ansi *a, unsigned *i)
{
    unsigned kind = param(a, *i + 1);
    if (kind == 5) {
        *i += 2;
        return colour_256(param(a, *i) & 255);
    }
    if (kind != 2)
        return -1;
    unsigned level[3];
    for (unsigned k = 0; k < 3; k++)
        level[k] = MIN(param(a, *i + 2 + k), 255u) * 5 / 255;
    *i += 4;
    return colour_256(16 + level[0] * 36 + level[1] * 6 + level[2]);
}

/* One parameter of SGR ("Select Graphic Rendition"). */
static void style_param(struct ansi *a, unsigned *i)
{
    struct ansi_style *s = &a->style;
    unsigned p = param(a, *i);
    int colour;
    switch (p) {
    case 0:
        *s = (struct ansi_style){.foreground = 7};
        break;
    case 1:
        s->bold = true;
        break;
    case 4:
        s->underline = true;
        break;
    case 7:
        s->reverse = true;
        break;
    case 22:
        s->bold = false;
        break;
    case 24:
        s->underline = false;
        break;
    case 27:
        s->reverse = false;
        break;
    case 30 ... 37:
        s->foreground = p - 30;
        break;
    case 39:
        s->foreground = 7;
        break;
    case 40 ... 47:
        s->background = p - 40;
        break;
    case 49:
        s->background = 0;
        break;
    case 90 ... 97:
        s->foreground = p - 90 + 8;
        break;
    case 100 ... 107:
        s->background = p - 100 + 8;
        break;
    case 38:
    case 48:
        colour = extended_colour(a, i);
        if (colour >= 0 && p == 38)
            s->foreground = colour;
        else if (colour >= 0)
            s->background = colour;
        break;
    }
}

/* --- erasing, inserting, deleting --- */

/* J and K: what = 0 from the cursor on, 1 up to and with it, 2 all. */
static void erase_in_line(struct ansi *a, unsigned what)
{
    unsigned from = what == 0 ? a->column : 0;
    unsigned to = what == 1 ? a->column + 1 : a->columns;
    if (what <= 2)
        ansi_blank(a, a->row, from, to);
}

static void erase_in_display(struct ansi *a, unsigned what)
{
    unsigned from = what == 0 ? a->row + 1 : 0;
    unsigned to = what == 1 ? a->row : a->rows;
    if (what > 2)
        return;
    if (what < 2)
        erase_in_line(a, what);
    for (unsigned r = from; r < to; r++)
        ansi_blank(a, r, 0, a->columns);
}

static struct ansi_cell *at_cursor(struct ansi *a)
{
    return a->cells + (size_t)a->row * a->columns + a->column;
}

static void insert_characters(struct ansi *a, unsigned n)
{
    n = MIN(n, a->columns - a->column);
    struct ansi_cell *c = at_cursor(a);
    memmove(c + n, c, (a->columns - a->column - n) * sizeof *c);
    ansi_blank(a, a->row, a->column, a->column + n);
}

static void delete_characters(struct ansi *a, unsigned n)
{
    n = MIN(n, a->columns - a->column);
    struct ansi_cell *c = at_cursor(a);
    memmove(c, c + n, (a->columns - a->column - n) * sizeof *c);
    ansi_blank(a, a->row, a->columns - n, a->columns);
}

/* L and M act on the scrolling region, and only inside it. */
static void insert_or_delete_lines(struct ansi *a, unsigned n, bool insert)
{
    if (a->row < a->top || a->row >= a->bottom)
        return;
    if (insert)
        ansi_scroll_down(a, a->row, a->bottom, n);
    else
        ansi_scroll_up(a, a->row, a->bottom, n);
    ansi_move(a, a->row, 0);
}

/* --- the cursor, modes, questions --- */

static void save_cursor(struct ansi *a)
{
    a->saved = (struct ansi_saved){.row = a->row, .column = a->column, .style = a->style};
}

static void restore_cursor(struct ansi *a)
{
    a->style = a->saved.style;
    ansi_move(a, a->saved.row, a->saved.column);
}

static void set_region(struct ansi *a)
{
    unsigned top = times(a, 0) - 1, bottom = param(a, 1) ? param(a, 1) : a->rows;
    if (bottom > a->rows || top + 1 >= bottom)
        return;
    a->top = top;
    a->bottom = bottom;
    ansi_move(a, 0, 0);
}

static void set_mode(struct ansi *a, unsigned mode, bool on)
{
    if (a->marker == 0 && mode == 4)
        a->insert = on;
    if (a->marker != '?')
        return;
    switch (mode) {
    case 7:
        a->autowrap = on;
        break;
    case 25:
        a->cursor_visible = on;
        ansi_move(a, a->row, a->column);
        break;
    case 47: /* the "alternate screen": there is one screen, so clear */
    case 1047:
    case 1049:
        if (on)
            save_cursor(a);
        erase_in_display(a, 2);
        if (!on)
            restore_cursor(a);
        break;
    }
}

static void answer(struct ansi *a, unsigned what)
{
    if (what == 5) /* are you well? */
        a->answer_len = scnprintf(a->answer, sizeof a->answer, "\033[0n");
    else if (what == 6) /* where is the cursor? */
        a->answer_len =
            scnprintf(a->answer, sizeof a->answer, "\033[%u;%uR", a->row + 1, a->column + 1);
}

static void for_each_param(struct ansi *a, u8 final)
{
    for (unsigned i = 0; i < a->nparams; i++) {
        if (final == 'm')
            style_param(a, &i);
        else
            set_mode(a, a->params[i], final == 'h');
    }
}

static bool move_by_sequence(struct ansi *a, u8 final)
{
    int row = a->row, column = a->column, n = times(a, 0);
    switch (final) {
    case 'A':
        ansi_move(a, row - n, column);
        break;
    case 'B':
    case 'e':
        ansi_move(a, row + n, column);
        break;
    case 'C':
    case 'a':
        ansi_move(a, row, column + n);
        break;
    case 'D':
        ansi_move(a, row, column - n);
        break;
    case 'E':
        ansi_move(a, row + n, 0);
        break;
    case 'F':
        ansi_move(a, row - n, 0);
        break;
    case 'G':
    case '`':
        ansi_move(a, row, n - 1);
        break;
    case 'd':
        ansi_move(a, n - 1, column);
        break;
    case 'H':
    case 'f':
        ansi_move(a, n - 1, (int)times(a, 1) - 1);
        break;
    default:
        return false;
    }
    return true;
}

void ansi_sequence(struct ansi *a, u8 final)
{
    if (final == 'h' || final == 'l' || (final == 'm' && !a->marker)) {
        for_each_param(a, final);
        return;
    }
    if (a->marker || move_by_sequence(a, final))
        return; /* with a marker: private to terminals that we are not */
    switch (final) {
    case 'J':
        erase_in_display(a, param(a, 0));
        break;
    case 'K':
        erase_in_line(a, param(a, 0));
        break;
    case 'X':
        ansi_blank(a, a->row, a->column, MIN(a->column + times(a, 0), a->columns));
        break;
    case '@':
        insert_characters(a, times(a, 0));
        break;
    case 'P':
        delete_characters(a, times(a, 0));
        break;
    case 'L':
        insert_or_delete_lines(a, times(a, 0), true);
        break;
    case 'M':
        insert_or_delete_lines(a, times(a, 0), false);
        break;
    case 'S':
        ansi_scroll_up(a, a->top, a->bottom, times(a, 0));
        break;
    case 'T':
        ansi_scroll_down(a, a->top, a->bottom, times(a, 0));
        break;
    case 'r':
        set_region(a);
        break;
    case 's':
        save_cursor(a);
        break;
    case 'u':
        restore_cursor(a);
        break;
    case 'n':
        answer(a, param(a, 0));
        break;
    case 'c': /* what are you? A VT102 */
        a->answer_len = scnprintf(a->answer, sizeof a->answer, "\033[?6c");
        break;
    }
}

void ansi_escape(struct ansi *a, u8 c)
{
    switch (c) {
    case '7':
        save_cursor(a);
        break;
    case '8':
        restore_cursor(a);
        break;
    case 'D':
        ansi_line_feed(a);
        break;
    case 'E':
        ansi_line_feed(a);
        ansi_move(a, a->row, 0);
        break;
    case 'M':
        ansi_reverse_feed(a);
        break;
    case 'c':
        ansi_reset(a);
        break;
    }
}
