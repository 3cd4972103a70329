/* pagecache.h: the bytes of regular files, in the pages of inode->obj.
 *
 * A file system that keeps its files so puts these functions into its file_ops and answers
 * inode_ops.fill, reserve and unreserve. */
#pragma once

#include "fs/file.h"

/* file_ops of a regular file. */
ssize_t pagecache_read(struct file *f, struct uio *uio, u64 *pos);
ssize_t pagecache_write(struct file *f, struct uio *uio, u64 *pos);
int pagecache_mmap(struct file *f, struct map_request *req);

/* Move the end of the file; what is cut off is gone, what is added reads as zeros. inode->lock is
 * held. -EFBIG (FS_MAX_FILE_BYTES, RLIMIT_FSIZE). */
MUST_CHECK int pagecache_resize(struct inode *inode, u64 size);
/* lseek's SEEK_DATA and SEEK_HOLE: -ENXIO beyond the end. */
s64 pagecache_seek(struct inode *inode, s64 offset, int whence);
