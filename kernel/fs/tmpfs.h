/* tmpfs.h: a file system in memory; the root is one. */
#pragma once

/* Register "tmpfs". Mount options: size= (bytes, K, M, G or % of RAM; default half of RAM), nr_inodes=, mode=. */
void tmpfs_init(void);
