/* ansi.h: the screen half of a terminal: bytes with escape sequences go in, a grid of coloured
 * characters comes out (ECMA-48; DEC VT100 and xterm where that leaves room).
 *
 * It is a pure machine like the line discipline: no locks, no device. The caller owns the cells,
 * paints those of dirty rows, and sends the answers that programs ask for back as input. It knows
 * what editors, pagers and shells use; what it does not know it swallows without showing rubbish.
 * One screen, no scroll-back, no second buffer.
 */
#pragma once

#include "lib/bitmap.h"
#include "lib/types.h"

enum { ANSI_MAX_ROWS = 256, ANSI_MAX_COLUMNS = 512 };

/* One place on the screen. Colours are numbered as ECMA-48 does (0 black, 1 red, 2 green, 3 yellow,
 * 4 blue, 5 magenta, 6 cyan, 7 white; 8 more is the brighter one). */
struct ansi_cell {
    u16 ch; /* Unicode; 0xfffd for what does not fit */
    u8 foreground : 4, background : 4;
    u8 underline : 1, zero : 7; /* no padding: cells are compared as bytes */
};
_Static_assert(sizeof(struct ansi_cell) == 4, "a row is copied often");

enum { ANSI_PARAMS = 16, ANSI_ANSWER = 16 };
enum ansi_state { ANSI_TEXT, ANSI_ESCAPE, ANSI_CSI, ANSI_STRING, ANSI_SKIP_ONE };

struct ansi {
    unsigned rows, columns;
    struct ansi_cell *cells;              /* row after row */
    BITMAP_DECLARE(dirty, ANSI_MAX_ROWS); /* rows that changed: the painter clears the bits */

    unsigned row, column; /* of the cursor */
    bool wrap_pending;    /* the last column was written: the next one wraps */
    bool cursor_visible, autowrap, insert;
    unsigned top, bottom; /* scrolling region [top, bottom) */
    struct ansi_style {
        u8 foreground, background;
        bool bold, underline, reverse;
    } style;
    struct ansi_saved {
        unsigned row, column;
        struct ansi_style style;
    } saved;

    enum ansi_state state;
    unsigned params[ANSI_PARAMS], nparams; /* of the sequence in progress */
    char marker;                           /* '?' and the like behind CSI, or 0 */
    u32 rune;                              /* UTF-8: bits so far ... */
    unsigned rune_left;                    /* ... and bytes still to come */

    char answer[ANSI_ANSWER]; /* a program asked something: send this as input, */
    unsigned answer_len;      /* then set the length to 0 */
};

/* An empty screen; cells holds rows * columns and stays the caller's. 1 <= rows, columns <= MAX. */
void ansi_init(struct ansi *a, unsigned rows, unsigned columns, struct ansi_cell *cells);
void ansi_write(struct ansi *a, const u8 *text, size_t n);
