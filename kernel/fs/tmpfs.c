/* tmpfs.c: a file system whose only copy of everything is in memory: files, limits, mounting.
 *
 * Its pager never evicts, so the pages of a file *are* the file, and one that is not there is a
 * hole. Names are in tmpfs_dir.c. Memory is bounded twice: in pages (size=) and in inodes
 * (nr_inodes=), each counted where it is taken and given back. */
#include "fs/tmpfs.h"
#include "debug/panic.h"
#include "fs/pagecache.h"
#include "fs/seq.h"
#include "fs/tmpfs_priv.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"

static struct kmem_cache *inode_cache;
static _Atomic u64 all_pages; /* of all instances: /proc/meminfo */

/* --- Pages and inodes, counted --- */

static int tmpfs_reserve(struct inode *inode, u64 index UNUSED)
{
    struct tmpfs *fs = tmpfs_of(inode->sb);
    spin_lock(&fs->lock);
    bool room = fs->pages < fs->max_pages;
    fs->pages += room;
    spin_unlock(&fs->lock);
    inode->nblocks += room;
    atomic_fetch_add_explicit(&all_pages, room, memory_order_relaxed);
    return room ? 0 : -ENOSPC;
}

static void tmpfs_unreserve(struct inode *inode, u64 npages)
{
    struct tmpfs *fs = tmpfs_of(inode->sb);
    inode->nblocks -= npages;
    atomic_fetch_sub_explicit(&all_pages, npages, memory_order_relaxed);
    spin_lock(&fs->lock);
    fs->pages -= npages;
    spin_unlock(&fs->lock);
}

u64 tmpfs_pages(void)
{
    return atomic_load_explicit(&all_pages, memory_order_relaxed);
}

static int tmpfs_fill(struct inode *inode UNUSED, u64 index UNUSED, void *page)
{
    page_zero(page);
    return 0;
}

static bool inode_take(struct tmpfs *fs, u64 *ino)
{
    spin_lock(&fs->lock);
    bool room = fs->inodes < fs->max_inodes;
    fs->inodes += room;
    *ino = fs->next_ino;
    fs->next_ino += room;
    spin_unlock(&fs->lock);
    return room;
}

static void inode_give_back(struct tmpfs *fs)
{
    spin_lock(&fs->lock);
    fs->inodes--;
    spin_unlock(&fs->lock);
}

/* --- Inodes --- */

static const struct file_ops tmpfs_file_fops = {
    .read = pagecache_read, .write = pagecache_write, .mmap = pagecache_mmap};

const struct inode_ops tmpfs_file_ops = {.reserve = tmpfs_reserve,
                                         .unreserve = tmpfs_unreserve,
                                         .fill = tmpfs_fill,
                                         .evict = tmpfs_evict};

static const struct inode_ops *ops_for(mode_t mode)
{
    return S_ISDIR(mode) ? &tmpfs_dir_ops : S_ISLNK(mode) ? &tmpfs_link_ops : &tmpfs_file_ops;
}

struct tmpfs_inode *tmpfs_inode_new(struct tmpfs *fs, const struct inode *dir, mode_t mode,
                                    dev_t rdev, int *err)
{
    u64 ino;
    *err = -ENOSPC;
    if (!inode_take(fs, &ino))
        return NULL;
    struct tmpfs_inode *t = kmem_cache_alloc(inode_cache);
    if (!t) {
        inode_give_back(fs);
        *err = -ENOMEM;
        return NULL;
    }
    inode_init(&t->vfs, &fs->super, ops_for(mode), ino, mode, dir);
    t->vfs.rdev = rdev;
    if (S_ISREG(mode)) {
        t->vfs.fops = &tmpfs_file_fops;
    } else if (S_ISDIR(mode)) {
        t->vfs.fops = &tmpfs_dir_fops;
        t->vfs.nlink = 2; /* its name and its "." */
        t->names = (struct rb_root)RB_ROOT_INIT;
    }
    t->target = S_ISLNK(mode) ? NULL : t->target;
    return t;
}

void tmpfs_evict(struct inode *inode)
{
    struct tmpfs_inode *t = tmpfs_inode_of(inode);
    struct tmpfs *fs = tmpfs_of(inode->sb);
    if (inode->nblocks)
        tmpfs_unreserve(inode, inode->nblocks);
    if (S_ISLNK(inode->mode))
        kfree(t->target);
    inode_give_back(fs);
    inode_fini(inode); /* may free fs */
    kmem_cache_free(inode_cache, t);
}

/* --- The super --- */

static void tmpfs_statfs(struct super *sb, struct statfs *out)
{
    struct tmpfs *fs = tmpfs_of(sb);
    spin_lock(&fs->lock);
    out->f_blocks = fs->max_pages;
    out->f_bfree = out->f_bavail = fs->max_pages - fs->pages;
    out->f_files = fs->max_inodes;
    out->f_ffree = fs->max_inodes - fs->inodes;
    spin_unlock(&fs->lock);
}

