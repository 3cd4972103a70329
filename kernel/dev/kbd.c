/* kbd.c: the PS/2 keyboard behind its controller, the i8042 (IBM PS/2 Hardware Interface Technical
 * Reference, "Keyboard and Auxiliary Device Controller").
 *
 * The controller translates scan codes to set 1, whatever the keyboard sends. Every wait has an
 * end: many machines have no such controller and answer with ones for ever. The mouse port stays
 * off.
 */
#include "dev/kbd.h"
#include "abi/errno.h"
#include "dev/keymap.h"
#include "dev/tty.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/io.h"
#include "x86/irq.h"

enum { PORT_DATA = 0x60, PORT_STATUS = 0x64, PORT_COMMAND = 0x64, KBD_IRQ = 1 };
enum { STATUS_OUTPUT = 1, STATUS_INPUT_FULL = 2, STATUS_MOUSE = 0x20, STATUS_NOBODY = 0xff };
enum {
    CMD_CONFIG_READ = 0x20,
    CMD_CONFIG_WRITE = 0x60,
    CMD_MOUSE_OFF = 0xa7,
    CMD_KBD_OFF = 0xad,
    CMD_KBD_ON = 0xae,
    CONFIG_KBD_IRQ = 1,
    CONFIG_MOUSE_IRQ = 2,
    CONFIG_KBD_CLOCK_OFF = 0x10,
    CONFIG_TRANSLATE = 0x40,
};
enum { KBD_SCAN_ON = 0xf4 };
enum { WAIT_US = 20000, BYTES_MAX = 64 };

static struct tty *tty;
static struct keymap keymap; /* used by the interrupt handler alone */

/* Wait until the status says `want` in the bits of mask. */
static bool wait_status(u8 mask, u8 want)
{
    for (int us = 0; us < WAIT_US; us += 10) {
        if ((inb(PORT_STATUS) & mask) == want)
            return true;
        clock_delay_us(10);
    }
    return false;
}

static bool send(u16 port, u8 byte)
{
    if (!wait_status(STATUS_INPUT_FULL, 0))
        return false;
    outb(port, byte);
    return true;
}

static bool receive(u8 *byte)
{
    if (!wait_status(STATUS_OUTPUT, STATUS_OUTPUT))
        return false;
    *byte = inb(PORT_DATA);
    return true;
}

static void drop_input(void)
{
    for (int i = 0; i < BYTES_MAX && (inb(PORT_STATUS) & STATUS_OUTPUT); i++)
        inb(PORT_DATA);
}

static void interrupt(void *arg)
{
    for (int i = 0; i < BYTES_MAX; i++) {
        u8 status = inb(PORT_STATUS);
        if (!(status & STATUS_OUTPUT))
            return;
        u8 keys[KEYMAP_MAX], code = inb(PORT_DATA);
        size_t n = status & STATUS_MOUSE ? 0 : keymap_code(&keymap, code, keys);
        if (n > 0)
            tty_input(tty, keys, n); /* who types into a full buffer hears the bell */
    }
}

/* Stop both devices, empty the buffer, say how we want it, start the keyboard. */
static bool controller_init(void)
{
    u8 config;
    if (inb(PORT_STATUS) == STATUS_NOBODY || !send(PORT_COMMAND, CMD_KBD_OFF) ||
        !send(PORT_COMMAND, CMD_MOUSE_OFF))
        return false;
    drop_input();
    if (!send(PORT_COMMAND, CMD_CONFIG_READ) || !receive(&config))
        return false;
    config |= CONFIG_KBD_IRQ | CONFIG_TRANSLATE;
    config &= ~(CONFIG_MOUSE_IRQ | CONFIG_KBD_CLOCK_OFF);
    return send(PORT_COMMAND, CMD_CONFIG_WRITE) && send(PORT_DATA, config) &&
           send(PORT_COMMAND, CMD_KBD_ON) && send(PORT_DATA, KBD_SCAN_ON);
}

int kbd_init(struct tty *to)
{
    u8 acknowledge;
    if (!controller_init())
        return -ENODEV;
    if (!receive(&acknowledge))
        return -ENODEV; /* a controller without a keyboard */
    tty = to;
    int err = irq_register(VEC_IRQ_BASE + KBD_IRQ, interrupt, NULL, "keyboard");
    return err ? err : ioapic_route(KBD_IRQ, VEC_IRQ_BASE + KBD_IRQ, 0);
}
