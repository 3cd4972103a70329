/* console.c: kernel messages on the terminals, and /dev/console (console.h).
 *
 * Messages are shown by whoever drains the log, at once and by polling: a message that explains a
 * hang must not wait for a thread to run. Serial lines have shown the messages of early boot
 * already, the screen has not, so they are two sinks.
 */
#include "dev/console.h"
#include "abi/errno.h"
#include "dev/tty.h"
#include "dev/uart.h"
#include "dev/vt.h"
#include "fs/devfs.h"
#include "fs/file.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"

enum { CONSOLES_MAX = 4, NAME_MAX_LEN = 32 };

static struct tty *consoles[CONSOLES_MAX];
static unsigned nconsoles;
static struct tty *main_console; /* /dev/console */

static bool is_serial(const struct tty *tty)
{
    return strncmp(tty->name, "ttyS", 4) == 0;
}

/* Last words (a dump, a panic) are shown on COM1 by the early console, which needs no help. */
static bool has_seen(const struct tty *tty, int level)
{
    return level <= KLOG_CRIT && tty == uart_tty(0);
}

static void show(bool serial, int level, const char *text, size_t len)
{
    for (unsigned i = 0; i < nconsoles; i++)
        if (is_serial(consoles[i]) == serial && !has_seen(consoles[i], level))
            tty_message(consoles[i], text, len);
}

static void serial_write(int level, const char *text, size_t len)
{
    show(true, level, text, len);
}

static void screen_write(int level, const char *text, size_t len)
{
    show(false, level, text, len);
}

static struct klog_sink serial_sink = {.name = "serial", .write = serial_write};
static struct klog_sink screen_sink = {.name = "screen", .write = screen_write};

/* --- which terminals --- */

/* By name, of which only the part before a comma counts: ttyS0,115200n8. NULL: no such terminal. */
static struct tty *find(const char *name)
{
    size_t len = strlen(name);
    const char *comma = strchr(name, ',');
    if (comma)
        len = comma - name;
    for (unsigned i = 0; i <= UARTS; i++) {
        struct tty *tty = i < UARTS ? uart_tty(i) : vt_tty();
        if (tty && strlen(tty->name) == len && strncmp(tty->name, name, len) == 0)
            return tty;
    }
    return NULL;
}

static void add(struct tty *tty)
{
    for (unsigned i = 0; i < nconsoles; i++)
        if (consoles[i] == tty)
            return;
    if (tty && nconsoles < CONSOLES_MAX)
        consoles[nconsoles++] = tty;
}

static void choose(void)
{
    char word[NAME_MAX_LEN];
    const char *pos = NULL;
    while (cmdline_next(&pos, word, sizeof word) && strcmp(word, "--") != 0) {
        if (strncmp(word, "console=", 8) != 0)
            continue;
        struct tty *tty = find(word + 8);
        if (!tty)
            klog_warn("console: there is no terminal %s", word + 8);
        add(tty);
        if (tty)
            main_console = tty;
    }
    if (nconsoles == 0) {
        add(find("ttyS0"));
        add(find("tty1"));
        main_console = consoles[0];
    }
}

/* --- /dev/console --- */

static int console_open(struct inode *inode, struct file *file)
{
    return main_console ? tty_open_as(main_console, file, true) : -ENODEV;
}

static const struct file_ops console_ops = {.open = console_open};

void console_init(void)
{
    choose();
    if (devfs_add("console", 0600, DEV_MAKE(5, 1), true, &console_ops, NULL))
        klog_err("console: no /dev/console");
    enum klog_level level = cmdline_flag("quiet") ? KLOG_WARN : KLOG_INFO;
    serial_sink.max_level = screen_sink.max_level = level;
    while (klog_pending())
        klog_drain(); /* to the early console, which is about to fall silent */
    klog_sink_register(&serial_sink, false);
    klog_sink_register(&screen_sink, true);
}
