/* Terminals: a device made of memory, with kernel threads as its users. (The line discipline itself
 * is tested on the host.)
 */
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "crew.h"
#include "debug/ktest.h"
#include "dev/tty.h"
#include "fs/file.h"
#include "fs/poll.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm/uio.h"

enum { SENT_MAX = 32768 };

/* What the device has sent, if it is not held up. */
static struct device {
    struct tty tty;
    struct spinlock lock;
    bool stuck;
    unsigned resumed;
    size_t sent;
    u8 text[SENT_MAX];
} device;

static void move(bool all)
{
    spin_lock(&device.lock);
    size_t room = MIN((size_t)SENT_MAX - device.sent, all ? (size_t)SENT_MAX : 7);
    if (!device.stuck)
        device.sent += ring_read(&device.tty.out, device.text + device.sent, room);
    spin_unlock(&device.lock);
    tty_output_moved(&device.tty);
}

static void device_start(struct tty *tty)
{
    move(false); /* a slow one: the rest waits for the next call */
}

static void device_drain(struct tty *tty)
{
    move(true);
}

static void device_discard(struct tty *tty)
{
    ring_skip(&tty->out, ring_used(&tty->out));
}

static void device_resume(struct tty *tty)
{
    device.resumed++;
}

static const struct tty_driver driver = {.start = device_start,
                                         .drain = device_drain,
                                         .discard = device_discard,
                                         .resume = device_resume};

static struct file *device_open(void)
{
    memset(&device, 0, sizeof device);
    spin_init(&device.lock, "test device", RANK_LEAF(LIB));
    tty_init(&device.tty, "test", DEV_MAKE(4, 200), &driver);
    struct file *f = kzalloc(sizeof *f);
    ASSERT(f && tty_open_as(&device.tty, f, true) == 0);
    return f;
}

static void device_close(struct file *f)
{
    f->ops->release(f);
    kfree(f);
}

static ssize_t read_file(struct file *f, void *buf, size_t n)
{
    struct uio uio;
    uio_kernel(&uio, buf, n, UIO_READ);
    return f->ops->read(f, &uio, NULL);
}

static ssize_t write_file(struct file *f, const char *text, size_t n)
{
    struct uio uio;
    uio_kernel(&uio, (void *)(u64)text, n, UIO_WRITE);
    return f->ops->write(f, &uio, NULL);
}

static void type(const char *keys)
{
    tty_input(&device.tty, (const u8 *)keys, strlen(keys));
}

static void raw(u8 min, u8 time)
{
    struct termios t = device.tty.ld.t;
    t.c_lflag &= ~(ICANON | ECHO | ISIG);
    t.c_oflag = 0;
    t.c_cc[VMIN] = min;
    t.c_cc[VTIME] = time;
    spin_lock(&device.tty.lock);
    ldisc_set_termios(&device.tty.ld, &t);
    spin_unlock(&device.tty.lock);
}

/* Catches: a line given out in pieces that do not belong together, a reader that waits although a
 * line is there. */
KTEST(tty_reads_lines)
{
    char buf[64];
    struct file *f = device_open();
    type("first\nsecond\n");
    ssize_t a = read_file(f, buf, sizeof buf);
    bool first = a == 6 && memcmp(buf, "first\n", 6) == 0;
    ssize_t b = read_file(f, buf, 3), c = read_file(f, buf, sizeof buf);
    atomic_store(&f->flags, O_NONBLOCK);
    ssize_t d = read_file(f, buf, sizeof buf);
    type("\x04");
    ssize_t e = read_file(f, buf, sizeof buf);
    device_close(f);
    KT_ASSERT(first);
    KT_EQ(b, 3);
    KT_EQ(c, 4);
    KT_EQ(d, -EAGAIN);
    KT_EQ(e, 0);
}

static struct {
    struct file *file;
    char buf[64];
    ssize_t n;
} reading;

static void reader(struct crew_member *m)
{
    reading.n = read_file(reading.file, reading.buf, sizeof reading.buf);
}

/* Catches: a lost wake-up between the look and the sleep; a read that ends before its line does. */
KTEST(tty_wakes_a_reader)
{
    struct crew crew;
    reading.file = device_open();
    for (int i = 0; i < 20; i++) {
        crew_start(&crew, 1, reader, NULL);
        spin_ns(i * 20000);
        type("wo");
        spin_ns(20000);
        type("rd\n");
        crew_join(&crew);
        if (reading.n != 5)
            break;
    }
    device_close(reading.file);
    KT_EQ(reading.n, 5);
}

