/* tmpfs.h: a file system in memory; the root is one. */
#pragma once

#include "lib/types.h"

/* Register "tmpfs". Mount options: size= (bytes, K, M, G or % of RAM; default half of RAM),
 * nr_inodes=, mode=. */
void tmpfs_init(void);
/* Pages that all of them hold now. */
u64 tmpfs_pages(void);
/* A tmpfs for use by another type (devfs). Takes the same options. */
struct fs_type;
struct super;
int tmpfs_super_new(const struct fs_type *type, const char *options, struct super **out);
