/* mount.c: which file system is seen where.
 *
 * One sleeping mutex orders changes of the tree. A dentry knows what is mounted on it: one mount,
 * or a few, where a bind mount shows the dentry at several places. A walk looks among these under a
 * spinlock, and only where there are any. A mount found there has the tree's reference, so nobody
 * else can come by it once umount has found that reference alone and taken it out, both under that
 * spinlock. */
#include "fs/mount.h"
#include "debug/assert.h"
#include "debug/panic.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/slab.h"

static struct mutex mount_mutex = MUTEX_INIT(mount_mutex, "mount tree", RANK_MOUNT);
static struct spinlock point_lock = SPINLOCK_INIT("mount points", RANK_MOUNT_POINT);
static struct list_head all_mounts GUARDED_BY(mount_mutex) = LIST_INIT(all_mounts);
static unsigned nmounts GUARDED_BY(mount_mutex);
static struct fs_type *fs_types; /* grows at boot only */
static _Atomic u32 next_dev = 1;

/* --- Kinds of file systems, and supers --- */

void fs_register(struct fs_type *type)
{
    struct fs_type **link = &fs_types;
    while (*link)
        link = &(*link)->next;
    *link = type;
}

const struct fs_type *fs_type_next(const struct fs_type *type)
{
    return type ? type->next : fs_types;
}

static struct fs_type *fs_type_find(const char *name)
{
    struct fs_type *t = fs_types;
    while (t && strcmp(t->name, name) != 0)
        t = t->next;
    return t;
}

void super_init(struct super *sb, const struct fs_type *type, const struct super_ops *ops,
                u32 magic)
{
    *sb = (struct super){.type = type, .ops = ops, .magic = magic, .refs = REFCOUNT_INIT(1)};
    sb->dev = DEV_MAKE(0, atomic_fetch_add_explicit(&next_dev, 1, memory_order_relaxed));
}

void super_put(struct super *sb)
{
    if (refcount_put(&sb->refs))
        sb->ops->release(sb);
}

/* The last mount is gone. Nobody can find a name in it any more. */
static void super_unmount(struct super *sb)
{
    dentry_shrink_all(sb);
    dentry_put(sb->root);
    if (sb->ops->unmount)
        sb->ops->unmount(sb);
    super_put(sb);
}

/* --- Mounts --- */

void mount_free(struct mount *m)
{
    ASSERT(!m->attached);
    mutex_lock(&mount_mutex);
    bool last = --m->sb->nmounts == 0;
    mutex_unlock(&mount_mutex);
    dentry_put(m->root);
    if (last)
        super_unmount(m->sb);
    kfree(m);
}

/* A mount of the subtree of sb below root, attached nowhere. Takes its own reference to root. */
static struct mount *mount_new(struct super *sb, struct dentry *root, const char *source,
                               unsigned flags) REQUIRES(&mount_mutex)
{
    struct mount *m = kzalloc(sizeof *m);
    if (!m)
        return NULL;
    m->refs = (struct refcount)REFCOUNT_INIT(1);
    m->sb = sb;
    m->root = dentry_get(root);
    m->flags = flags;
    strlcpy(m->source, source && *source ? source : "none", sizeof m->source);
    list_init(&m->in_all);
    sb->nmounts++;
    return m;
}

struct mount *mount_internal(struct super *sb)
{
    mutex_lock(&mount_mutex);
    struct mount *m = mount_new(sb, sb->root, sb->type->name, 0);
    mutex_unlock(&mount_mutex);
    return m;
}

static struct mount *mount_find(const struct path *p)
{
    spin_lock(&point_lock);
    struct mount *m = atomic_load_explicit(&p->dentry->mounts, memory_order_relaxed);
    while (m && m->parent != p->mnt)
        m = m->beside;
    if (m)
        mount_get(m);
    spin_unlock(&point_lock);
    return m;
}

/* Make m visible at *at, which must not be a mount point yet. The tree takes over m's first
 * reference. */
static void mount_attach(struct mount *m, const struct path *at) REQUIRES(&mount_mutex)
{
    m->parent = mount_get(at->mnt);
    m->point = dentry_get(at->dentry);
    m->attached = true;
    list_add_tail(&all_mounts, &m->in_all);
    nmounts++;
    spin_lock(&point_lock);
    m->beside = atomic_load_explicit(&m->point->mounts, memory_order_relaxed);
    atomic_store_explicit(&m->point->mounts, m, memory_order_release);
    spin_unlock(&point_lock); /* release: matches dentry_is_mount_point */
}

