/* ldisc.h: the line discipline, the part of a terminal that makes keys into lines and programs'
 * output into what a printer of 1970 understands (POSIX, "General Terminal Interface").
 *
 * It is a pure machine: characters go in, what programs may read collects in a buffer, what the
 * user shall see (echo and output) goes to a byte ring, and signals are returned as a set. It
 * knows no locks, no processes and no devices; tty.c supplies these and serialises every call. So
 * it runs under a host test as it stands. */
#pragma once

#include "abi/termios.h"
#include "lib/bitmap.h"
#include "lib/ring.h"
#include "lib/types.h"

enum {
    LDISC_BUF = 4096,      /* bytes typed ahead, a power of two; a line has at most one less */
    LDISC_ECHO_ROOM = 256, /* of the output ring: programs leave it to the echo */
};

/* Positions count bytes for ever, as in lib/ring.h: tail <= line_start <= head <= tail +
 * LDISC_BUF. */
struct ldisc {
    struct termios t;
    u8 buf[LDISC_BUF];
    BITMAP_DECLARE(ends, LDISC_BUF); /* bytes that end a line; a NUL so marked is end-of-file */
    u32 tail;                        /* the next byte that a program reads */
    u32 line_start;    /* canonical mode: complete lines before it, the edited one behind */
    u32 head;          /* where the next key goes */
    u32 column;        /* of the cursor, as far as our own output tells */
    u32 line_column;   /* where the edited line began on the screen */
    bool literal_next; /* ^V was typed */
    bool stopped;      /* ^S was typed: the driver holds the output back */
    struct ring *out;  /* to the device; we are its only producer */
    void (*discard)(struct ldisc *ld); /* empty `out`, as only its consumer may; may be NULL */
};

/* What happened that only the terminal can act on; bits of ldisc_input's result. */
enum {
    LD_INTR = 1,
    LD_QUIT = 2,
    LD_SUSP = 4,     /* signals for the foreground group */
    LD_READABLE = 8, /* there is more to read than before */
    LD_START = 16,   /* output may go on (^Q) */
};

/* The usual settings: canonical, echo, signals, \r and \n translated. */
void ldisc_init(struct ldisc *ld, struct ring *out);
/* New settings; what has been typed stays readable under the new rules. Returns LD_ bits. */
u32 ldisc_set_termios(struct ldisc *ld, const struct termios *t);

/* Keys: n bytes as the device gave them. Stores in *taken how many were used up: fewer than n when
 * programs do not read what is there (then the device should hold back). Returns LD_ bits. */
u32 ldisc_input(struct ldisc *ld, const u8 *keys, size_t n, size_t *taken);
/* A break condition on the line. Returns LD_ bits. */
u32 ldisc_break(struct ldisc *ld);

/* Take what a read(2) of up to n bytes may get: one line in canonical mode. Returns the number of
 * bytes. *more: another piece of the same read could follow at once (the line, or the typed bytes,
 * go on); *eof: this was end-of-file. */
size_t ldisc_read(struct ldisc *ld, void *to, size_t n, bool *more, bool *eof);
/* How many bytes could be read without waiting (FIONREAD). */
size_t ldisc_readable(const struct ldisc *ld);
/* Would a read find something, with `min` bytes wanted in raw mode? End-of-file counts. */
bool ldisc_ready(const struct ldisc *ld, size_t min);
/* Will ldisc_input take another key? */
bool ldisc_has_room(const struct ldisc *ld);
/* Forget what was typed and not read. */
void ldisc_flush_input(struct ldisc *ld);

/* Put a program's output into the ring, translated. Returns how many bytes of it fitted. */
size_t ldisc_output(struct ldisc *ld, const u8 *text, size_t n);
/* How many bytes a program could surely write now. */
size_t ldisc_output_room(const struct ldisc *ld);
/* Show a message that is no program's, on lines of its own, and then again what was being typed.
 * Needs room for twice n bytes, or it is cut. */
void ldisc_message(struct ldisc *ld, const u8 *text, size_t n);

static inline bool ldisc_canonical(const struct ldisc *ld)
{
    return ld->t.c_lflag & ICANON;
}
