/* initrd.h: the first files: cpio archives of the boot loader, unpacked into the root.
 */
#pragma once

#include "lib/types.h"

/* Unpack every archive in [data, data + len): "newc" format, several may follow each other with
 * zeros between. The running thread is a kernel thread. Returns the number of files made; -EINVAL
 * after one line that says what is wrong and at which offset (what came before stays); -ENOSPC,
 * -ENOMEM. */
MUST_CHECK ssize_t initrd_unpack(const void *data, size_t len);
/* Boot: all modules of bootinfo; makes /dev, /proc, /tmp where missing and mounts what belongs
 * there. */
void initrd_load(void);
