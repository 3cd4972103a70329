/* procfs_text.c: the two kinds of thing in /proc that are no folders: files whose text is made when
 * they are read, and links. */
#include "fs/procfs_priv.h"
#include "lib/string.h"
#include "lock/refcount.h"
#include "mm/slab.h"
#include "x86/pte.h"

/* --- Files --- */

/* The text as of one moment. An open file keeps it, so that a program that reads in small pieces
 * gets pieces of one text; reading from the start makes a new one. Counted, because two threads may
 * read through one file. */
struct text {
    struct refcount refs;
    struct seq seq;
};

static struct spinlock text_lock =
    SPINLOCK_INIT("proc text", RANK_FS_LEAF); /* file->priv of all of them */

static void text_put(struct text *t)
{
    if (!t || !refcount_put(&t->refs))
        return;
    seq_free(&t->seq);
    kfree(t);
}

static struct text *text_make(const struct proc_inode *p)
{
    struct text *t = kmalloc(sizeof *t);
    if (!t)
        return NULL;
    t->refs = (struct refcount)REFCOUNT_INIT(1);
    seq_init(&t->seq);
    p->show(&t->seq, p->arg);
    return t;
}

/* The text that f has, or with `fresh` a new one; referenced. NULL: -ENOMEM. */
static struct text *text_get(struct file *f, bool fresh)
{
    struct text *new = fresh ? text_make(proc_inode_of(f->inode)) : NULL;
    if (fresh && !new)
        return NULL;
    spin_lock(&text_lock);
    struct text *old = NULL;
    if (new) {
        old = f->priv;
        f->priv = new;
    }
    struct text *t = f->priv;
    if (t)
        refcount_get(&t->refs);
    spin_unlock(&text_lock);
    text_put(old);
    return t;
}

static ssize_t text_read(struct file *f, struct uio *uio, u64 *pos)
{
    struct text *t = *pos == 0 ? NULL : text_get(f, false);
    if (!t)
        t = text_get(f, true);
    if (!t)
        return -ENOMEM;
    ssize_t n = t->seq.error;
    if (!n && *pos < t->seq.len) {
        n = (ssize_t)MIN(uio->resid, t->seq.len - *pos);
        int err = uio_move(t->seq.buf + *pos, (size_t)n, uio);
        n = err ? err : n;
    }
    text_put(t);
    if (n > 0)
        *pos += (u64)n;
    return n;
}

static ssize_t text_write(struct file *f, struct uio *uio, u64 *pos UNUSED)
{
    const struct proc_inode *p = proc_inode_of(f->inode);
    size_t n = uio->resid;
    if (!p->store)
        return -EIO;
    if (n >= PAGE_SIZE)
        return -EINVAL;
    char *text = kmalloc(n + 1);
    if (!text)
        return -ENOMEM;
    int err = uio_move(text, n, uio);
    if (!err) {
        text[n && text[n - 1] == '\n' ? n - 1 : n] = '\0';
        err = p->store(text, p->arg);
    }
    kfree(text);
    return err ? err : (ssize_t)n;
}

static void text_release(struct file *f)
{
    text_put(f->priv);
}

const struct file_ops proc_text_fops = {
    .read = text_read, .write = text_write, .release = text_release};
const struct inode_ops proc_file_ops = {.evict = proc_evict};

/* --- Links by name: the text is the target --- */

static ssize_t link_readlink(struct inode *inode, char *buf, size_t size)
{
    const struct proc_inode *p = proc_inode_of(inode);
    struct seq s;
    seq_init(&s);
    p->show(&s, p->arg);
    ssize_t n = s.error ? s.error : s.len ? (ssize_t)MIN(s.len, size) : -ENOENT;
    if (n > 0)
        memcpy(buf, s.buf, (size_t)n);
    seq_free(&s);
    return n;
}

const struct inode_ops proc_link_ops = {.readlink = link_readlink, .evict = proc_evict};

/* --- Links to places: /proc/PID/{cwd,exe,root,fd/N} --- */

static int place_follow(struct inode *inode, struct path *out)
{
    const struct proc_inode *p = proc_inode_of(inode);
    if (!inode_is_mine(inode))
        return -EACCES;
    return p->place(p->pid, p->fd, out);
}

static ssize_t place_readlink(struct inode *inode, char *buf, size_t size)
{
    struct path place;
    char *name, *room;
    int err = place_follow(inode, &place);
    if (err)
        return err;
    room = kmalloc(PATH_MAX);
    ssize_t n = room ? path_name(&place, room, PATH_MAX, &name) : -ENOMEM;
    if (n > 0) {
        n = (ssize_t)MIN((size_t)n - 1, size);
        memcpy(buf, name, (size_t)n);
    }
    kfree(room);
    path_put(&place);
    return n;
}

const struct inode_ops proc_place_ops = {
    .readlink = place_readlink, .follow = place_follow, .evict = proc_evict};
