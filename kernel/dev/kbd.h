/* kbd.h: the PS/2 keyboard.
 */
#pragma once

#include "lib/types.h"

struct tty;

/* Find the controller, switch the keyboard on: what is typed is input of `tty`. 0, or -ENODEV. */
MUST_CHECK int kbd_init(struct tty *tty);
