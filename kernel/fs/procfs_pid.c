/* procfs_pid.c: /proc/PID: one folder a process, the same files in each.
 *
 * What a process is, proc/ knows and tells through procfs_pid_ops; nothing here outlives a lookup
 * but the pid, so a process may end at any time: then its files say -ESRCH or are empty. */
#include "fs/fdtable.h"
#include "fs/procfs_priv.h"
#include "lib/fmt.h"
#include "lib/string.h"

const struct procfs_pid_ops *proc_source;

void procfs_set_pid_ops(const struct procfs_pid_ops *ops)
{
    proc_source = ops;
}

int proc_parse_number(const struct name *name)
{
    u64 n = 0;
    if (name->len > 9 || (name->len > 1 && name->s[0] == '0'))
        return -1;
    for (u32 i = 0; i < name->len; i++) {
        if (name->s[i] < '0' || name->s[i] > '9')
            return -1;
        n = n * 10 + (u64)(name->s[i] - '0');
    }
    return (int)n;
}

/* --- Links to places --- */

static int place_of_file(struct file *f, struct path *out)
{
    if (!f)
        return -ENOENT;
    *out = f->path;
    path_get(out);
    file_put(f);
    return 0;
}

static int place_exe(pid_t pid, int fd UNUSED, struct path *out)
{
    return place_of_file(proc_source->exe(pid), out);
}

static int place_fd(pid_t pid, int fd, struct path *out)
{
    struct files *files = proc_source->files(pid);
    if (!files)
        return -ENOENT;
    int err = place_of_file(files_peek(files, fd), out);
    files_put(files);
    return err;
}

static int place_cwd(pid_t pid, int fd UNUSED, struct path *out)
{
    struct fsctx *ctx = proc_source->fsctx(pid);
    if (!ctx)
        return -ENOENT;
    fsctx_cwd(ctx, out);
    fsctx_put(ctx);
    return 0;
}

static int place_root(pid_t pid, int fd UNUSED, struct path *out)
{
    struct fsctx *ctx = proc_source->fsctx(pid);
    if (!ctx)
        return -ENOENT;
    fsctx_root(ctx, out);
    fsctx_put(ctx);
    return 0;
}

/* --- The folder --- */

static const struct pid_entry {
    const char *name;
    mode_t mode;
    procfs_show_fn show;
    int (*place)(pid_t, int, struct path *);
} entries[] = {
    {"cmdline", S_IFREG | 0444, proc_show_cmdline, NULL},
    {"comm", S_IFREG | 0444, proc_show_comm, NULL},
    {"cwd", S_IFLNK | 0777, NULL, place_cwd},
    {"environ", S_IFREG | 0400, proc_show_environ, NULL},
    {"exe", S_IFLNK | 0777, NULL, place_exe},
    {"fd", S_IFDIR | 0500, NULL, NULL},
    {"limits", S_IFREG | 0444, proc_show_limits, NULL},
    {"maps", S_IFREG | 0444, proc_show_maps, NULL},
    {"mounts", S_IFREG | 0444, proc_show_mounts, NULL},
    {"root", S_IFLNK | 0777, NULL, place_root},
    {"stat", S_IFREG | 0444, proc_show_stat, NULL},
    {"statm", S_IFREG | 0444, proc_show_statm, NULL},
    {"status", S_IFREG | 0444, proc_show_status, NULL},
};

enum { INDEX_FOLDER = 1, INDEX_ENTRY = 2, INDEX_FD = 64 }; /* parts of inode numbers */

static int pid_folder_lookup(struct inode *dir, const struct name *name, struct inode **out);
static int pid_folder_readdir(struct file *f, struct dir_sink *sink, u64 *pos);
static int fd_folder_lookup(struct inode *dir, const struct name *name, struct inode **out);
static int fd_folder_readdir(struct file *f, struct dir_sink *sink, u64 *pos);

static const struct inode_ops pid_folder_ops = {.lookup = pid_folder_lookup, .evict = proc_evict};
static const struct file_ops pid_folder_fops = {.readdir = pid_folder_readdir};
static const struct inode_ops fd_folder_ops = {.lookup = fd_folder_lookup, .evict = proc_evict};
static const struct file_ops fd_folder_fops = {.readdir = fd_folder_readdir};

/* An inode that belongs to a process: owned by whom the process acts for. */
static struct proc_inode *pid_inode(pid_t pid, u32 index, mode_t mode, const struct inode_ops *ops,
                                    const struct file_ops *fops, uid_t uid, gid_t gid)
{
    struct proc_inode *p = proc_inode_new(proc_pid_ino(pid, index), mode, ops, fops);
    if (!p)
        return NULL;
    p->pid = pid;
    p->vfs.uid = uid;
    p->vfs.gid = gid;
    return p;
}

