/* pipe.h: a byte stream between those who write and those who read, with room for 64 KiB.
 *
 * pipe(2) makes one without a name; a fifo's comes to be with its first open. POSIX's rules: a read
 * waits while the pipe is empty and somebody could write, and is at the end of file when nobody
 * can; a write of at most PIPE_BUF bytes is never mixed with others; without readers it is -EPIPE
 * (sys/ raises SIGPIPE). */
#pragma once

#include "fs/file.h"

/* pipe2(2): two files with a reference each; flags O_NONBLOCK, O_DIRECT is refused (-EINVAL).
 * -ENFILE, -ENOMEM. */
MUST_CHECK int pipe_create(int flags, struct file **reader, struct file **writer);
/* F_GETPIPE_SZ and F_SETPIPE_SZ (bytes; rounded up to pages, a power of two). Negative: -EBADF (no
 * pipe), -EINVAL, -EBUSY (holds more than that), -EPERM (more than 1 MiB). */
MUST_CHECK long pipe_get_size(struct file *f);
MUST_CHECK long pipe_set_size(struct file *f, size_t bytes);
/* Boot: the slab cache, and opening of fifos. */
void pipe_init(void);
