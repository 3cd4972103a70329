/* initrd.c: the first files: archives of the boot loader, made into files of the root.
 *
 * It uses the same functions as system calls do. Later entries win over earlier ones, so that an
 * archive can be put behind another to change it. A bad archive ends with one line; what came
 * before it stays, and if that has no init, boot says so. */
#include "fs/initrd.h"
#include "abi/time.h"
#include "fs/cpio.h"
#include "fs/vfs.h"
#include "lib/hash.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "fs/mount.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/slab.h"
#include "x86/bootinfo.h"

/* A file with several names: the entry that came first, for the later ones to be linked to. */
struct known_link {
    struct known_link *next;
    u32 ino, dev_major, dev_minor;
    const char *name; /* in the archive */
};

enum { LINK_BUCKETS = 64 };

struct unpack {
    struct cpio cpio;
    struct known_link *links[LINK_BUCKETS];
    ssize_t nfiles;
};

/* --- Hard links --- */

static struct known_link **bucket_of(struct unpack *u, const struct cpio_entry *e)
{
    return &u->links[hash_u64(e->ino) % LINK_BUCKETS];
}

static const char *link_find(struct unpack *u, const struct cpio_entry *e)
{
    for (struct known_link *l = *bucket_of(u, e); l; l = l->next)
        if (l->ino == e->ino && l->dev_major == e->dev_major && l->dev_minor == e->dev_minor)
            return l->name;
    return NULL;
}

static int link_note(struct unpack *u, const struct cpio_entry *e)
{
    struct known_link **b = bucket_of(u, e), *l = kmalloc(sizeof *l);
    if (!l)
        return -ENOMEM;
    *l = (struct known_link){*b, e->ino, e->dev_major, e->dev_minor, e->name};
    *b = l;
    return 0;
}

static void links_forget(struct unpack *u)
{
    for (int i = 0; i < LINK_BUCKETS; i++)
        while (u->links[i]) {
            struct known_link *l = u->links[i];
            u->links[i] = l->next;
            kfree(l);
        }
}

/* --- One entry --- */

/* Make the folders that lead to name, as far as they are missing. */
static void make_parents(const char *name)
{
    char *path = kmalloc(PATH_MAX);
    if (!path)
        return;
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        strlcpy(path, name, MIN((size_t)(slash - name) + 1, (size_t)PATH_MAX));
        int err = vfs_mkdir(AT_FDCWD, path, 0755);
        if (err && err != -EEXIST)
            break; /* the caller tries again, and reports it */
    }
    kfree(path);
}

/* What an earlier entry made in this place goes, unless both are folders. */
static void clear_place(const char *name, mode_t mode)
{
    struct stat st;
    if (vfs_stat(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &st) ||
        (S_ISDIR(st.st_mode) && S_ISDIR(mode)))
        return;
    int err = S_ISDIR(st.st_mode) ? vfs_rmdir(AT_FDCWD, name) : vfs_unlink(AT_FDCWD, name);
    if (err)
        klog_warn("initrd: cannot replace %s: error %d", name, -err);
}

static int write_data(const struct cpio_entry *e, const char *name, int flags)
{
    struct file *f;
    int err = file_open(AT_FDCWD, name, O_WRONLY | O_NOFOLLOW | flags, 0600, &f);
    if (err)
        return err;
    ssize_t n = e->size ? kfile_write(f, e->data, e->size, 0) : 0;
    file_put(f);
    return n < 0 ? (int)n : (u64)n < e->size ? -ENOSPC : 0;
}

static int make_regular(struct unpack *u, const struct cpio_entry *e, const char *name)
{
    const char *first = e->nlink > 1 ? link_find(u, e) : NULL;
    if (first) { /* the data may come with any of the names */
        int err = vfs_link(AT_FDCWD, first, AT_FDCWD, name, 0);
        return err || e->size == 0 ? err : write_data(e, name, O_TRUNC);
    }
    int err = e->nlink > 1 ? link_note(u, e) : 0;
    return err ? err : write_data(e, name, O_CREAT | O_EXCL);
}

