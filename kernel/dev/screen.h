/* screen.h: what can show a grid of characters: VGA's text mode or a framebuffer.
 */
#pragma once

#include "dev/ansi.h"

/* A nested table: called under the screen's paint lock, or in panic; takes no lock. */
struct screen {
    const char *name;
    unsigned rows, columns;
    /* Show n cells from (row, column) on. `cursor`: the cursor is on the first of them. */
    void (*draw)(unsigned row, unsigned column, const struct ansi_cell *cells, unsigned n,
                 bool cursor);
    /* Where the hardware draws the cursor: it is to vanish until the next draw with `cursor`. NULL:
     * drawing the place without it is enough. */
    void (*hide_cursor)(void);
};

/* The framebuffer that the loader left. NULL: none, or of a kind that is not known. */
const struct screen *fb_init(void);
/* VGA's text mode at 0xb8000. NULL: there is no VGA. */
const struct screen *vga_init(void);
