/* vfs.c: bringing fs/ up. */
#include "fs/vfs.h"
#include "fs/devfs.h"
#include "fs/mount.h"
#include "fs/names.h"
#include "fs/procfs.h"
#include "fs/random.h"
#include "fs/tmpfs.h"

void fs_init(void)
{
    random_init();
    dentry_init();
    file_init();
    files_init();
    tmpfs_init();
    mount_root("tmpfs", "mode=755");
    devfs_init();
    procfs_init();
}
