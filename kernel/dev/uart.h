/* uart.h: the serial ports COM1 (/dev/ttyS0) and COM2 (/dev/ttyS1).
 */
#pragma once

struct tty;

enum { UARTS = 2 };

/* Find the ports, make their terminals, switch their interrupts on. */
void uart_init(void);
/* The terminal of port n; NULL if the machine has no such port. */
struct tty *uart_tty(unsigned n);
