/* procfs.c: the file system /proc: one instance, and the tree of fixed files that layers add at
 * boot.
 *
 * It is dynamic: nothing of it is cached, each lookup makes an inode, and no lock is held while a
 * file is printed. */
#include "debug/panic.h"
#include "fs/procfs_priv.h"
#include "lib/string.h"
#include "mm/slab.h"

static struct proc_node root = {
    .children = LIST_INIT(root.children), .name = "", .mode = S_IFDIR | 0555, .ino = 1};
static u64 next_ino = 2;
static struct super super;
static struct kmem_cache *inode_cache;

/* --- Inodes --- */

struct proc_inode *proc_inode_new(u64 ino, mode_t mode, const struct inode_ops *ops,
                                  const struct file_ops *fops)
{
    struct proc_inode *p = kmem_cache_zalloc(inode_cache);
    if (!p)
        return NULL;
    inode_init(&p->vfs, &super, ops, ino, mode, NULL);
    p->vfs.fops = fops;
    p->vfs.nlink = S_ISDIR(mode) ? 2 : 1;
    return p;
}

void proc_evict(struct inode *inode)
{
    inode_fini(inode);
    kmem_cache_free(inode_cache, proc_inode_of(inode));
}

/* --- Fixed folders --- */

static int folder_lookup(struct inode *dir, const struct name *name, struct inode **out);
static int folder_readdir(struct file *f, struct dir_sink *sink, u64 *pos);

static const struct inode_ops folder_ops = {.lookup = folder_lookup, .evict = proc_evict};
static const struct file_ops folder_fops = {.readdir = folder_readdir};

static struct inode *node_inode(struct proc_node *node)
{
    const struct inode_ops *ops = S_ISDIR(node->mode)   ? &folder_ops
                                  : S_ISLNK(node->mode) ? &proc_link_ops
                                                        : &proc_file_ops;
    struct proc_inode *p = proc_inode_new(node->ino, node->mode, ops,
                                          S_ISDIR(node->mode) ? &folder_fops : &proc_text_fops);
    if (!p)
        return NULL;
    p->node = node;
    p->show = node->show;
    p->store = node->store;
    p->arg = node->arg;
    return &p->vfs;
}

static struct proc_node *node_find(struct proc_node *folder, const char *s, size_t len)
{
    struct proc_node *n;
    list_for_each_entry (n, &folder->children, sibling)
        if (n->len == len && memcmp(n->name, s, len) == 0)
            return n;
    return NULL;
}

static int folder_lookup(struct inode *dir, const struct name *name, struct inode **out)
{
    struct proc_node *folder = proc_inode_of(dir)->node;
    struct proc_node *n = node_find(folder, name->s, name->len);
    if (!n)
        return folder == &root ? proc_pid_lookup(name, out) : -ENOENT;
    *out = node_inode(n);
    return *out ? 0 : -ENOMEM;
}

/* Offsets: 0 and 1 the dots, then the fixed names in order, then (in the root) the processes. */
static int folder_readdir(struct file *f, struct dir_sink *sink, u64 *pos)
{
    struct proc_node *folder = proc_inode_of(f->inode)->node, *n;
    u64 at = 2;
    if (!dir_emit_dots(f, sink, pos))
        return 0;
    list_for_each_entry (n, &folder->children, sibling) {
        if (at++ < *pos)
            continue;
        if (!dir_emit(sink, n->name, n->len, n->ino, n->mode, at))
            return 0;
        *pos = at;
    }
    if (folder == &root)
        proc_pid_emit(sink, pos);
    return 0;
}

/* --- Adding --- */

static struct proc_node *node_add(struct proc_node *folder, const char *name, size_t len,
                                  mode_t mode)
{
    struct proc_node *n = kzalloc(sizeof *n);
    if (!n)
        panic("no memory for /proc");
    list_init(&n->children);
    n->name = name;
    n->len = len;
    n->mode = mode;
    n->ino = next_ino++;
    list_add_tail(&folder->children, &n->sibling);
    return n;
}

static struct proc_node *add_path(const char *name, mode_t mode)
{
    struct proc_node *folder = &root;
    for (const char *slash; (slash = strchr(name, '/')); name = slash + 1) {
        size_t len = (size_t)(slash - name);
        struct proc_node *sub = node_find(folder, name, len);
        folder = sub ? sub : node_add(folder, name, len, S_IFDIR | 0555);
    }
    return node_add(folder, name, strlen(name), mode);
}

void procfs_add(const char *name, procfs_show_fn show, void *arg)
{
    struct proc_node *n = add_path(name, S_IFREG | 0444);
    n->show = show;
    n->arg = arg;
}

void procfs_add_writable(const char *name, procfs_show_fn show, procfs_store_fn store, void *arg)
{
    struct proc_node *n = add_path(name, S_IFREG | 0644);
    n->show = show;
    n->store = store;
    n->arg = arg;
}

void procfs_add_link(const char *name, procfs_show_fn show, void *arg)
{
    struct proc_node *n = add_path(name, S_IFLNK | 0777);
    n->show = show;
    n->arg = arg;
}

/* --- The instance --- */

static int procfs_mount(const char *source UNUSED, const char *options UNUSED, struct super **out)
{
    *out = &super;
    return 0;
}

static const struct super_ops super_ops;
static struct fs_type procfs_type = {.name = "proc", .mount = procfs_mount, .flags = SUPER_NODEV};

void procfs_init(void)
{
    inode_cache = kmem_cache_create("proc inode", sizeof(struct proc_inode), 0, NULL);
    super_init(&super, &procfs_type, &super_ops, PROC_SUPER_MAGIC);
    super.flags = SUPER_DYNAMIC;
    struct inode *inode = inode_cache ? node_inode(&root) : NULL;
    super.root = inode ? dentry_root(&super, inode) : NULL;
    if (!super.root || !mount_internal(&super)) /* this mount keeps it for ever */
        panic("no memory for procfs");
    fs_register(&procfs_type);
    proc_info_init();
}
