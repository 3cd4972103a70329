/* tty.c: between the device and the line discipline, and the files that programs open.
 *
 * Every use of the line discipline is under tty->lock; user memory is touched outside of it,
 * through a small buffer. Two mutexes make read(2) and write(2) whole: read_lock lets one reader at
 * a time collect a line, write_lock keeps the bytes of one write(2) together. (tty_ioctl.c has
 * settings, tty_job.c job control.)
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "dev/rank.h"
#include "dev/tty_priv.h"
#include "fs/devfs.h"
#include "fs/poll.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/pgrp.h"
#include "x86/clock.h"

enum { CHUNK = 256 }; /* bytes between a program and the ring */
enum { DEFAULT_ROWS = 24, DEFAULT_COLUMNS = 80 };
#define VTIME_NS (100 * NS_PER_MS) /* the unit of c_cc[VTIME]; an enum would be an int */

/* ---- the device's side ---- */

static void discard(struct ldisc *ld)
{
    struct tty *tty = container_of(ld, struct tty, ld);
    tty->driver->discard(tty);
}

void tty_init(struct tty *tty, const char *name, dev_t dev, const struct tty_driver *driver)
{
    memset(tty, 0, sizeof *tty);
    tty->name = name;
    tty->dev = dev;
    tty->driver = driver;
    spin_init(&tty->lock, "tty", RANK_TTY);
    mutex_init(&tty->read_lock, "tty read", RANK_TTY_READ);
    mutex_init(&tty->write_lock, "tty write", RANK_TTY_WRITE);
    waitq_init(&tty->read_wait, "tty read wait");
    waitq_init(&tty->write_wait, "tty write wait");
    ring_init(&tty->out, tty->out_buf, sizeof tty->out_buf);
    ldisc_init(&tty->ld, &tty->out);
    tty->ld.discard = discard;
    tty->size = (struct winsize){.ws_row = DEFAULT_ROWS, .ws_col = DEFAULT_COLUMNS};
}

int tty_register(struct tty *tty)
{
    return devfs_add(tty->name, 0660, tty->dev, true, &tty_file_ops, tty);
}

static void after_input(struct tty *tty, u32 events)
{
    if (events & LD_READABLE)
        waitq_wake_all(&tty->read_wait, POLLIN | POLLRDNORM);
    tty->driver->start(tty); /* the echo, or what ^S held back */
}

size_t tty_input(struct tty *tty, const u8 *keys, size_t n)
{
    size_t taken;
    spin_lock(&tty->lock);
    u32 events = ldisc_input(&tty->ld, keys, n, &taken);
    tty_signal(tty, events);
    spin_unlock(&tty->lock);
    after_input(tty, events);
    return taken;
}

void tty_break(struct tty *tty)
{
    spin_lock(&tty->lock);
    u32 events = ldisc_break(&tty->ld);
    tty_signal(tty, events);
    spin_unlock(&tty->lock);
    after_input(tty, events);
}

bool tty_has_room(struct tty *tty)
{
    spin_lock(&tty->lock);
    bool room = ldisc_has_room(&tty->ld);
    spin_unlock(&tty->lock);
    return room;
}

void tty_resume(struct tty *tty)
{
    if (tty->driver->resume)
        tty->driver->resume(tty);
}

/* Waking a writer for every byte would make it the slave of the device's rhythm: half the ring is
 * worth a wake. The fence matches that of wait_prepare: either the writer sees the room that we
 * made, or we see the writer in the queue. */
void tty_output_moved(struct tty *tty)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (!waitq_empty(&tty->write_wait) && ring_used(&tty->out) <= TTY_OUT_BYTES / 2)
        waitq_wake_all(&tty->write_wait, POLLOUT | POLLWRNORM);
}

/* ---- reading ---- */

/* The rules of the read in progress; they may change while it waits. */
struct read_rules {
    bool canonical;
    size_t min;
    u64 time_ns;
};

static struct read_rules rules_of(const struct ldisc *ld)
{
    return (struct read_rules){.canonical = ldisc_canonical(ld),
                               .min = ld->t.c_cc[VMIN],
                               .time_ns = ld->t.c_cc[VTIME] * VTIME_NS};
}

