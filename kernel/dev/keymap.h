/* keymap.h: scan codes into the bytes that a terminal sends (US layout).
 *
 * A pure machine with the keyboard's state; kbd.c feeds it. Scan codes are those of set 1, to which
 * the keyboard controller translates whatever the keyboard speaks.
 */
#pragma once

#include "lib/types.h"

struct keymap {
    bool shift, ctrl, alt, caps, num;
    bool extended; /* the last code was the prefix 0xe0 */
    u8 skip;       /* codes still to be ignored (the Pause key sends six) */
};

enum { KEYMAP_MAX = 8 }; /* bytes that one key makes at most */

/* One code. Returns how many bytes it makes (0: a release, a modifier, an unknown key). */
size_t keymap_code(struct keymap *k, u8 code, u8 out[KEYMAP_MAX]);
