/* font.h: the shapes of characters, for screens that have none of their own.
 */
#pragma once

#include "lib/types.h"

enum { FONT_WIDTH = 8, FONT_HEIGHT = 16, FONT_FIRST = ' ', FONT_LAST = '~' };

/* The pixels of character ch: a byte a row from the top, the leftmost pixel in the highest bit. */
void font_glyph(u16 ch, u8 glyph[FONT_HEIGHT]);
