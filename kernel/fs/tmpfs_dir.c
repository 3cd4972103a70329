/* tmpfs_dir.c: the names of tmpfs.
 *
 * A directory is a tree of entries (tmpfs_priv.h). All functions but readlink run with
 * the directory locked by the VFS, which also has checked types and permissions; readdir locks it
 * itself. */
#include "debug/assert.h"
#include "fs/file.h"
#include "fs/tmpfs_priv.h"
#include "lib/string.h"
#include "mm/slab.h"

static struct tmpfs_entry *entry_of(const struct rb_node *n)
{
    return n ? rb_entry(n, struct tmpfs_entry, node) : NULL;
}

/* The first entry whose key is at least `key`. */
static struct tmpfs_entry *entry_from(const struct tmpfs_inode *dir, u64 key)
{
    struct tmpfs_entry *found = NULL;
    for (struct rb_node *n = dir->names.node; n;) {
        struct tmpfs_entry *e = entry_of(n);
        if (e->key >= key)
            found = e;
        n = e->key >= key ? n->left : n->right;
    }
    return found;
}

static u64 key_of(const struct name *name)
{
    return (u64)name->hash << KEY_TWIN_BITS;
}

static struct tmpfs_entry *entry_find(const struct tmpfs_inode *dir, const struct name *name)
{
    struct tmpfs_entry *e = entry_from(dir, key_of(name));
    while (e && e->key >> KEY_TWIN_BITS == name->hash) {
        if (e->len == name->len && memcmp(e->name, name->s, name->len) == 0)
            return e;
        e = entry_of(rb_next(&e->node));
    }
    return NULL;
}

/* A free key for the name: one more than the last of its hash. -ENOSPC: there are 2^20 of them. */
static int key_choose(const struct tmpfs_inode *dir, const struct name *name, u64 *key)
{
    *key = key_of(name);
    for (struct tmpfs_entry *e = entry_from(dir, *key); e && e->key == *key;
         e = entry_of(rb_next(&e->node)))
        ++*key;
    return *key >> KEY_TWIN_BITS == name->hash ? 0 : -ENOSPC;
}

static bool entry_less(const struct rb_node *a, const struct rb_node *b)
{
    return entry_of(a)->key < entry_of(b)->key;
}

/* Add a name for inode: takes over the reference. -ENOMEM, -ENOSPC. */
static int entry_add(struct tmpfs_inode *dir, const struct name *name, struct tmpfs_inode *inode)
{
    u64 key;
    int err = key_choose(dir, name, &key);
    if (err)
        return err;
    struct tmpfs_entry *e = kmalloc(sizeof *e + name->len + 1);
    if (!e)
        return -ENOMEM;
    e->key = key;
    e->inode = inode;
    e->len = name->len;
    memcpy(e->name, name->s, name->len);
    e->name[name->len] = '\0';
    rb_insert(&dir->names, &e->node, entry_less);
    atomic_fetch_add_explicit(&dir->vfs.size, 1, memory_order_relaxed);
    inode_changed(&dir->vfs);
    return 0;
}

/* Take a name away. The reference to its inode is the caller's again. */
static void entry_remove(struct tmpfs_inode *dir, struct tmpfs_entry *e)
{
    rb_erase(&dir->names, &e->node);
    kfree(e);
    atomic_fetch_sub_explicit(&dir->vfs.size, 1, memory_order_relaxed);
    inode_changed(&dir->vfs);
}

static int tmpfs_lookup(struct inode *dir, const struct name *name, struct inode **out)
{
    struct tmpfs_entry *e = entry_find(tmpfs_inode_of(dir), name);
    if (!e)
        return -ENOENT;
    *out = inode_get(&e->inode->vfs);
    return 0;
}

/* --- Making --- */

/* Give the new inode, which has one reference, its name; the caller of create gets a second
 * reference. */
