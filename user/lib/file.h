/* struct FILE, for the two files that implement streams. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* A stream buffers in one direction at a time. Reading: buf[pos, len) is read but not yet taken.
 * Writing: buf[0, len) is put but not yet written, and pos is 0. */
struct FILE {
    int fd;
    bool readable, writable, writing, at_end, failed, allocated;
    int mode; /* _IOFBF, _IOLBF, _IONBF, or MODE_UNDECIDED */
    size_t pos, len;
    pid_t child; /* popen's, or 0 */
    FILE *next;  /* all open streams */
    char *buf; /* BUFSIZ bytes */
};

#define MODE_UNDECIDED (-1) /* line-buffered if it turns out to be a terminal */

extern FILE *__open_files;
