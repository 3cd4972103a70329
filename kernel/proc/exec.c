/* execve: find the program, build its address space, and then, in one step that cannot fail,
 * become it.
 */
#include "proc/exec.h"
#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/assert.h"
#include "fs/dentry.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/exec_priv.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "proc/usage.h"
#include "vm/vmspace.h"
#include "x86/gdt.h"
#include "x86/trapframe.h"

static struct binfmt *formats;

void binfmt_register(struct binfmt *fmt)
{
    struct binfmt **link = &formats;
    while (*link)
        link = &(*link)->next;
    fmt->next = NULL;
    *link = fmt;
}

/* execve(2): a regular file that the caller may execute, not on a file system mounted noexec. */
static int open_program(const char *name, struct file **out)
{
    struct path path;
    int err = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
    if (err)
        return err;
    struct inode *inode = dentry_inode(path.dentry);
    if (!S_ISREG(inode->mode) || path.mnt->flags & MS_NOEXEC)
        err = -EACCES;
    if (!err)
        err = inode_permission(inode, MAY_EXEC);
    if (!err)
        err = file_open_path(&path, O_RDONLY, out);
    path_put(&path);
    if (err)
        return err;
    err = file_deny_write(*out); /* -ETXTBSY: somebody has it open for writing */
    if (err)
        file_put(*out);
    return err;
}

/* Make the file `name` the one to be run, and read its head. */
static int use_file(struct exec_image *image, const char *name)
{
    struct file *file;
    int err = open_program(name, &file);
    if (err)
        return err;
    if (image->file)
        file_put(image->file);
    image->file = file;
    memset(image->head, 0, sizeof image->head);
    ssize_t n = kfile_read(file, image->head, sizeof image->head, 0);
    image->head_len = n > 0 ? (size_t)n : 0;
    return n < 0 ? (int)n : 0;
}

int exec_use_interpreter(struct exec_image *image, const char *interp, const char *arg)
{
    if (image->depth++ == EXEC_INTERP_DEPTH)
        return -ELOOP;
    const char *script = image->name[0] ? image->name : image->path;
    const char *front[3] = {interp, arg ? arg : script, script};
    int err = exec_args_replace_first(&image->args, front, arg ? 3 : 2);
    if (err)
        return err;
    strlcpy(image->name, interp, sizeof image->name);
    return use_file(image, image->name);
}

/* Ask the formats, until one has mapped the program. */
static int load(struct exec_image *image)
{
    int err;
    do {
        err = -ENOEXEC;
        for (struct binfmt *fmt = formats; fmt && err == -ENOEXEC; fmt = fmt->next)
            err = fmt->load(image);
    } while (err == EXEC_AGAIN);
    return err;
}

/* The last part of the name that the caller used. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The old address space is left for the new one, which the image gives up. */
static void switch_memory(struct thread *t, struct process *p, struct exec_image *image)
{
    struct vmspace *old = t->vmspace;
    struct file *old_exe = p->exe;
    spin_lock(&p->lock);
    if (old && !p->vfork_pending)
        usage_add_vmspace(&p->dead_threads, old);
    t->vmspace = image->vs;
    p->exe = image->file;
    p->load_bias = image->load_bias;
    spin_unlock(&p->lock);
    image->vs = NULL;
    image->file = NULL;

    thread_use_pt(t->vmspace->pt);
    if (old)
        vmspace_put(old);
    if (old_exe)
        file_put(old_exe);
    process_vfork_release(p);
}

/* Close what is close-on-exec. A table that is shared is replaced by a copy; /proc may look at
 * either meanwhile. */
static int close_on_exec(struct thread *t, struct process *p)
{
    struct files *old = files_get(t->files), *files = old;
    int err = files_exec(&files);
    spin_lock(&p->lock);
    t->files = files;
    spin_unlock(&p->lock);
    files_put(old);
    return err;
}

/* Become the program in image. Fails only while nothing has been lost: for process 1, which has no
 * user side yet, and for a table of files that must be copied. */
static int become(struct exec_image *image, u64 sp, struct trapframe *tf)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    ASSERT(p->nthreads == 1);
    int err = close_on_exec(t, p);
    if (!err)
        err = thread_add_user_side(); /* FPU, segment bases and *user_tf as in a fresh thread */
    if (err)
        return err;
    if (!tf)
        tf = t->user_tf;
    switch_memory(t, p, image);
    signal_exec_reset(p);
    spin_lock(&proc_lock);
    p->has_execed = true;
    p->exit_signal = SIGCHLD; /* clone(2), "The child termination signal" */
    spin_unlock(&proc_lock);
    t->clear_child_tid = 0;
    t->restart_deadline_ns = 0;
    thread_set_name(t, base_name(image->path));

    memset(tf, 0, sizeof *tf);
    tf->rip = image->entry;
    tf->rsp = sp;
    tf->cs = SEL_UCODE;
    tf->ss = SEL_UDATA;
    tf->rflags = RFLAGS_FIXED | RFLAGS_IF;
    tf->error = (u64)-1; /* no system call to restart */
    return 0;
}

/* image has path and args. */
static int run(struct exec_image *image, struct trapframe *tf)
{
    u64 sp;
    int err = use_file(image, image->path);
    if (!err)
        err = vmspace_create(&image->vs);
    if (!err)
        err = load(image);
    if (!err)
        err = exec_build_stack(image, &sp);
    return err ? err : become(image, sp, tf);
}

static void image_free(struct exec_image *image)
{
    if (image->vs)
        vmspace_put(image->vs);
    if (image->file)
        file_put(image->file);
    exec_args_free(&image->args);
    kfree(image);
}

int process_exec(const char *path, uaddr_t argv, uaddr_t envp, struct trapframe *tf)
{
    struct exec_image *image = kzalloc(sizeof *image);
    if (!image)
        return -ENOMEM;
    image->path = path;
    int err = exec_args_copy(&image->args, argv, envp);
    if (!err)
        err = run(image, tf);
    image_free(image);
    return err;
}

int process_exec_kernel(const char *path, const char *const argv[], const char *const envp[])
{
    struct exec_image *image = kzalloc(sizeof *image);
    if (!image)
        return -ENOMEM;
    image->path = path;
    int err = exec_args_copy_kernel(&image->args, argv, envp);
    if (!err)
        err = run(image, NULL);
    image_free(image);
    return err;
}
