/* devfs.c: devices by number, and the file system that shows them as nodes in /dev.
 *
 * The file system is one tmpfs for the whole machine, however often it is mounted, in which
 * devfs_add makes a node (as in Linux's devtmpfs): so chmod, links and further folders work there
 * as anywhere. Opening goes by number, through special_open, wherever the node lies. */
#include "fs/devfs.h"
#include "debug/panic.h"
#include "fs/mount.h"
#include "fs/names.h"
#include "fs/tmpfs.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/slab.h"

/* Never freed: an open file may refer to a device that was removed. */
struct device {
    struct list_head node; /* (devices_lock) in `devices` */
    const char *name;      /* (fixed) as the rest */
    dev_t dev;
    bool stream;
    const struct file_ops *ops;
    void *priv;
};

static struct spinlock devices_lock = SPINLOCK_INIT("devices", RANK_SUPER);
static struct list_head devices GUARDED_BY(devices_lock) = LIST_INIT(devices);
static struct path dev_root; /* of the instance; in a mount that hangs nowhere */

static struct device *find_number(dev_t dev) REQUIRES(&devices_lock)
{
    struct device *d;
    list_for_each_entry (d, &devices, node)
        if (d->dev == dev)
            return d;
    return NULL;
}

static struct device *find_name(const char *name) REQUIRES(&devices_lock)
{
    struct device *d;
    list_for_each_entry (d, &devices, node)
        if (strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

/* "pts/0" needs a folder pts; that it exists already is no error. */
static int make_folder(const char *name)
{
    char folder[FS_MAX_NAME + 1];
    const char *slash = strchr(name, '/');
    if (!slash)
        return 0;
    strlcpy(folder, name, MIN((size_t)(slash - name) + 1, sizeof folder));
    int err = name_make(&dev_root, folder, S_IFDIR | 0755, 0);
    return err == -EEXIST ? 0 : err;
}

static int make_node(const char *name, mode_t mode, dev_t dev)
{
    int err = make_folder(name);
    return err ? err : name_make(&dev_root, name, S_IFCHR | (mode & 0777), dev);
}

int devfs_add(const char *name, mode_t mode, dev_t dev, bool stream, const struct file_ops *ops,
              void *priv)
{
    struct device *d = kmalloc(sizeof *d);
    if (!d)
        return -ENOMEM;
    *d = (struct device){.name = name, .dev = dev, .stream = stream, .ops = ops, .priv = priv};
    spin_lock(&devices_lock);
    bool known = find_number(dev) || find_name(name);
    if (!known)
        list_add_tail(&devices, &d->node);
    spin_unlock(&devices_lock);
    int err = known ? -EEXIST : make_node(name, mode, dev);
    if (known)
        kfree(d);
    else if (err)
        devfs_remove(name);
    return err;
}

void devfs_remove(const char *name)
{
    spin_lock(&devices_lock);
    struct device *d = find_name(name);
    if (d)
        list_del(&d->node);
    spin_unlock(&devices_lock);
    if (name_unmake(&dev_root, name))
        return; /* a program has removed the node already */
}

/* special_open[SPECIAL_CHR] */
static int device_open(struct inode *inode, struct file *file)
{
    spin_lock(&devices_lock);
    struct device *d = find_number(inode->rdev);
    spin_unlock(&devices_lock);
    if (!d)
        return -ENXIO;
    file->ops = d->ops;
    file->priv = d->priv;
    if (d->stream)
        file->state |= FILE_STREAM;
    return d->ops->open ? d->ops->open(inode, file) : 0;
}

static int devfs_mount(const char *source UNUSED, const char *options UNUSED, struct super **out)
{
    *out = dev_root.mnt->sb; /* our own mount keeps it alive */
    return 0;
}

static struct fs_type devfs_type = {.name = "devtmpfs", .mount = devfs_mount, .flags = SUPER_NODEV};

/* What programs expect beside devices: names for one's own descriptors, and a place for shm_open.
 */
static int make_conventions(void)
{
    static const char *const link[][2] = {{"fd", "/proc/self/fd"},
                                          {"stdin", "/proc/self/fd/0"},
                                          {"stdout", "/proc/self/fd/1"},
                                          {"stderr", "/proc/self/fd/2"}};
    int err = name_make(&dev_root, "shm", S_IFDIR | S_ISVTX | 0777, 0);
    for (size_t i = 0; i < ARRAY_SIZE(link) && !err; i++)
        err = name_symlink(&dev_root, link[i][0], link[i][1]);
    return err;
}

void devfs_init(void)
{
    struct super *sb;
    int err = tmpfs_super_new(&devfs_type, "mode=755", &sb);
    struct mount *m = err ? NULL : mount_internal(sb);
    if (!m)
        panic("no memory for devfs");
    dev_root = (struct path){m, sb->root};
    path_get(&dev_root);
    if (make_conventions())
        panic("no memory for /dev");
    fs_register(&devfs_type);
    special_open[SPECIAL_CHR] = device_open;
    memdev_init();
}
