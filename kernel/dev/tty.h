/* tty.h: a terminal: a line discipline between a device and the processes that use it, and who
 * among these it belongs to.
 *
 *      read(2)                             write(2)
 *         |                                   |
 *     ldisc buffer  <-- ldisc_input --.   ldisc_output --> out ring
 *                                     |   (echo goes there too)  |
 *                                 tty_input                 driver.start
 *                                     |                          |
 *                                  the device (uart, vt) --------'
 *
 * Input is processed where it arrives, in the interrupt, so ^C works however busy the programs are.
 * Output is put into a ring under the spinlock and moved to the device outside of it.
 *
 * A struct tty belongs to its driver, is made at boot and stays for ever. An open file refers to it
 * through a struct tty_file, which a hang-up makes useless (reads see end-of-file).
 */
#pragma once

#include "abi/types.h"
#include "dev/ldisc.h"
#include "lock/spinlock.h"
#include "sync/mutex.h"
#include "vm/uaccess.h"

struct file;
struct file_ops;
struct inode;
struct pgrp;
struct session;
struct tty;

enum { TTY_OUT_BYTES = 8192 };

/* What a device does for its terminal. A nested table: called from any context but NMI, with no
 * tty->lock held but for discard; the driver's own lock has RANK_TTY_DRIVER. */
struct tty_driver {
    /* There are bytes in tty->out and the output is not stopped: send what the device takes at
     * once, and see to it that the rest follows. */
    void (*start)(struct tty *tty);
    /* Send all of it now, by polling. */
    void (*drain)(struct tty *tty);
    /* Throw away what is in tty->out. */
    void (*discard)(struct tty *tty);
    /* tty_input took less than it was offered; now there is room. NULL: the device never waits. */
    void (*resume)(struct tty *tty);
};

/* key: l = lock, c = fixed at creation, o = the producer holds l, the consumer is the driver */
struct tty {
    const char *name;                /* (c) "ttyS0" */
    dev_t dev;                       /* (c) */
    const struct tty_driver *driver; /* (c) */
    struct spinlock lock;
    struct ldisc ld; /* (l) */
    struct ring out; /* (o) */
    u8 out_buf[TTY_OUT_BYTES];
    struct winsize size;     /* (l) */
    struct session *session; /* (l) whose controlling terminal it is; it lives as long */
    struct pgrp *pgrp;       /* (l) the foreground; a reference */
    u32 hangups;             /* (l) */
    struct waitq read_wait, write_wait;
    struct mutex read_lock, write_lock;
};

/* ---- for drivers ---- */

void tty_init(struct tty *tty, const char *name, dev_t dev, const struct tty_driver *driver);
/* Make /dev/NAME. 0 or an errno of devfs_add. */
MUST_CHECK int tty_register(struct tty *tty);
/* Keys have arrived. Returns how many were taken: hold the others back until driver->resume. Any
 * context but NMI. */
size_t tty_input(struct tty *tty, const u8 *keys, size_t n);
/* The line is in a break condition. */
void tty_break(struct tty *tty);
/* Bytes left tty->out: whoever waits for room goes on. */
void tty_output_moved(struct tty *tty);
bool tty_has_room(struct tty *tty);
/* The screen has another size: SIGWINCH to the foreground. */
void tty_set_size(struct tty *tty, const struct winsize *size);

/* ---- for the console ---- */

/* Show a kernel message, at once, on lines of its own. Any context but NMI; never sleeps. */
void tty_message(struct tty *tty, const char *text, size_t n);
/* Open `tty` as file: for device nodes that stand for another terminal. `console`: such a file
 * survives hang-ups and never makes the terminal a controlling one. */
int tty_open_as(struct tty *tty, struct file *file, bool console);

/* Registers /dev/tty and tells proc/ how terminals hang up. */
MUST_CHECK int tty_core_init(void);
