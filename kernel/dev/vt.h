/* vt.h: the terminal made of the machine's own screen and keyboard: /dev/tty1.
 */
#pragma once

struct tty;

/* Find a screen; start the painter. Nothing happens on a machine without a screen. */
void vt_init(void);
/* NULL: there is no screen. */
struct tty *vt_tty(void);