/* Take m out of its mount point's chain. */
static void point_remove(struct mount *m) REQUIRES(&point_lock)
{
    struct mount *before = atomic_load_explicit(&m->point->mounts, memory_order_relaxed);
    if (before == m) {
        atomic_store_explicit(&m->point->mounts, m->beside, memory_order_relaxed);
        return;
    }
    while (before->beside != m)
        before = before->beside;
    before->beside = m->beside;
}

/* Take m out of the tree unless somebody but the tree and our caller refers to it (or `busy_too`).
 */
static bool mount_detach(struct mount *m, bool busy_too) REQUIRES(&mount_mutex)
{
    spin_lock(&point_lock);
    if (!busy_too && refcount_read(&m->refs) > 2) {
        spin_unlock(&point_lock);
        return false;
    }
    point_remove(m);
    m->attached = false;
    spin_unlock(&point_lock);
    list_del(&m->in_all);
    nmounts--;
    return true;
}

/* What a detached mount still holds of the tree, and the tree of it. No lock held. */
static void mount_let_go(struct mount *m)
{
    struct path at = {m->parent, m->point};
    spin_lock(&point_lock);
    m->parent = NULL;
    m->point = NULL;
    spin_unlock(&point_lock);
    path_put(&at);
    mount_put(m);
}

/* --- For the walk --- */

void mount_enter(struct path *p)
{
    while (dentry_is_mount_point(p->dentry)) {
        struct mount *m = mount_find(p); /* NULL: mounted elsewhere on the same dentry */
        if (!m)
            return;
        path_put(p);
        *p = (struct path){m, dentry_get(m->root)};
    }
}

bool mount_ascend(struct path *p)
{
    while (p->dentry == p->mnt->root) {
        spin_lock(&point_lock);
        struct path up = {p->mnt->parent, p->mnt->point};
        if (up.mnt)
            path_get(&up);
        spin_unlock(&point_lock);
        if (!up.mnt)
            return false;
        path_put(p);
        *p = up;
    }
    return true;
}

int mount_may_write(const struct mount *m)
{
    return (m->flags & MS_RDONLY) || (m->sb->flags & SUPER_RDONLY) ? -EROFS : 0;
}

/* --- mount(2), umount(2) --- */

enum {
    MOUNT_FLAGS =
        MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME
};

/* Hang m at *at, with the mount mutex held. On failure m is the caller's. */
static int attach_checked(struct mount *m, const struct path *at) REQUIRES(&mount_mutex)
{
    if (S_ISDIR(dentry_inode(m->root)->mode) != S_ISDIR(dentry_inode(at->dentry)->mode))
        return -ENOTDIR;
    if (dentry_is_gone(at->dentry) ||
        (at->dentry->sb->flags & SUPER_DYNAMIC && at->dentry != at->mnt->root))
        return -ENOENT; /* nobody would find this dentry again */
    if (at->dentry == at->mnt->root && at->mnt->sb == m->sb && at->mnt->root == m->root)
        return -EBUSY; /* the same thing once more on itself */
    if (nmounts >= FS_MAX_MOUNTS)
        return -ENOSPC;
    mount_attach(m, at);
    return 0;
}

static int mount_fs(const char *source, const struct path *at, const char *type, unsigned flags,
                    const char *options)
{
    struct fs_type *t = fs_type_find(type);
    if (!t || !t->mount)
        return -ENODEV;
    struct super *sb;
    int err = t->mount(source, options, &sb);
    if (err)
        return err;
    mutex_lock(&mount_mutex);
    struct mount *m = mount_new(sb, sb->root, source, flags);
    err = m ? attach_checked(m, at) : -ENOMEM;
    mutex_unlock(&mount_mutex);
    if (!m)
        super_unmount(sb);
    else if (err)
        mount_put(m);
    return err;
}

static int mount_bind(const char *source, const struct path *at, unsigned flags)
{
    struct path from;
    int err = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);
    if (err)
        return err;
    mutex_lock(&mount_mutex);
    struct mount *m =
        mount_new(from.mnt->sb, from.dentry, from.mnt->source, from.mnt->flags | flags);
    err = m ? attach_checked(m, at) : -ENOMEM;
    mutex_unlock(&mount_mutex);
    path_put(&from);
    if (m && err)
        mount_put(m);
    return err;
}

