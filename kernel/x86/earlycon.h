/* The console of last resort: a polled UART (COM1), and QEMU's debug port where present.
 *
 * Works from the first line of C, in panic, and under any lock, because it has no lock and no state
 * beyond "was the UART found". dev/uart takes over for everything else once interrupts run.
 */
#pragma once
#include "lib/types.h"

void earlycon_init(void);
void earlycon_write(const char *s, size_t n);
/* The byte that COM1 had received before earlycon_init; false if there was none, or at the next
 * call.
 */
bool earlycon_take_key(u8 *key);
