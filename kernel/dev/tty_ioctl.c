/* tty_ioctl.c: settings and questions about a terminal (ioctl_tty(2)).
 *
 * Arguments are copied before anything is done and results after: no user memory is touched under
 * tty->lock. A request that would disturb the foreground's terminal counts as output: a background
 * process is stopped by SIGTTOU first.
 */
#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "dev/tty_priv.h"
#include "proc/signal.h"
#include "sched/wait.h"

static long get_termios(struct tty *tty, uaddr_t arg)
{
    spin_lock(&tty->lock);
    struct termios t = tty->ld.t;
    spin_unlock(&tty->lock);
    return copy_out(arg, &t, sizeof t);
}

void tty_flush_input(struct tty *tty)
{
    spin_lock(&tty->lock);
    ldisc_flush_input(&tty->ld);
    spin_unlock(&tty->lock);
    tty_resume(tty);
}

static void flush_output(struct tty *tty)
{
    tty->driver->discard(tty);
    tty_output_moved(tty);
}

static void set_termios(struct tty *tty, const struct termios *t)
{
    spin_lock(&tty->lock);
    u32 events = ldisc_set_termios(&tty->ld, t);
    spin_unlock(&tty->lock);
    if (events & LD_READABLE)
        waitq_wake_all(&tty->read_wait, POLLIN | POLLRDNORM);
    tty->driver->start(tty);
    tty_resume(tty);
}

/* TCSETS now, TCSETSW after the output, TCSETSF after the output and without what was typed. */
static long change_termios(struct tty *tty, unsigned long cmd, uaddr_t arg)
{
    struct termios t;
    int err = copy_in(&t, arg, sizeof t);
    if (!err && cmd != TCSETS)
        err = tty_drain(tty);
    if (err)
        return err;
    if (cmd == TCSETSF)
        tty_flush_input(tty);
    set_termios(tty, &t);
    return 0;
}

static long flush(struct tty *tty, u64 which)
{
    if (which != TCIFLUSH && which != TCOFLUSH && which != TCIOFLUSH)
        return -EINVAL;
    if (which != TCOFLUSH)
        tty_flush_input(tty);
    if (which != TCIFLUSH)
        flush_output(tty);
    return 0;
}

/* tcflow(3): stop and start the output, as ^S and ^Q do. (The other end is not told: there is no
 * serial flow control.) */
static long flow(struct tty *tty, u64 action)
{
    enum { TC_OUT_OFF, TC_OUT_ON, TC_IN_OFF, TC_IN_ON };
    if (action > TC_IN_ON)
        return -EINVAL;
    if (action > TC_OUT_ON)
        return 0;
    spin_lock(&tty->lock);
    tty->ld.stopped = action == TC_OUT_OFF;
    spin_unlock(&tty->lock);
    tty->driver->start(tty);
    return 0;
}

void tty_set_size(struct tty *tty, const struct winsize *size)
{
    spin_lock(&tty->lock);
    bool changed = size->ws_row != tty->size.ws_row || size->ws_col != tty->size.ws_col ||
                   size->ws_xpixel != tty->size.ws_xpixel || size->ws_ypixel != tty->size.ws_ypixel;
    tty->size = *size;
    if (changed && tty->pgrp)
        signal_send_pgrp(tty->pgrp, SIGWINCH);
    spin_unlock(&tty->lock);
}

static long set_size(struct tty *tty, uaddr_t arg)
{
    struct winsize size;
    int err = copy_in(&size, arg, sizeof size);
    if (!err)
        tty_set_size(tty, &size);
    return err;
}

static long get_size(struct tty *tty, uaddr_t arg)
{
    spin_lock(&tty->lock);
    struct winsize size = tty->size;
    spin_unlock(&tty->lock);
    return copy_out(arg, &size, sizeof size);
}

/* A number, or the errno that stands in its place. */
static long give_int(long value, uaddr_t arg)
{
    int n = value;
    return value < 0 ? value : copy_out(arg, &n, sizeof n);
}

static long input_waiting(struct tty *tty)
{
    spin_lock(&tty->lock);
    size_t n = ldisc_readable(&tty->ld);
    spin_unlock(&tty->lock);
    return n;
}

static long set_foreground(struct tty *tty, uaddr_t arg)
{
    pid_t id;
    int err = copy_in(&id, arg, sizeof id);
    return err ? err : tty_set_foreground(tty, id);
}

static bool disturbs(unsigned long cmd)
{
    switch (cmd) {
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TCSBRK:
    case TCXONC:
    case TCFLSH:
    case TIOCSPGRP:
        return true;
    default:
        return false;
    }
}

long tty_ioctl(struct file *file, unsigned long cmd, uaddr_t arg)
{
    struct tty *tty = file_tty(file);
    if (tty_hung_up(file->priv))
        return -EIO;
    int err = disturbs(cmd) ? tty_check_foreground(tty, SIGTTOU) : 0;
    if (err)
        return err;
    switch (cmd) {
    case TCGETS:
        return get_termios(tty, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return change_termios(tty, cmd, arg);
    case TCSBRK:
        return tty_drain(tty); /* tcdrain(3); a break is not sent */
    case TCXONC:
        return flow(tty, arg.addr);
    case TCFLSH:
        return flush(tty, arg.addr);
    case TIOCGWINSZ:
        return get_size(tty, arg);
    case TIOCSWINSZ:
        return set_size(tty, arg);
    case FIONREAD:
        return give_int(input_waiting(tty), arg);
    case TIOCOUTQ:
        return give_int(ring_used(&tty->out), arg);
    case TIOCSCTTY:
        return tty_set_controlling(tty, arg.addr == 1);
    case TIOCNOTTY:
        return tty_give_up(tty);
    case TIOCGPGRP:
        return give_int(tty_get_foreground(tty), arg);
    case TIOCSPGRP:
        return set_foreground(tty, arg);
    case TIOCGSID:
        return give_int(tty_get_session(tty), arg);
    case TIOCGDEV:
        return give_int(tty->dev, arg);
    default:
        return -ENOTTY;
    }
}