/* Move one piece of input to the program. Returns its length or -EFAULT. */
static ssize_t read_piece(struct tty *tty, struct uio *uio, bool *more, bool *eof)
{
    u8 piece[CHUNK];
    spin_lock(&tty->lock);
    bool had_room = ldisc_has_room(&tty->ld);
    size_t n = ldisc_read(&tty->ld, piece, MIN(uio->resid, sizeof piece), more, eof);
    spin_unlock(&tty->lock);
    if (!had_room)
        tty_resume(tty);
    int err = n ? uio_move(piece, n, uio) : 0;
    return err ? err : (ssize_t)n;
}

static bool something_to_read(const struct tty_file *tf)
{
    struct tty *tty = tf->tty;
    spin_lock(&tty->lock);
    bool ready = ldisc_ready(&tty->ld, 1);
    spin_unlock(&tty->lock);
    return ready || tty_hung_up(tf);
}

/* Is a read that has `got` bytes, and finds no more at the moment, over? (POSIX, "Non-Canonical
 * Mode Input Processing") */
static bool read_is_over(const struct read_rules *r, ssize_t got)
{
    if (r->canonical)
        return got > 0;
    if (r->min == 0)
        return got > 0 || r->time_ns == 0;
    return got >= (ssize_t)r->min;
}

/* Wait for input. With a time limit it counts from the last byte, or, where no byte is demanded,
 * from the start of the read. */
static int read_wait(const struct tty_file *tf, const struct read_rules *r, ssize_t got, u64 start)
{
    u64 deadline = 0;
    if (!r->canonical && r->time_ns && (got > 0 || r->min == 0))
        deadline = (r->min == 0 ? start : now_ns()) + r->time_ns;
    return wait_event_until(&tf->tty->read_wait, WAIT_INTERRUPTIBLE, deadline,
                            something_to_read(tf));
}

static ssize_t read_locked(const struct tty_file *tf, struct uio *uio, bool nonblock)
{
    struct tty *tty = tf->tty;
    u64 start = now_ns();
    ssize_t got = 0;
    while (uio->resid > 0 && !tty_hung_up(tf)) {
        bool more, eof;
        int err = tty_check_foreground(tty, SIGTTIN);
        if (err)
            return got ? got : err;
        ssize_t n = read_piece(tty, uio, &more, &eof);
        if (n < 0)
            return got ? got : n;
        got += n;
        if (eof)
            break;
        if (more)
            continue;
        struct read_rules r = rules_of(&tty->ld);
        if (read_is_over(&r, got))
            break;
        err = nonblock ? -EAGAIN : read_wait(tf, &r, got, start);
        if (err == -ETIMEDOUT)
            break;
        if (err)
            return got ? got : err;
    }
    return got;
}

/* One at a time, in the manner of the file: -EAGAIN rather than wait where it is O_NONBLOCK. */
static int lock_for(struct mutex *m, bool nonblock) TRY_ACQUIRE(0, m) NO_THREAD_SAFETY_ANALYSIS
{
    if (nonblock)
        return mutex_trylock(m) ? 0 : -EAGAIN;
    return mutex_lock_interruptible(m);
}

static ssize_t tty_read(struct file *file, struct uio *uio, u64 *pos)
{
    struct tty_file *tf = file->priv;
    bool nonblock = file->flags & O_NONBLOCK;
    int err = lock_for(&tf->tty->read_lock, nonblock);
    if (err)
        return err;
    ssize_t n = read_locked(tf, uio, nonblock);
    mutex_unlock(&tf->tty->read_lock);
    return n;
}

/* ---- writing ---- */

static size_t put(struct tty *tty, const u8 *text, size_t n)
{
    spin_lock(&tty->lock);
    size_t done = ldisc_output(&tty->ld, text, n);
    spin_unlock(&tty->lock);
    tty->driver->start(tty);
    return done;
}

static bool can_write(const struct tty_file *tf)
{
    return ldisc_output_room(&tf->tty->ld) > 0 || tty_hung_up(tf);
}

/* Returns how many of the n bytes went out; fewer with *err set. */
static size_t put_all(const struct tty_file *tf, const u8 *text, size_t n, bool nonblock, int *err)
{
    size_t done = 0;
    for (*err = 0; done < n && !*err;) {
        if (tty_hung_up(tf))
            *err = -EIO;
        else
            done += put(tf->tty, text + done, n - done);
        if (done < n && !*err)
            *err = nonblock ? (can_write(tf) ? 0 : -EAGAIN)
                            : wait_event(&tf->tty->write_wait, WAIT_INTERRUPTIBLE, can_write(tf));
    }
    return done;
}

