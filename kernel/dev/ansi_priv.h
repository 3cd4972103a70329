/* ansi_priv.h: what the two files of the terminal emulator share. */
#pragma once

#include "dev/ansi.h"

/* A complete control sequence, ended by `final`: a->params, a->marker (ansi_seq.c). */
void ansi_sequence(struct ansi *a, u8 final);
/* ESC followed by c. */
void ansi_escape(struct ansi *a, u8 c);
void ansi_reset(struct ansi *a);

/* Operations on the grid (ansi.c). */
void ansi_blank(struct ansi *a, unsigned row, unsigned from, unsigned to);
/* Move the rows of [top, bottom) up (down) by n; blank ones appear. */
void ansi_scroll_up(struct ansi *a, unsigned top, unsigned bottom, unsigned n);
void ansi_scroll_down(struct ansi *a, unsigned top, unsigned bottom, unsigned n);
/* Move the cursor, kept on the screen. */
void ansi_move(struct ansi *a, int row, int column);
/* Down a line, up a line: at the edge of the scrolling region it scrolls. */
void ansi_line_feed(struct ansi *a);
void ansi_reverse_feed(struct ansi *a);
