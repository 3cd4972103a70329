/* tty_priv.h: what the files of the terminal share. */
#pragma once

#include "dev/tty.h"
#include "fs/file.h"
#include "lib/types.h"

/* One open file. */
struct tty_file {
    struct tty *tty;
    u32 hangups;  /* tty->hangups when it was opened */
    bool console; /* opened as /dev/console */
};

extern const struct file_ops tty_file_ops;

static inline struct tty *file_tty(const struct file *file)
{
    return ((struct tty_file *)file->priv)->tty;
}

/* Has the terminal hung up since this file was opened? */
static inline bool tty_hung_up(const struct tty_file *tf)
{
    return !tf->console && READ_ONCE(tf->tty->hangups) != tf->hangups;
}

/* Wait until the output has left. 0 or -EINTR. */
MUST_CHECK int tty_drain(struct tty *tty);
void tty_flush_input(struct tty *tty);
/* Room may have appeared: let a device that held keys back go on. */
void tty_resume(struct tty *tty);
long tty_ioctl(struct file *file, unsigned long cmd, uaddr_t arg);

/* --- who the terminal belongs to (tty_job.c) --- */

/* May the caller, if this is its controlling terminal, use it now? 0; -EINTR after it was sent
 * `sig` (SIGTTIN, SIGTTOU) as a background process; -EIO where stopping it would be for ever. A
 * process that ignores or blocks SIGTTOU may go on; with SIGTTIN it gets -EIO. */
MUST_CHECK int tty_check_foreground(struct tty *tty, int sig);
/* Send what events (LD_INTR ...) call for to the foreground group. */
void tty_signal(struct tty *tty, u32 events) REQUIRES(&tty->lock);
/* An open by a session leader without terminal makes this its own. */
void tty_adopt(struct tty *tty);
int tty_set_controlling(struct tty *tty, bool steal);
int tty_give_up(struct tty *tty);
long tty_get_foreground(struct tty *tty);
int tty_set_foreground(struct tty *tty, pid_t id);
long tty_get_session(struct tty *tty);
void tty_job_init(void);
