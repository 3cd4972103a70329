/* seq.h: text that grows: how /proc makes its files.
 *
 * The text is built in kernel memory first and only then copied to the program, so that no lock is
 * held across a copy (DESIGN, circle 1). What goes wrong meanwhile stays in `error`, and the reader
 * gets it: -ENOMEM from here, -ESRCH and others from those who print. */
#pragma once

#include "lib/types.h"

struct seq {
    char *buf;
    size_t len, room;
    int error;
};

void seq_init(struct seq *s);
void seq_free(struct seq *s);
/* May sleep (allocates): no spinlock held. */
void seq_printf(struct seq *s, const char *fmt, ...) PRINTF(2, 3);
void seq_puts(struct seq *s, const char *text);
void seq_write(struct seq *s, const void *data, size_t len);
void seq_putc(struct seq *s, char c);
/* A name as /proc shows it: blanks, newlines and backslashes as \ooo. */
void seq_escape(struct seq *s, const char *text, const char *escaped);
