/* fb.c: a linear framebuffer of 32 bits a pixel, as GRUB or UEFI set it up, with characters of 8 by
 * 16 pixels. The cursor is a cell with its colours exchanged.
 */
#include "dev/font.h"
#include "dev/screen.h"
#include "lib/klog.h"
#include "mm/kmap.h"
#include "x86/bootinfo.h"

enum { SHAPES = FONT_LAST - FONT_FIRST + 2 }; /* the last one is for what is not drawn */

static u8 shapes[SHAPES][FONT_HEIGHT];
static u32 palette[16];
static char *pixels;

/* Colours as red, green, blue: those of the CGA, a little softened. */
static const u8 colours[16][3] = {
    {0, 0, 0},       {205, 49, 49},   {13, 188, 121}, {229, 229, 16},
    {36, 114, 200},  {188, 63, 188},  {17, 168, 205}, {204, 204, 204},
    {102, 102, 102}, {241, 76, 76},   {35, 209, 139}, {245, 245, 67},
    {59, 142, 234},  {214, 112, 214}, {41, 184, 219}, {255, 255, 255},
};

static void palette_init(const struct boot_fb *fb)
{
    for (unsigned i = 0; i < 16; i++)
        palette[i] = (u32)colours[i][0] << fb->red_shift | (u32)colours[i][1] << fb->green_shift |
                     (u32)colours[i][2] << fb->blue_shift;
}

static void draw_cell(unsigned row, unsigned column, struct ansi_cell cell, bool cursor)
{
    bool drawn = cell.ch >= FONT_FIRST && cell.ch <= FONT_LAST;
    const u8 *shape = shapes[drawn ? cell.ch - FONT_FIRST : SHAPES - 1];
    u32 front = palette[cursor ? cell.background : cell.foreground];
    u32 back = palette[cursor ? cell.foreground : cell.background];
    char *line = pixels + (size_t)row * FONT_HEIGHT * bootinfo.fb.pitch + 4ul * column * FONT_WIDTH;
    for (unsigned y = 0; y < FONT_HEIGHT; y++, line += bootinfo.fb.pitch) {
        u8 bits = cell.underline && y == FONT_HEIGHT - 2 ? 0xff : shape[y];
        for (unsigned x = 0; x < FONT_WIDTH; x++)
            ((u32 *)line)[x] = bits & (0x80 >> x) ? front : back;
    }
}

static void fb_draw(unsigned row, unsigned column, const struct ansi_cell *cells, unsigned n,
                    bool cursor)
{
    for (unsigned i = 0; i < n; i++)
        draw_cell(row, column + i, cells[i], cursor && i == 0);
}

const struct screen *fb_init(void)
{
    static struct screen screen = {.name = "framebuffer", .draw = fb_draw};
    const struct boot_fb *fb = &bootinfo.fb;
    if (!fb->present || fb->text)
        return NULL;
    if (fb->bpp != 32) {
        klog_warn("fb: %u bits a pixel: only 32 are known", fb->bpp);
        return NULL;
    }
    screen.rows = MIN(fb->height / FONT_HEIGHT, (u32)ANSI_MAX_ROWS);
    screen.columns = MIN(fb->width / FONT_WIDTH, (u32)ANSI_MAX_COLUMNS);
    pixels = mmio_map(fb->addr, (size_t)fb->pitch * fb->height, MMIO_WRITE_COMBINING);
    if (!pixels || !screen.rows || !screen.columns)
        return NULL;
    palette_init(fb);
    for (unsigned i = 0; i < SHAPES; i++)
        font_glyph(FONT_FIRST + i, shapes[i]);
    return &screen;
}
