/* Descriptors: the lowest free number, close-on-exec, growing, sharing, and that nothing stays
 * open. */
#include "abi/resource.h"
#include "fs_test.h"

/* A table for this kernel thread, which has none. */
#define T_FILES_BEGIN()                                                                            \
    struct fs_counts counts_ = t_counts();                                                         \
    struct files *own_ = files_create();                                                           \
    KT_ASSERT(own_);                                                                               \
    thread_current()->files = own_
#define T_FILES_END()                                                                              \
    do {                                                                                           \
        files_put(thread_current()->files);                                                        \
        thread_current()->files = NULL;                                                            \
        struct fs_counts now_ = t_counts();                                                        \
        KT_EQ(now_.files, counts_.files);                                                          \
        KT_EQ(now_.inodes, counts_.inodes);                                                        \
    } while (0)

/* Catches: a number that is not the lowest free one, or found free while in use. */
KTEST(fs_fd_lowest)
{
    T_FILES_BEGIN();
    for (int i = 0; i < 5; i++)
        KT_EQ(fd_add(t_open("/dev/null", O_RDWR), 0, false), i);
    KT_EQ(fd_close(1), 0);
    KT_EQ(fd_close(3), 0);
    KT_EQ(fd_close(3), -EBADF);
    KT_ASSERT(!fd_get(3) && !fd_get(-1) && !fd_get(1 << 30));
    KT_EQ(fd_add(t_open("/dev/null", O_RDWR), 0, false), 1);
    KT_EQ(fd_add(t_open("/dev/null", O_RDWR), 10, true), 10);
    KT_EQ(fd_add(t_open("/dev/null", O_RDWR), 0, false), 3);
    KT_EQ(fd_add(t_open("/dev/null", O_RDWR), 0, false), 5);
    KT_EQ(fd_get_cloexec(10), 1);
    KT_EQ(fd_get_cloexec(5), 0);
    KT_EQ(fd_get_cloexec(6), -EBADF);
    KT_EQ(fd_set_cloexec(5, true), 0);
    KT_EQ(files_exec(&thread_current()->files), 0);
    KT_ASSERT(!fd_get(10) && !fd_get(5) && fd_get(3));
    int fd = fd_alloc(0, false);
    KT_EQ(fd, 5);
    KT_ASSERT(!fd_get(5)); /* reserved, not open */
    KT_EQ(fd_dup_to(0, 5, false), -EBUSY);
    fd_release(fd);
    T_FILES_END();
}

/* Catches: dup2 that leaks what it replaces, or does not share the offset. */
KTEST(fs_fd_dup)
{
    char c;
    T_FILES_BEGIN();
    KT_EQ(t_make("/f", "abc"), 0);
    KT_EQ(fd_add(t_open("/f", O_RDONLY), 0, false), 0);
    KT_EQ(fd_add(t_open("/dev/null", O_RDONLY), 0, true), 1);
    KT_EQ(fd_dup_to(0, 1, false), 1);
    KT_EQ(fd_get_cloexec(1), 0);
    KT_EQ(fd_dup_to(0, 200, true), 200); /* grows the table */
    KT_EQ(fd_dup_to(7, 1, false), -EBADF);
    KT_EQ(fd_dup_to(0, -1, false), -EBADF);
    KT_EQ(t_read(fd_get(0), &c, 1), 1);
    KT_EQ(t_read(fd_get(1), &c, 1), 1);
    KT_EQ(c, 'b');
    KT_EQ(t_read(fd_get(200), &c, 1), 1);
    KT_EQ(c, 'c');
    KT_EQ(vfs_unlink(AT_FDCWD, "/f"), 0);
    T_FILES_END();
}

/* Catches: a table that does not grow, or grows beyond the limit; a fork that misses a file. */
KTEST(fs_fd_many)
{
    T_FILES_BEGIN();
    struct file *f = t_open("/dev/null", O_RDWR);
    KT_ASSERT(f);
    for (int i = 0; i < 1500; i++)
        KT_EQ(fd_add(file_get(f), 0, i % 2), i);
    struct files *copy = files_fork(thread_current()->files);
    KT_ASSERT(copy);
    for (int i = 0; i < 1500; i += 3)
        KT_EQ(fd_close(i), 0);
    KT_EQ(files_next(copy, 3), 3);
    KT_EQ(files_next(thread_current()->files, 3), 4);
    KT_EQ(files_next(copy, 1500), -1);
    struct file *peeked = files_peek(copy, 1497);
    KT_ASSERT(peeked == f);
    file_put(peeked);
    files_put(copy);
    file_put(f);
    T_FILES_END();
}

/* Catches: RLIMIT_NOFILE not kept. */
KTEST(fs_fd_limit)
{
    struct limits *limits = kzalloc(sizeof *limits);
    KT_ASSERT(limits);
    T_FILES_BEGIN();
    limits_init(limits);
    limits->rlim[RLIMIT_NOFILE].rlim_cur = 70;
    thread_current()->limits = limits;
    int last = 0, err = 0;
    for (int i = 0; i < 80 && err >= 0; i++) {
        err = fd_add(t_open("/dev/null", O_RDWR), 0, false);
        last = MAX(last, err);
    }
    int errs[] = {fd_alloc(70, false), fd_dup_to(0, 70, false), fd_dup_to(0, 69, false)};
    thread_current()->limits = NULL;
    kfree(limits);
    KT_EQ(err, -EMFILE);
    KT_EQ(last, 69);
    KT_EQ(errs[0], -EINVAL);
    KT_EQ(errs[1], -EBADF);
    KT_EQ(errs[2], 69);
    T_FILES_END();
}

/* Catches: a shared table whose borrowed file is closed by the other thread. */
KTEST(fs_fd_shared)
{
    T_FILES_BEGIN();
    KT_EQ(fd_add(t_open("/dev/null", O_RDWR), 0, false), 0);
    struct files *other = files_share(thread_current()->files);
    struct file *f = fd_get(0);
    KT_ASSERT(f);
    KT_EQ(refcount_read(&f->refs), 2);
    KT_EQ(fd_close(0), 0);
    KT_EQ(t_write(f, "x", 1), 1);
    fd_put(f);
    KT_EQ(files_exec(&thread_current()->files), 0); /* gets a table of its own */
    KT_ASSERT(thread_current()->files != other);
    files_put(other);
    T_FILES_END();
}