/* Catches: the four cases of POSIX, "Non-Canonical Mode Input Processing", mixed up. */
KTEST(tty_min_and_time)
{
    char buf[16];
    struct file *f = device_open();
    raw(0, 0);
    ssize_t nothing = read_file(f, buf, sizeof buf);
    raw(0, 1);
    u64 start = now_ns();
    ssize_t timeout = read_file(f, buf, sizeof buf);
    u64 waited = now_ns() - start;
    raw(0, 22); /* in nanoseconds the first that no int can hold */
    start = now_ns();
    ssize_t later = read_file(f, buf, sizeof buf);
    u64 waited_long = now_ns() - start;
    raw(3, 0);
    type("abcd");
    ssize_t three = read_file(f, buf, 3), one = 0;
    atomic_store(&f->flags, O_NONBLOCK);
    one = read_file(f, buf, sizeof buf);
    atomic_store(&f->flags, 0);
    raw(5, 1);
    type("xy");
    ssize_t two = read_file(f, buf, sizeof buf); /* the second byte starts a time limit */
    device_close(f);
    KT_EQ(nothing, 0);
    KT_EQ(timeout, 0);
    KT_ASSERT(waited >= 99 * NS_PER_MS);
    KT_EQ(later, 0);
    KT_ASSERT(waited_long >= 2199 * NS_PER_MS);
    KT_EQ(three, 3);
    KT_EQ(one, 1);
    KT_EQ(two, 2);
}

enum { WRITE_LEN = 60, WRITES = 40 };

static void writer(struct crew_member *m)
{
    char line[WRITE_LEN];
    memset(line, 'a' + m->index, sizeof line - 1);
    line[WRITE_LEN - 1] = '\n';
    for (int i = 0; i < WRITES; i++)
        write_file(reading.file, line, sizeof line);
}

static bool lines_are_whole(size_t *lines)
{
    const u8 *p = device.text;
    for (*lines = 0; p < device.text + device.sent; p += WRITE_LEN, ++*lines)
        for (int i = 1; i < WRITE_LEN; i++)
            if (p[i] != (i == WRITE_LEN - 1 ? '\n' : p[0]))
                return false;
    return true;
}

static void mover(struct crew_member *m)
{
    while (device.sent < 4 * WRITES * WRITE_LEN) {
        move(false);
        sched_yield();
    }
}

/* Catches: the output of one write(2) torn apart by another's, lost when the device is slow, or a
 * writer that is never woken. */
KTEST(tty_writes_are_whole)
{
    static struct crew crew, pump;
    size_t lines;
    reading.file = device_open();
    raw(1, 0);
    crew_start(&pump, 1, mover, NULL);
    crew_start(&crew, 4, writer, NULL);
    crew_join(&crew);
    crew_join(&pump);
    bool whole = lines_are_whole(&lines);
    device_close(reading.file);
    KT_ASSERT(whole);
    KT_EQ(lines, 4 * WRITES);
}

/* Catches: readiness that is announced wrongly: a program that polls would spin, or hang. */
KTEST(tty_polls)
{
    static char big[TTY_OUT_BYTES];
    struct file *f = device_open();
    u32 idle = f->ops->poll(f, NULL);
    type("part");
    u32 half = f->ops->poll(f, NULL);
    type("\n");
    u32 line = f->ops->poll(f, NULL);
    device.stuck = true;
    atomic_store(&f->flags, O_NONBLOCK);
    memset(big, 'x', sizeof big);
    ssize_t wrote = write_file(f, big, sizeof big);
    u32 full = f->ops->poll(f, NULL);
    ssize_t more = write_file(f, big, 1000);
    device_close(f);
    KT_EQ(idle & (POLLIN | POLLOUT), POLLOUT);
    KT_EQ(half & (POLLIN | POLLOUT), POLLOUT);
    KT_EQ(line & (POLLIN | POLLOUT), POLLIN | POLLOUT);
    KT_ASSERT(wrote > 0 && wrote < TTY_OUT_BYTES);
    KT_EQ(full & (POLLIN | POLLOUT), POLLIN);
    KT_EQ(more, -EAGAIN);
}

/* Catches: a device that was told to wait and never told to go on. */
KTEST(tty_lets_the_device_go_on)
{
    char buf[64];
    struct file *f = device_open();
    size_t taken = 0, n = 0;
    for (int i = 0; i < 1000; i++) {
        size_t once = tty_input(&device.tty, (const u8 *)"0123456789\n", 11);
        taken += once;
        if (once < 11)
            break;
    }
    bool full = !tty_has_room(&device.tty);
    unsigned before = device.resumed;
    n = read_file(f, buf, sizeof buf);
    unsigned after = device.resumed;
    device_close(f);
    KT_ASSERT(full && taken < LDISC_BUF);
    KT_EQ(n, 11);
    KT_EQ(before, 0);
    KT_EQ(after, 1);
}

/* Catches: a kernel message that lands in the middle of what is being typed and hides it. */
KTEST(tty_message_keeps_the_typed_line)
{
    struct file *f = device_open();
    type("ec");
    tty_message(&device.tty, "hello\n", 6);
    tty_message(&device.tty, "", 0);
    bool shown = device.sent >= 13 && memcmp(device.text, "ec\r\nhello\r\nec", 13) == 0;
    device_close(f);
    KT_ASSERT(shown);
}