static ssize_t write_locked(const struct tty_file *tf, struct uio *uio, bool nonblock)
{
    u8 text[CHUNK];
    ssize_t sent = 0;
    while (uio->resid > 0) {
        size_t n = MIN(uio->resid, sizeof text);
        int err = uio_move(text, n, uio);
        if (!err)
            sent += put_all(tf, text, n, nonblock, &err);
        if (err)
            return sent ? sent : err;
    }
    return sent;
}

static ssize_t tty_write(struct file *file, struct uio *uio, u64 *pos)
{
    struct tty_file *tf = file->priv;
    bool nonblock = file->flags & O_NONBLOCK;
    bool polite = READ_ONCE(tf->tty->ld.t.c_lflag) & TOSTOP;
    int err = polite ? tty_check_foreground(tf->tty, SIGTTOU) : 0;
    if (err)
        return err;
    err = lock_for(&tf->tty->write_lock, nonblock);
    if (err)
        return err;
    ssize_t n = write_locked(tf, uio, nonblock);
    mutex_unlock(&tf->tty->write_lock);
    return n;
}

int tty_drain(struct tty *tty)
{
    int err = wait_event(&tty->write_wait, WAIT_INTERRUPTIBLE, ring_used(&tty->out) == 0);
    if (!err)
        tty->driver->drain(tty); /* what the device itself still holds */
    return err;
}

/* A message may come from under any sleeping lock, so by rank this spinlock may not be waited for.
 * Trying until it is free is safe nevertheless: nobody sleeps while holding it. */
void tty_message(struct tty *tty, const char *text, size_t n) NO_THREAD_SAFETY_ANALYSIS
{
    if (ring_free(&tty->out) < 4 * n)
        tty->driver->drain(tty);
    while (!spin_trylock(&tty->lock))
        cpu_pause();
    ldisc_message(&tty->ld, (const u8 *)text, n);
    spin_unlock(&tty->lock);
    tty->driver->drain(tty);
}

/* ---- files ---- */

static u32 tty_poll(struct file *file, struct poll_table *pt)
{
    struct tty_file *tf = file->priv;
    struct tty *tty = tf->tty;
    u32 ready = 0;
    poll_wait(pt, &tty->read_wait);
    poll_wait(pt, &tty->write_wait);
    if (tty_hung_up(tf))
        return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLHUP | POLLERR;
    spin_lock(&tty->lock);
    const cc_t *cc = tty->ld.t.c_cc;
    if (ldisc_ready(&tty->ld, cc[VTIME] == 0 ? cc[VMIN] : 1))
        ready |= POLLIN | POLLRDNORM;
    if (ring_used(&tty->out) <= TTY_OUT_BYTES / 2)
        ready |= POLLOUT | POLLWRNORM;
    spin_unlock(&tty->lock);
    return ready;
}

static void tty_release(struct file *file)
{
    kfree(file->priv);
}

int tty_open_as(struct tty *tty, struct file *file, bool console)
{
    struct tty_file *tf = kmalloc(sizeof *tf);
    if (!tf)
        return -ENOMEM;
    *tf = (struct tty_file){.tty = tty, .hangups = READ_ONCE(tty->hangups), .console = console};
    file->ops = &tty_file_ops;
    file->priv = tf;
    if (!console && !(file->flags & O_NOCTTY))
        tty_adopt(tty);
    return 0;
}

/* devfs has put the terminal into file->priv. */
static int tty_open(struct inode *inode, struct file *file)
{
    return tty_open_as(file->priv, file, false);
}

const struct file_ops tty_file_ops = {
    .open = tty_open,
    .release = tty_release,
    .read = tty_read,
    .write = tty_write,
    .ioctl = tty_ioctl,
    .poll = tty_poll,
};

/* /dev/tty: whatever terminal controls the opening process. */
static int own_tty_open(struct inode *inode, struct file *file)
{
    struct tty *tty = session_ctty();
    return tty ? tty_open_as(tty, file, false) : -ENXIO;
}

static const struct file_ops own_tty_ops = {.open = own_tty_open};

int tty_core_init(void)
{
    tty_job_init();
    return devfs_add("tty", 0666, DEV_MAKE(5, 0), true, &own_tty_ops, NULL);
}