static int add_new(struct tmpfs_inode *dir, const struct name *name, struct tmpfs_inode *inode,
                   struct inode **out)
{
    int err = entry_add(dir, name, inode);
    if (err) {
        inode->vfs.nlink = 0;
        inode_put(
            &inode->vfs); /* the last: frees it; nobody else knows it, so nothing is locked by it */
        return err;
    }
    if (S_ISDIR(inode->vfs.mode))
        dir->vfs.nlink++; /* its ".." */
    *out = inode_get(&inode->vfs);
    return 0;
}

static int tmpfs_create(struct inode *dir, const struct name *name, mode_t mode, dev_t rdev,
                        struct inode **out)
{
    int err;
    struct tmpfs_inode *inode = tmpfs_inode_new(tmpfs_of(dir->sb), dir, mode, rdev, &err);
    return inode ? add_new(tmpfs_inode_of(dir), name, inode, out) : err;
}

static int tmpfs_symlink(struct inode *dir, const struct name *name, const char *target,
                         struct inode **out)
{
    int err;
    size_t len = strlen(target);
    char *copy = kmalloc(len + 1);
    if (!copy)
        return -ENOMEM;
    struct tmpfs_inode *inode = tmpfs_inode_new(tmpfs_of(dir->sb), dir, S_IFLNK | 0777, 0, &err);
    if (!inode) {
        kfree(copy);
        return err;
    }
    memcpy(copy, target, len + 1);
    inode->target = copy;
    atomic_store_explicit(&inode->vfs.size, len, memory_order_relaxed);
    return add_new(tmpfs_inode_of(dir), name, inode, out);
}

static int tmpfs_link(struct inode *dir, const struct name *name, struct inode *inode)
{
    int err = entry_add(tmpfs_inode_of(dir), name, tmpfs_inode_of(inode));
    if (err)
        return err;
    inode_get(inode);
    inode->nlink++;
    inode->ctime_ns = dir->ctime_ns;
    return 0;
}

static ssize_t tmpfs_readlink(struct inode *inode, char *buf, size_t size)
{
    size_t len = MIN(inode_size(inode), size);
    memcpy(buf, tmpfs_inode_of(inode)->target, len);
    return (ssize_t)len;
}

/* --- Removing and moving --- */

/* The caller (namespace.c) holds a dentry and with it a reference, so no inode_put below is the
 * last. */
static void remove_entry(struct tmpfs_inode *dir, struct tmpfs_entry *e)
{
    struct inode *inode = &e->inode->vfs;
    entry_remove(dir, e);
    inode->nlink -= S_ISDIR(inode->mode) ? 2 : 1;
    inode->ctime_ns = dir->vfs.ctime_ns;
    if (S_ISDIR(inode->mode))
        dir->vfs.nlink--;
    inode_put(inode);
}

static int tmpfs_unlink(struct inode *dir, const struct name *name, struct inode *inode)
{
    struct tmpfs_entry *e = entry_find(tmpfs_inode_of(dir), name);
    ASSERT(e && &e->inode->vfs == inode);
    remove_entry(tmpfs_inode_of(dir), e);
    return 0;
}

static int tmpfs_rmdir(struct inode *dir, const struct name *name, struct inode *inode)
{
    if (!rb_empty(&tmpfs_inode_of(inode)->names))
        return -ENOTEMPTY;
    return tmpfs_unlink(dir, name, inode);
}

/* A directory has a new parent, which its ".." links to. */
static void set_parent(const struct tmpfs_inode *inode, struct tmpfs_inode *from,
                       struct tmpfs_inode *to)
{
    if (!S_ISDIR(inode->vfs.mode) || from == to)
        return;
    from->vfs.nlink--;
    to->vfs.nlink++;
}

static int exchange(struct tmpfs_inode *olddir, struct tmpfs_entry *a, struct tmpfs_inode *newdir,
                    struct tmpfs_entry *b)
{
    struct tmpfs_inode *inode = a->inode;
    a->inode = b->inode;
    b->inode = inode;
    set_parent(a->inode, newdir, olddir);
    set_parent(b->inode, olddir, newdir);
    inode_changed(&olddir->vfs);
    inode_changed(&newdir->vfs);
    a->inode->vfs.ctime_ns = b->inode->vfs.ctime_ns = newdir->vfs.ctime_ns;
    return 0;
}