static int make_symlink(const struct cpio_entry *e, const char *name)
{
    if (e->size == 0 || e->size >= PATH_MAX)
        return -ENAMETOOLONG;
    char *target = kmalloc(e->size + 1);
    if (!target)
        return -ENOMEM;
    memcpy(target, e->data, e->size);
    target[e->size] = '\0';
    int err = vfs_symlink(target, AT_FDCWD, name);
    kfree(target);
    return err;
}

static int make_node(struct unpack *u, const struct cpio_entry *e, const char *name)
{
    int err;
    switch (e->mode & S_IFMT) {
    case S_IFREG:
        return make_regular(u, e, name);
    case S_IFLNK:
        return make_symlink(e, name);
    case S_IFDIR:
        err = vfs_mkdir(AT_FDCWD, name, 0700);
        return err == -EEXIST ? 0 : err;
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK:
        return vfs_mknod(AT_FDCWD, name, e->mode & ~(mode_t)07777,
                         DEV_MAKE(e->rdev_major, e->rdev_minor));
    default:
        return -EINVAL;
    }
}

static int set_attributes(const struct cpio_entry *e, const char *name)
{
    const struct timespec t = {.tv_sec = e->mtime}, times[2] = {t, t};
    int err = vfs_chown(AT_FDCWD, name, e->uid, e->gid, AT_SYMLINK_NOFOLLOW);
    if (!err && !S_ISLNK(e->mode))
        err = vfs_chmod(AT_FDCWD, name, e->mode & 07777, 0);
    return err ? err : vfs_utimens(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW);
}

static int unpack_entry(struct unpack *u, const struct cpio_entry *e)
{
    const char *name = e->name;
    while (*name == '/' || (name[0] == '.' && name[1] == '/'))
        name++;
    if (!*name || strcmp(name, ".") == 0)
        return 0; /* the root itself */
    clear_place(name, e->mode);
    int err = make_node(u, e, name);
    if (err == -ENOENT) {
        make_parents(name);
        err = make_node(u, e, name);
    }
    if (!err)
        err = set_attributes(e, name);
    if (err)
        klog_err("initrd: cannot make %s: error %d", e->name, -err);
    else
        u->nfiles++;
    return err;
}

static int unpack_all(struct unpack *u)
{
    struct cpio_entry e;
    int got, err = 0;
    while (!err && (got = cpio_next(&u->cpio, &e)) > 0) {
        if (e.trailer)
            links_forget(u);
        else
            err = unpack_entry(u, &e);
    }
    if (!err && got < 0) {
        klog_err("initrd: %s, at byte %lu of %lu", u->cpio.error, u->cpio.pos, u->cpio.len);
        err = got;
    }
    return err;
}

ssize_t initrd_unpack(const void *data, size_t len)
{
    struct unpack *u = kzalloc(sizeof *u);
    if (!u)
        return -ENOMEM;
    u->cpio = (struct cpio){.bytes = data, .len = len};
    ssize_t result = unpack_all(u);
    if (!result)
        result = u->nfiles;
    links_forget(u);
    kfree(u);
    return result;
}

/* --- Boot --- */

/* A folder for `type`, and the file system in it. */
static void provide(const char *folder, mode_t mode, const char *type)
{
    int err = vfs_mkdir(AT_FDCWD, folder, mode);
    if (!err)
        err = vfs_chmod(AT_FDCWD, folder, mode, 0);
    if (err == -EEXIST)
        err = 0;
    if (!err && type)
        err = vfs_mount(type, folder, type, 0, NULL);
    if (err)
        klog_err("initrd: no %s: error %d", folder, -err);
}

void initrd_load(void)
{
    for (unsigned i = 0; i < bootinfo.nmodules; i++) {
        const struct boot_module *m = &bootinfo.module[i];
        ssize_t n = initrd_unpack(P2V(m->start), m->len);
        if (n >= 0)
            klog("initrd: %lu files from %lu KiB", (u64)n, m->len / 1024);
        frame_add(m->start, m->start + m->len);
    }
    provide("/dev", 0755, "devtmpfs");
    provide("/proc", 0555, "proc");
    provide("/tmp", 01777, NULL);
}
