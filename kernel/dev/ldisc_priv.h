/* ldisc_priv.h: what the three files of the line discipline share. */
#pragma once

#include "dev/ldisc.h"

enum {
    LDISC_EOF = 0, /* stored in place of ^D, marked as an end */
    TAB_STOP = 8,
    CTRL_MASK = 0x40, /* a control character c is shown as ^ and c ^ 0x40 */
};

/* Append a byte to the input buffer; there is room. */
void ldisc_store(struct ldisc *ld, u8 c, bool ends);

/* One byte to the terminal, column counted, no translation. Lost if the ring is full. */
void ldisc_emit(struct ldisc *ld, u8 c);
/* One byte to the terminal as a program would write it: ONLCR and its kin apply. */
void ldisc_emit_cooked(struct ldisc *ld, u8 c);
/* Where the cursor is after c was shown at `column`. */
u32 ldisc_column_after(u32 column, u8 c);
/* Show the edited line (again) from where the cursor is. */
void ldisc_reprint(struct ldisc *ld);