static void tmpfs_show_options(struct super *sb, struct seq *s)
{
    const struct tmpfs *fs = tmpfs_of(sb);
    seq_printf(s, ",size=%luk,nr_inodes=%lu", fs->max_pages * (u64)(PAGE_SIZE / 1024),
               fs->max_inodes);
}

static void tmpfs_unmount(struct super *sb)
{
    tmpfs_free_tree(tmpfs_of(sb)->root);
}

static void tmpfs_release(struct super *sb)
{
    kfree(tmpfs_of(sb));
}

static const struct super_ops tmpfs_super_ops = {
    .statfs = tmpfs_statfs,
    .show_options = tmpfs_show_options,
    .unmount = tmpfs_unmount,
    .release = tmpfs_release,
};

/* --- Mounting --- */

/* "64M", or "25%" of RAM; in bytes. */
static int parse_size(const char *text, u64 ram, u64 *out)
{
    const char *end;
    u64 percent;
    if (str_to_u64(text, &end, 10, &percent) == 0 && end[0] == '%' && !end[1]) {
        *out = percent <= 100 ? ram / 100 * percent : ram;
        return 0;
    }
    return str_to_size(text, out);
}

static int parse_option(struct tmpfs *fs, const char *key, const char *value, u64 ram, mode_t *mode)
{
    u64 n;
    if (strcmp(key, "size") == 0) {
        if (parse_size(value, ram, &n))
            return -EINVAL;
        fs->max_pages = n / PAGE_SIZE + (n % PAGE_SIZE != 0);
        return 0;
    }
    if (strcmp(key, "nr_inodes") == 0)
        return str_to_size(value, &fs->max_inodes) ? -EINVAL : 0;
    if (strcmp(key, "mode") == 0) {
        if (str_to_u64(value, NULL, 8, &n) || n > 07777)
            return -EINVAL;
        *mode = S_IFDIR | (mode_t)n;
        return 0;
    }
    return -EINVAL;
}

static int parse_options(struct tmpfs *fs, const char *options, u64 ram, mode_t *mode)
{
    char word[64];
    while (options && *options) {
        const char *comma = strchr(options, ',');
        size_t len = comma ? (size_t)(comma - options) : strlen(options);
        if (len >= sizeof word)
            return -EINVAL;
        memcpy(word, options, len);
        word[len] = '\0';
        options += len + (comma != NULL);
        char *value = strchr(word, '=');
        if (!value)
            return len ? -EINVAL : 0;
        *value++ = '\0';
        int err = parse_option(fs, word, value, ram, mode);
        if (err)
            return err;
    }
    return 0;
}

static int make_root(struct tmpfs *fs, mode_t mode)
{
    int err;
    fs->root = tmpfs_inode_new(fs, NULL, mode, 0, &err);
    if (!fs->root)
        return err;
    fs->super.root = dentry_root(&fs->super, inode_get(&fs->root->vfs));
    if (fs->super.root)
        return 0;
    inode_put(&fs->root->vfs);
    return -ENOMEM;
}

int tmpfs_super_new(const struct fs_type *type, const char *options, struct super **out)
{
    struct frame_stats ram;
    struct tmpfs *fs = kzalloc(sizeof *fs);
    if (!fs)
        return -ENOMEM;
    frame_stats(&ram);
    super_init(&fs->super, type, &tmpfs_super_ops, TMPFS_MAGIC);
    fs->super.flags = SUPER_RESIDENT;
    spin_init(&fs->lock, "tmpfs", RANK_SUPER);
    fs->max_pages = fs->max_inodes = ram.total / 2;
    fs->next_ino = 1;
    mode_t mode = S_IFDIR | S_ISVTX | 0777;
    int err = parse_options(fs, options, ram.total * PAGE_SIZE, &mode);
    if (!err)
        err = make_root(fs, mode);
    if (err) {
        super_put(&fs->super);
        return err;
    }
    *out = &fs->super;
    return 0;
}

static int tmpfs_mount(const char *source, const char *options, struct super **out);
static struct fs_type tmpfs_type = {.name = "tmpfs", .mount = tmpfs_mount, .flags = SUPER_NODEV};

static int tmpfs_mount(const char *source UNUSED, const char *options, struct super **out)
{
    return tmpfs_super_new(&tmpfs_type, options, out);
}

void tmpfs_init(void)
{
    inode_cache = kmem_cache_create("tmpfs inode", sizeof(struct tmpfs_inode), 0, NULL);
    if (!inode_cache)
        panic("no memory for tmpfs");
    fs_register(&tmpfs_type);
}
