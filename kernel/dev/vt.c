/* vt.c: /dev/tty1: keyboard, terminal emulator and screen put together.
 *
 * Output passes two stages. Feeding the emulator from tty->out changes cells in memory, which is
 * quick and under a spinlock. Painting the cells is slow, so a thread does it: it copies a row
 * under the lock and draws, outside of it, the cells that differ from what the screen shows. A
 * program that prints much is thereby not slowed down by the screen; rows that scroll by unseen are
 * never painted.
 *
 * Kernel messages go the same way; in panic the sink paints by itself, with no lock.
 */
#include "dev/vt.h"
#include "debug/panic.h"
#include "dev/ansi.h"
#include "dev/kbd.h"
#include "dev/rank.h"
#include "dev/screen.h"
#include "dev/tty.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "sched/wait.h"

enum { FEED_BYTES = 256, FEEDS_A_PAINT = 64 };

/* key: l = lock, c = fixed by vt_init, t = the painter thread alone (or the panic) */
static struct vt {
    struct tty tty;
    const struct screen *screen; /* (c) NULL: none */
    struct spinlock lock;
    struct ansi ansi;                        /* (l) */
    struct waitq painter;                    /* the painter sleeps here */
    struct ansi_cell *shown;                 /* (t) what is on the screen */
    struct ansi_cell line[ANSI_MAX_COLUMNS]; /* (t) the row that is being painted */
    unsigned cursor_row, cursor_column;      /* (t) where the screen shows the cursor ... */
    bool cursor_shown;                       /* (t) ... if it does */
} vt;

/* ---- from the ring to the cells ---- */

/* Consume a piece of the output. False: nothing was there. */
static bool feed_locked(void) REQUIRES(&vt.lock)
{
    u8 text[FEED_BYTES];
    if (READ_ONCE(vt.tty.ld.stopped))
        return false;
    u32 n = ring_read(&vt.tty.out, text, sizeof text);
    ansi_write(&vt.ansi, text, n);
    return n > 0;
}

/* What a program asked the terminal, the terminal types. */
static void send_answer(void)
{
    char answer[ANSI_ANSWER];
    spin_lock(&vt.lock);
    unsigned n = vt.ansi.answer_len;
    memcpy(answer, vt.ansi.answer, n);
    vt.ansi.answer_len = 0;
    spin_unlock(&vt.lock);
    if (n > 0)
        tty_input(&vt.tty, (const u8 *)answer, n);
}

static bool feed(void)
{
    spin_lock(&vt.lock);
    bool fed = feed_locked();
    spin_unlock(&vt.lock);
    if (fed) {
        send_answer();
        tty_output_moved(&vt.tty);
    }
    return fed;
}

/* ---- from the cells to the screen ---- */