int proc_pid_lookup(const struct name *name, struct inode **out)
{
    struct proc_info info;
    int pid = proc_parse_number(name);
    if (pid <= 0 || !proc_source || proc_source->info(pid, &info))
        return -ENOENT;
    struct proc_inode *p = pid_inode(pid, INDEX_FOLDER, S_IFDIR | 0555, &pid_folder_ops,
                                     &pid_folder_fops, info.uid[1], info.gid[1]);
    if (!p)
        return -ENOMEM;
    *out = &p->vfs;
    return 0;
}

bool proc_pid_emit(struct dir_sink *sink, u64 *pos)
{
    pid_t pid = *pos > PROC_PIDS_POS ? (pid_t)(*pos - PROC_PIDS_POS) : 1;
    while (proc_source && (pid = proc_source->next(pid)) > 0) {
        char name[16];
        int len = snprintf(name, sizeof name, "%d", pid);
        if (!dir_emit(sink, name, (size_t)len, proc_pid_ino(pid, INDEX_FOLDER), S_IFDIR,
                      PROC_PIDS_POS + (u64)pid + 1))
            return false;
        pid++;
        *pos = PROC_PIDS_POS + (u64)pid;
    }
    return true;
}

static struct proc_inode *entry_inode(const struct inode *dir, const struct pid_entry *e)
{
    pid_t pid = proc_inode_of(dir)->pid;
    u32 index = INDEX_ENTRY + (u32)(e - entries);
    const struct inode_ops *ops = e->place  ? &proc_place_ops
                                  : e->show ? &proc_file_ops
                                            : &fd_folder_ops;
    const struct file_ops *fops = e->show            ? &proc_text_fops
                                  : S_ISDIR(e->mode) ? &fd_folder_fops
                                                     : NULL;
    struct proc_inode *p = pid_inode(pid, index, e->mode, ops, fops, dir->uid, dir->gid);
    if (!p)
        return NULL;
    p->show = e->show;
    p->arg = (void *)(uptr)pid;
    p->place = e->place;
    return p;
}

static int pid_folder_lookup(struct inode *dir, const struct name *name, struct inode **out)
{
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        if (strlen(entries[i].name) != name->len ||
            memcmp(entries[i].name, name->s, name->len) != 0)
            continue;
        struct proc_inode *p = entry_inode(dir, &entries[i]);
        if (!p)
            return -ENOMEM;
        *out = &p->vfs;
        return 0;
    }
    return -ENOENT;
}

static int pid_folder_readdir(struct file *f, struct dir_sink *sink, u64 *pos)
{
    pid_t pid = proc_inode_of(f->inode)->pid;
    if (!dir_emit_dots(f, sink, pos))
        return 0;
    for (u64 i = *pos - 2; i < ARRAY_SIZE(entries); i++) {
        if (!dir_emit(sink, entries[i].name, strlen(entries[i].name),
                      proc_pid_ino(pid, INDEX_ENTRY + (u32)i), entries[i].mode, i + 3))
            return 0;
        *pos = i + 3;
    }
    return 0;
}

/* --- PID/fd --- */

static int fd_folder_lookup(struct inode *dir, const struct name *name, struct inode **out)
{
    pid_t pid = proc_inode_of(dir)->pid;
    int fd = proc_parse_number(name);
    struct files *files = fd < 0 ? NULL : proc_source->files(pid);
    struct file *f = files ? files_peek(files, fd) : NULL;
    files_put(files);
    if (!f)
        return -ENOENT;
    mode_t mode = S_IFLNK | (f->state & FILE_READ ? 0500 : 0) | (f->state & FILE_WRITE ? 0300 : 0);
    file_put(f);
    struct proc_inode *p =
        pid_inode(pid, INDEX_FD + (u32)fd, mode, &proc_place_ops, NULL, dir->uid, dir->gid);
    if (!p)
        return -ENOMEM;
    p->fd = fd;
    p->place = place_fd;
    *out = &p->vfs;
    return 0;
}

static int fd_folder_readdir(struct file *f, struct dir_sink *sink, u64 *pos)
{
    pid_t pid = proc_inode_of(f->inode)->pid;
    if (!dir_emit_dots(f, sink, pos))
        return 0;
    struct files *files = proc_source->files(pid);
    for (int fd = (int)*pos - 2; files && (fd = files_next(files, fd)) >= 0; fd++) {
        char name[16];
        int len = snprintf(name, sizeof name, "%d", fd);
        if (!dir_emit(sink, name, (size_t)len, proc_pid_ino(pid, INDEX_FD + (u32)fd), S_IFLNK,
                      (u64)fd + 3))
            break;
        *pos = (u64)fd + 3;
    }
    files_put(files);
    return 0;
}
