/* console.h: where the kernel speaks, and what /dev/console is.
 *
 * `console=NAME` on the command line, perhaps several times, names terminals (ttyS0, ttyS1, tty1).
 * Kernel messages go to all of them; /dev/console is the last one, as on Linux. Without the option
 * messages go to ttyS0 and tty1, and /dev/console is ttyS0. `quiet` shows warnings and errors only.
 */
#pragma once

/* All devices of this layer: terminals, keyboard, screen, console. On a thread, once devfs stands.
 */
void dev_init(void);
/* Choose the console's terminals and take over the kernel's messages (by dev_init). */
void console_init(void);