static bool cell_equal(struct ansi_cell a, struct ansi_cell b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Draw the places of vt.line that differ from what the screen shows. */
static void paint_row(unsigned row)
{
    struct ansi_cell *shown = vt.shown + (size_t)row * vt.screen->columns;
    for (unsigned c = 0; c < vt.screen->columns; c++) {
        if (cell_equal(vt.line[c], shown[c]))
            continue;
        shown[c] = vt.line[c];
        vt.screen->draw(row, c, &shown[c], 1, false);
    }
}

static void paint_cursor(unsigned row, unsigned column, bool visible)
{
    size_t old = (size_t)vt.cursor_row * vt.screen->columns + vt.cursor_column;
    size_t new = (size_t)row *vt.screen->columns + column;
    if (vt.cursor_shown)
        vt.screen->draw(vt.cursor_row, vt.cursor_column, &vt.shown[old], 1, false);
    vt.cursor_row = row;
    vt.cursor_column = column;
    vt.cursor_shown = visible;
    if (visible)
        vt.screen->draw(row, column, &vt.shown[new], 1, true);
    else if (vt.screen->hide_cursor)
        vt.screen->hide_cursor();
}

/* Copy the first dirty row to vt.line and call it clean. Returns its number, or `rows`. */
static unsigned take_dirty_row(void) REQUIRES(&vt.lock)
{
    unsigned row = bitmap_next_set(vt.ansi.dirty, vt.ansi.rows, 0);
    if (row < vt.ansi.rows) {
        bitmap_clear(vt.ansi.dirty, row);
        memcpy(vt.line, vt.ansi.cells + (size_t)row * vt.ansi.columns,
               vt.ansi.columns * sizeof *vt.line);
    }
    return row;
}

static void paint(void)
{
    for (;;) {
        spin_lock(&vt.lock);
        unsigned row = take_dirty_row();
        unsigned at = vt.ansi.row, column = vt.ansi.column;
        bool visible = vt.ansi.cursor_visible;
        spin_unlock(&vt.lock);
        if (row == vt.screen->rows) {
            paint_cursor(at, column, visible);
            return;
        }
        paint_row(row);
    }
}

static bool work_to_do(void)
{
    bool fed = ring_used(&vt.tty.out) && !READ_ONCE(vt.tty.ld.stopped);
    return fed || bitmap_next_set(vt.ansi.dirty, vt.ansi.rows, 0) < vt.ansi.rows;
}

static void painter(void *arg)
{
    for (;;) {
        (void)wait_event(&vt.painter, WAIT_WORK, work_to_do());
        for (int i = 0; i < FEEDS_A_PAINT && feed(); i++)
            ; /* a program that never pauses is to be seen too */
        paint();
    }
}

/* ---- the driver ---- */

static void vt_start(struct tty *tty)
{
    waitq_wake_all(&vt.painter, 0);
}

static void vt_drain(struct tty *tty)
{
    while (feed())
        ;
    waitq_wake_all(&vt.painter, 0);
}

static void vt_discard(struct tty *tty)
{
    spin_lock(&vt.lock);
    ring_skip(&vt.tty.out, ring_used(&vt.tty.out));
    spin_unlock(&vt.lock);
}

static const struct tty_driver driver = {
    .start = vt_start,
    .drain = vt_drain,
    .discard = vt_discard,
};

/* Every other CPU is stopped, perhaps in the middle of feeding or painting: take the cells as they
 * are, add the text, and paint what differs. */
static void panic_write(int level, const char *text, size_t len) NO_THREAD_SAFETY_ANALYSIS
{
    if (!panic_active())
        return;
    vt.ansi.state = ANSI_TEXT;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            ansi_write(&vt.ansi, (const u8 *)"\r", 1);
        ansi_write(&vt.ansi, (const u8 *)&text[i], 1);
    }
    for (unsigned row; (row = take_dirty_row()) < vt.screen->rows;)
        paint_row(row);
}

static struct klog_sink panic_sink = {
    .name = "panic screen",
    .max_level = KLOG_CRIT,
    .panic_safe = true,
    .write = panic_write,
};

/* ---- set-up ---- */

static bool cells_init(void)
{
    size_t n = (size_t)vt.screen->rows * vt.screen->columns;
    struct ansi_cell *cells = kcalloc(n, sizeof *cells);
    vt.shown = kcalloc(n, sizeof *vt.shown); /* like nothing that can be shown: all is painted */
    if (!cells || !vt.shown)
        return false;
    ansi_init(&vt.ansi, vt.screen->rows, vt.screen->columns, cells);
    return true;
}

void vt_init(void)
{
    const struct screen *screen = fb_init();
    if (!screen)
        screen = vga_init();
    if (!screen)
        return;
    vt.screen = screen;
    spin_init(&vt.lock, "vt", RANK_TTY_DRIVER);
    waitq_init(&vt.painter, "vt painter");
    tty_init(&vt.tty, "tty1", DEV_MAKE(4, 1), &driver);
    vt.tty.size = (struct winsize){.ws_row = screen->rows, .ws_col = screen->columns};
    struct thread *t = cells_init() ? thread_create("vt", painter, NULL) : NULL;
    if (!t || tty_register(&vt.tty)) {
        klog_err("vt: no memory for the screen");
        vt.screen = NULL;
        return;
    }
    thread_run(t);
    thread_put(t);
    klog_sink_register(&panic_sink, false);
    int err = kbd_init(&vt.tty);
    klog("vt: %s, %u by %u%s", screen->name, screen->columns, screen->rows,
         err ? ", no keyboard" : "");
}

struct tty *vt_tty(void)
{
    return vt.screen ? &vt.tty : NULL;
}
