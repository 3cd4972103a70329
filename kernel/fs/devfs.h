/* devfs.h: devices by number and by name.
 *
 * A driver adds its device once; a node appears in /dev, and any node of that number, wherever
 * mknod made it, opens the same driver. */
#pragma once

#include "abi/types.h"
#include "fs/file.h"

/* Add the character device dev (DEV_MAKE) as /dev/NAME with mode's permission bits; name may
 * contain one slash ("pts/0"). ops->open finds priv already in file->priv; the driver may replace
 * both. ops with FILE_STREAM behaviour (no offset): `stream`. name, ops and priv must last. 0,
 * -EEXIST (number or name), -ENOMEM. May sleep. */
MUST_CHECK int devfs_add(const char *name, mode_t mode, dev_t dev, bool stream,
                         const struct file_ops *ops, void *priv);
/* Take the node away; files that are open stay. */
void devfs_remove(const char *name);
/* Boot: the file system "devtmpfs", with memdev_init's null, zero, full, random, urandom. */
void devfs_init(void);
void memdev_init(void);
