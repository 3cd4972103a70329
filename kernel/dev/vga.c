/* vga.c: VGA's text mode 3: 80 by 25 characters, each a byte for the shape and one for its colours
 * (IBM VGA Technical Reference, "Alphanumeric modes"). It is what a PC shows when nobody asked for
 * anything else. The adapter draws the shapes and a blinking cursor.
 */
#include "dev/screen.h"
#include "mm/kmap.h"
#include "x86/bootinfo.h"
#include "x86/io.h"

enum { TEXT_MEMORY = 0xb8000, ROWS = 25, COLUMNS = 80 };
enum { CRTC_INDEX = 0x3d4, CRTC_DATA = 0x3d5, CURSOR_HIGH = 0x0e, CURSOR_LOW = 0x0f };
enum { CURSOR_START = 0x0a, CURSOR_OFF = 0x20 };

static u16 *text;

static void crtc_write(u8 reg, u8 v)
{
    outb(CRTC_INDEX, reg);
    outb(CRTC_DATA, v);
}

static u8 crtc_read(u8 reg)
{
    outb(CRTC_INDEX, reg);
    return inb(CRTC_DATA);
}

/* ECMA-48 counts red as 1 and blue as 4, VGA the other way round. */
static u8 vga_colour(u8 colour)
{
    return (colour & 0xa) | (colour & 1) << 2 | (colour & 4) >> 2;
}

/* Of what lies beyond ASCII, the ROM's code page 437 has lines and blocks. */
static u8 vga_shape(u16 ch)
{
    static const struct {
        u16 ch;
        u8 shape;
    } lines[] = {
        {0x2500, 0xc4}, {0x2502, 0xb3}, {0x250c, 0xda}, {0x2510, 0xbf}, {0x2514, 0xc0},
        {0x2518, 0xd9}, {0x251c, 0xc3}, {0x2524, 0xb4}, {0x252c, 0xc2}, {0x2534, 0xc1},
        {0x253c, 0xc5}, {0x2588, 0xdb}, {0x2591, 0xb0}, {0x2592, 0xb1}, {0x2593, 0xb2},
    };
    if (ch < 0x7f)
        return ch;
    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
        if (lines[i].ch == ch)
            return lines[i].shape;
    return 0xfe; /* a small square */
}

static void vga_draw(unsigned row, unsigned column, const struct ansi_cell *cells, unsigned n,
                     bool cursor)
{
    unsigned at = row * COLUMNS + column;
    for (unsigned i = 0; i < n; i++) {
        u8 colours = vga_colour(cells[i].background) << 4 | vga_colour(cells[i].foreground);
        WRITE_ONCE(text[at + i], colours << 8 | vga_shape(cells[i].ch));
    }
    if (cursor) {
        crtc_write(CURSOR_HIGH, at >> 8);
        crtc_write(CURSOR_LOW, at);
        crtc_write(CURSOR_START, crtc_read(CURSOR_START) & ~CURSOR_OFF);
    }
}

static void vga_hide_cursor(void)
{
    crtc_write(CURSOR_START, crtc_read(CURSOR_START) | CURSOR_OFF);
}

/* A controller that is there remembers where its cursor is. */
static bool present(void)
{
    u8 old = crtc_read(CURSOR_LOW);
    crtc_write(CURSOR_LOW, 0x5a);
    bool first = crtc_read(CURSOR_LOW) == 0x5a;
    crtc_write(CURSOR_LOW, 0xa5);
    bool second = crtc_read(CURSOR_LOW) == 0xa5;
    crtc_write(CURSOR_LOW, old);
    return first && second;
}

/* The highest bit of the colours is brightness, not blinking (attribute controller, bit 3 of its
 * mode register). Reading port 0x3da makes the next access to 0x3c0 an index. */
static void no_blinking(void)
{
    enum { ATTR = 0x3c0, ATTR_READ = 0x3c1, STATUS = 0x3da, MODE = 0x10 | 0x20, BLINK = 8 };
    inb(STATUS);
    outb(ATTR, MODE);
    u8 mode = inb(ATTR_READ);
    outb(ATTR, mode & ~BLINK);
}

const struct screen *vga_init(void)
{
    static const struct screen screen = {.name = "VGA text",
                                         .rows = ROWS,
                                         .columns = COLUMNS,
                                         .draw = vga_draw,
                                         .hide_cursor = vga_hide_cursor};
    bool graphics = bootinfo.fb.present && !bootinfo.fb.text;
    if (graphics || !present())
        return NULL;
    text = mmio_map(TEXT_MEMORY, sizeof *text * ROWS * COLUMNS, MMIO_UNCACHED);
    if (text)
        no_blinking();
    return text ? &screen : NULL;
}