static int mount_again(const struct path *at, unsigned flags)
{
    if (at->dentry != at->mnt->root)
        return -EINVAL;
    mutex_lock(&mount_mutex);
    at->mnt->flags = flags;
    mutex_unlock(&mount_mutex);
    return 0;
}

int vfs_mount(const char *source, const char *target, const char *type, unsigned long flags,
              const char *options)
{
    struct path at;
    int err = path_lookup(AT_FDCWD, target, LOOKUP_FOLLOW, &at);
    if (err)
        return err;
    unsigned mnt_flags = flags & MOUNT_FLAGS;
    if (flags & MS_REMOUNT)
        err = mount_again(&at, mnt_flags);
    else if (flags & MS_BIND)
        err = mount_bind(source, &at, mnt_flags);
    else if (flags & MS_MOVE)
        err = -EINVAL;
    else
        err = mount_fs(source, &at, type, mnt_flags, options);
    path_put(&at);
    return err;
}

static bool is_below(const struct mount *m, const struct mount *top) REQUIRES(&mount_mutex)
{
    while (m && m != top)
        m = m->parent;
    return m == top;
}

/* Take out top and everything mounted in it, youngest first, onto `out`. */
static void detach_tree(struct mount *top, struct list_head *out) REQUIRES(&mount_mutex)
{
    struct list_head *at = all_mounts.prev;
    while (at != &all_mounts) {
        struct mount *m = list_entry(at, struct mount, in_all);
        at = at->prev;
        if (is_below(m, top)) {
            mount_detach(m, true);
            list_add_tail(out, &m->in_all);
        }
    }
}

static int umount_locked(struct mount *m, int flags, struct list_head *out) REQUIRES(&mount_mutex)
{
    if (!m->attached)
        return -EINVAL;
    if (!m->parent)
        return -EBUSY; /* the root of everything */
    if (flags & MNT_DETACH) {
        detach_tree(m, out);
        return 0;
    }
    if (!mount_detach(m, false))
        return -EBUSY;
    list_add(out, &m->in_all);
    return 0;
}

int vfs_umount(const char *target, int flags)
{
    if (flags & ~(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
        return -EINVAL;
    struct path at;
    int err = path_lookup(AT_FDCWD, target, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &at);
    if (err)
        return err;
    struct list_head out = LIST_INIT(out);
    if (at.dentry == at.mnt->root) {
        mutex_lock(&mount_mutex);
        err = umount_locked(at.mnt, flags, &out);
        mutex_unlock(&mount_mutex);
    } else {
        err = -EINVAL; /* no mount point */
    }
    struct mount *m;
    while ((m = list_pop_entry(&out, struct mount, in_all)) != NULL)
        mount_let_go(m);
    path_put(&at);
    return err;
}

/* --- All of them --- */

void mount_root(const char *type, const char *options)
{
    struct fs_type *t = fs_type_find(type);
    struct super *sb = NULL;
    int err = t ? t->mount("root", options, &sb) : -ENODEV;
    if (err)
        panic("cannot mount %s as the root: error %d", type, -err);
    mutex_lock(&mount_mutex);
    struct mount *m = mount_new(sb, sb->root, type, 0);
    if (!m)
        panic("no memory for the root mount");
    m->attached = true; /* for ever: nobody unmounts it */
    list_add(&all_mounts, &m->in_all);
    nmounts++;
    mutex_unlock(&mount_mutex);
    struct path root = {m, m->root};
    init_fsctx.root = init_fsctx.cwd = root;
    path_get(&root);
    path_get(&root);
}

/* The one after m (NULL: the first) with a reference. */
static struct mount *mount_next(struct mount *m)
{
    mutex_lock(&mount_mutex);
    struct list_head *at = !m ? all_mounts.next : m->attached ? m->in_all.next : &all_mounts;
    struct mount *next = at == &all_mounts ? NULL : mount_get(list_entry(at, struct mount, in_all));
    mutex_unlock(&mount_mutex);
    mount_put(m);
    return next;
}

void mount_each(void (*fn)(const struct path *root, void *arg), void *arg)
{
    for (struct mount *m = mount_next(NULL); m; m = mount_next(m)) {
        struct path root = {m, m->root};
        fn(&root, arg);
    }
}

static void sync_one(const struct path *root, void *arg)
{
    if (root->mnt->sb->ops->sync)
        (void)root->mnt->sb->ops->sync(root->mnt->sb);
}

void vfs_sync(void)
{
    mount_each(sync_one, NULL);
}
