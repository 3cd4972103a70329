/* The console of last resort (earlycon.h). Polls, and gives up on a UART that never gets ready: a
 * machine without one must still boot.
 *
 * Source: National Semiconductor PC16550D data sheet, "Registers".
 */
#include "x86/earlycon.h"
#include "x86/cpu.h"

enum {
    COM1 = 0x3f8,
    UART_DATA = 0,
    UART_IER = 1,
    UART_IIR = 2,
    UART_FCR = 2,
    UART_LCR = 3,
    UART_MCR = 4,
    UART_LSR = 5,
    UART_SCRATCH = 7,
    LCR_8N1 = 0x03,
    LCR_DLAB = 0x80,
    FCR_ENABLE = 0x01,
    IIR_FIFO_ON = 0xc0,
    MCR_DTR_RTS_OUT2 = 0x0b,
    MCR_LOOP = 0x10,
    LSR_DATA = 0x01,
    LSR_THR_EMPTY = 0x20,
    BAUD_DIVISOR = 1, /* 115,200 */
    PROBE_SPINS = 100000,    /* for a UART that has never been ready */
    BUSY_SPINS = 10000000,   /* for one that was: whoever reads the other end may be slow */
    DEBUGCON = 0xe9, /* QEMU's isa-debugcon: reads back its own port number where present */
};

static bool have_uart, have_debugcon, was_ready;
static bool have_key; /* one that came while nobody was there yet */
static u8 key;

/* Whoever types ahead, or pipes commands into the machine, loses nothing. What is in the FIFO stays
 * there; but where the FIFO is off, switching it on forgets the byte that has come, so that is
 * taken out before. The next one must not follow meanwhile: in loop-back mode the line is cut, and
 * QEMU offers no byte when one was read. The last read, in normal mode, tells it to go on. */
static void fifo_on(void)
{
    bool was_on = (inb(COM1 + UART_IIR) & IIR_FIFO_ON) == IIR_FIFO_ON;
    outb(COM1 + UART_MCR, MCR_LOOP);
    have_key = !was_on && (inb(COM1 + UART_LSR) & LSR_DATA);
    if (have_key)
        key = inb(COM1 + UART_DATA);
    outb(COM1 + UART_FCR, FCR_ENABLE);
    outb(COM1 + UART_MCR, MCR_DTR_RTS_OUT2);
    if (!(inb(COM1 + UART_LSR) & LSR_DATA))
        inb(COM1 + UART_DATA);
}

void earlycon_init(void)
{
    outb(COM1 + UART_SCRATCH, 0x5a);
    have_uart = inb(COM1 + UART_SCRATCH) == 0x5a;
    have_debugcon = inb(DEBUGCON) == DEBUGCON;
    if (!have_uart)
        return;
    outb(COM1 + UART_IER, 0);
    outb(COM1 + UART_LCR, LCR_DLAB);
    outb(COM1 + UART_DATA, BAUD_DIVISOR);
    outb(COM1 + UART_IER, 0);
    outb(COM1 + UART_LCR, LCR_8N1);
    fifo_on();
}

bool earlycon_take_key(u8 *out)
{
    bool had = have_key;
    have_key = false;
    *out = key;
    return had;
}

static void uart_put(char c)
{
    int limit = was_ready ? BUSY_SPINS : PROBE_SPINS;
    for (int spin = 0; !(inb(COM1 + UART_LSR) & LSR_THR_EMPTY); spin++)
        if (spin == limit)
            return;
    was_ready = true;
    outb(COM1 + UART_DATA, c);
}

void earlycon_write(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (have_debugcon)
            outb(DEBUGCON, s[i]);
        if (!have_uart)
            continue;
        if (s[i] == '\n')
            uart_put('\r');
        uart_put(s[i]);
    }
}
