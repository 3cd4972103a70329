/* Polled output to COM2 (testport.h). The UART was set up by the firmware or by dev/uart: only the
 * baud rate and format matter, and QEMU ignores both. */
#include "debug/testport.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "x86/cpu.h"

enum {
    COM2 = 0x2f8,
    UART_LSR = 5,
    UART_SCRATCH = 7,
    LSR_THR_EMPTY = 0x20,
    LINE_MAX = 256,
    SPIN_LIMIT = 1000000
};

static void put(const char *s)
{
    for (; *s; s++) {
        for (int spin = 0; !(inb(COM2 + UART_LSR) & LSR_THR_EMPTY) && spin < SPIN_LIMIT; spin++)
            ;
        outb(COM2, *s);
    }
}

void testport_line(const char *fmt, ...)
{
    outb(COM2 + UART_SCRATCH, 0xa5);
    if (inb(COM2 + UART_SCRATCH) != 0xa5)
        return;
    char nonce[64], text[LINE_MAX];
    cmdline_get("nonce", nonce, sizeof nonce);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put(nonce);
    put(" ");
    put(text);
    put("\n");
}