static int tmpfs_rename(struct inode *olddir, const struct name *oldname, struct inode *inode,
                        struct inode *newdir, const struct name *newname, struct inode *victim,
                        unsigned flags)
{
    struct tmpfs_inode *from = tmpfs_inode_of(olddir), *to = tmpfs_inode_of(newdir);
    struct tmpfs_entry *old = entry_find(from, oldname), *new = entry_find(to, newname);
    ASSERT(old && &old->inode->vfs == inode && (new ? &new->inode->vfs : NULL) == victim);
    if (flags & RENAME_EXCHANGE)
        return exchange(from, old, to, new);
    if (victim && S_ISDIR(victim->mode) && !rb_empty(&tmpfs_inode_of(victim)->names))
        return -ENOTEMPTY;
    if (new) { /* the name stays, its inode changes: nothing can fail */
        struct tmpfs_inode *moved = old->inode;
        old->inode = new->inode;
        new->inode = moved;
        set_parent(old->inode, to, from);
        remove_entry(from, old); /* now the victim's */
        inode_changed(newdir);
    } else {
        int err = entry_add(to, newname, old->inode);
        if (err)
            return err;
        entry_remove(from, old);
    }
    set_parent(tmpfs_inode_of(inode), from, to);
    inode->ctime_ns = newdir->ctime_ns;
    return 0;
}

/* --- Reading a directory --- */

static int tmpfs_readdir(struct file *file, struct dir_sink *sink, u64 *pos)
{
    struct tmpfs_inode *dir = tmpfs_inode_of(file->inode);
    mutex_lock(&dir->vfs.lock);
    bool room = dir->vfs.nlink > 0 &&
                dir_emit_dots(file, sink, pos); /* a removed directory has no entry at all */
    struct tmpfs_entry *e = room ? entry_from(dir, *pos - 2) : NULL; /* behind the dots */
    for (; e && room; e = entry_of(rb_next(&e->node))) {
        u64 next = e->key + 3;
        room = dir_emit(sink, e->name, e->len, e->inode->vfs.ino, e->inode->vfs.mode, next);
        if (room)
            *pos = next;
    }
    mutex_unlock(&dir->vfs.lock);
    inode_accessed(&dir->vfs);
    return 0;
}

/* --- The end --- */

/* Not by recursion: a tree can be deeper than the kernel's stack. */
void tmpfs_free_tree(struct tmpfs_inode *root)
{
    struct tmpfs_inode *todo = root;
    root->next_dead = NULL;
    while (todo) {
        struct tmpfs_inode *dir = todo;
        struct tmpfs_entry *e;
        todo = dir->next_dead;
        while ((e = entry_of(rb_first(&dir->names))) != NULL) {
            struct tmpfs_inode *inode = e->inode;
            entry_remove(dir, e);
            inode->vfs.nlink--;
            if (S_ISDIR(inode->vfs.mode)) {
                inode->next_dead = todo;
                todo = inode;
            } else {
                inode_put(&inode->vfs);
            }
        }
        inode_put(&dir->vfs);
    }
}

const struct file_ops tmpfs_dir_fops = {.readdir = tmpfs_readdir};

const struct inode_ops tmpfs_dir_ops = {
    .lookup = tmpfs_lookup,
    .create = tmpfs_create,
    .symlink = tmpfs_symlink,
    .link = tmpfs_link,
    .unlink = tmpfs_unlink,
    .rmdir = tmpfs_rmdir,
    .rename = tmpfs_rename,
    .evict = tmpfs_evict,
};

const struct inode_ops tmpfs_link_ops = {.readlink = tmpfs_readlink, .evict = tmpfs_evict};
