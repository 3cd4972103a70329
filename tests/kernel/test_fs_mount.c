/* Mounts: what is seen where; limits of a tmpfs; and that unmounting gives everything back. */
#include "fs_test.h"

/* Catches: a mount that is not crossed in both directions, a busy one unmounted, a leak of the
 * whole tree. */
KTEST(fs_mount_cross)
{
    char buf[64], *name;
    struct path p;
    T_BEGIN("/t");
    KT_EQ(t_make("/t/below", "b"), 0);
    KT_EQ(vfs_mount("none", "/t", "tmpfs", 0, NULL), 0);
    KT_ASSERT(!t_exists("/t/below"));
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d/deep", 0755), 0);
    KT_EQ(t_make("/t/d/deep/a", "A"), 0);
    KT_EQ(t_ino("/t/d/../.."), t_ino("/"));
    KT_EQ(path_lookup(AT_FDCWD, "/t/d/deep", 0, &p), 0);
    KT_EQ(path_name(&p, buf, sizeof buf, &name), 10);
    KT_EQ(strcmp(name, "/t/d/deep"), 0);
    path_put(&p);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t"), -EBUSY);
    KT_EQ(vfs_rename(AT_FDCWD, "/t", AT_FDCWD, "/u", 0), -EBUSY);
    struct file *f = t_open("/t/d/deep/a", O_RDONLY);
    KT_ASSERT(f);
    KT_EQ(vfs_umount("/t", 0), -EBUSY);
    KT_EQ(vfs_umount("/t/d", 0), -EINVAL);
    file_put(f);
    KT_EQ(vfs_umount("/t", 0), 0);
    KT_ASSERT(t_holds("/t/below", "b"));
    KT_EQ(vfs_umount("/t", 0), -EINVAL);
    KT_EQ(vfs_umount("/", 0), -EBUSY);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/below"), 0);
    T_END();
}

/* Catches: errnos; a file system type that does not exist; a mount on a file. */
KTEST(fs_mount_errors)
{
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", ""), 0);
    KT_EQ(vfs_mount("none", "/t", "nosuchfs", 0, NULL), -ENODEV);
    KT_EQ(vfs_mount("none", "/t", "pipe", 0, NULL), -ENODEV);
    KT_EQ(vfs_mount("none", "/t/a", "tmpfs", 0, NULL), -ENOTDIR);
    KT_EQ(vfs_mount("none", "/t/none", "tmpfs", 0, NULL), -ENOENT);
    KT_EQ(vfs_mount("none", "/t", "tmpfs", 0, "size=lots"), -EINVAL);
    KT_EQ(vfs_mount("none", "/t", "tmpfs", 0, "colour=red"), -EINVAL);
    KT_EQ(vfs_mount("proc", "/proc", "proc", 0, NULL), -EBUSY);
    KT_EQ(vfs_umount("/t", 64), -EINVAL);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: a limit that is not kept or not given back when files go. */
KTEST(fs_mount_limits)
{
    struct statfs st;
    char *buf = kzalloc(16 * PAGE_SIZE);
    KT_ASSERT(buf);
    T_BEGIN("/t");
    KT_EQ(vfs_mount("none", "/t", "tmpfs", 0, "size=40k,nr_inodes=4,mode=700"), 0);
    KT_EQ(vfs_statfs("/t", &st), 0);
    KT_EQ(st.f_blocks, 10);
    KT_EQ(st.f_ffree, 3);
    struct file *f = t_open("/t/a", O_RDWR | O_CREAT);
    KT_ASSERT(f);
    KT_EQ(t_write(f, buf, 16 * PAGE_SIZE), 10 * PAGE_SIZE); /* what fits */
    KT_EQ(t_write(f, buf, 1), -ENOSPC);
    KT_EQ(vfs_statfs("/t", &st), 0);
    KT_EQ(st.f_bfree, 0);
    KT_EQ(file_truncate(f, 3 * PAGE_SIZE), 0);
    KT_EQ(vfs_statfs("/t", &st), 0);
    KT_EQ(st.f_bfree, 7);
    file_put(f);
    KT_EQ(t_make("/t/b", ""), 0);
    KT_EQ(t_make("/t/c", ""), 0);
    KT_EQ(t_make("/t/d", ""), -ENOSPC);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    KT_EQ(vfs_statfs("/t", &st), 0);
    KT_EQ(st.f_bfree, 10);
    KT_EQ(st.f_ffree, 1);
    KT_EQ(vfs_umount("/t", 0), 0);
    kfree(buf);
    T_END();
}

/* Catches: a read-only mount that is written through, by whatever call. */
KTEST(fs_mount_readonly)
{
    T_BEGIN("/t");
    KT_EQ(vfs_mount("none", "/t", "tmpfs", 0, NULL), 0);
    KT_EQ(t_make("/t/a", "A"), 0);
    KT_EQ(vfs_mount(NULL, "/t", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    KT_ASSERT(t_holds("/t/a", "A"));
    KT_EQ(t_open_error("/t/a", O_WRONLY), -EROFS);
    KT_EQ(t_open_error("/t/b", O_WRONLY | O_CREAT), -EROFS);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), -EROFS);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a", 0755), -EEXIST);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), -EROFS);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/a", AT_FDCWD, "/t/b", 0), -EROFS);
    KT_EQ(vfs_link(AT_FDCWD, "/t/a", AT_FDCWD, "/t/b", 0), -EROFS);
    KT_EQ(vfs_symlink("a", AT_FDCWD, "/t/b"), -EROFS);
    KT_EQ(vfs_chmod(AT_FDCWD, "/t/a", 0777, 0), -EROFS);
    KT_EQ(vfs_truncate("/t/a", 0), -EROFS);
    KT_EQ(vfs_utimens(AT_FDCWD, "/t/a", NULL, 0), -EROFS);
    KT_EQ(vfs_access(AT_FDCWD, "/t/a", W_OK, 0), -EROFS);
    KT_EQ(vfs_umount("/t", 0), 0);
    T_END();
}

/* Catches: a bind mount that shows something else; a lazy unmount that pulls files from under their
 * users. */
KTEST(fs_mount_bind_and_detach)
{
    char c;
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a", 0755), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/b", 0755), 0);
    KT_EQ(vfs_mount("none", "/t/a", "tmpfs", 0, NULL), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a/sub", 0755), 0);
    KT_EQ(vfs_mount("/t/a/sub", "/t/b", NULL, MS_BIND, NULL), 0);
    KT_EQ(t_make("/t/b/f", "F"), 0);
    KT_ASSERT(t_holds("/t/a/sub/f", "F"));
    KT_EQ(t_ino("/t/b/.."), t_ino("/t"));
    KT_EQ(vfs_rename(AT_FDCWD, "/t/b/f", AT_FDCWD, "/t/a/f", 0), -EXDEV);
    KT_EQ(vfs_umount("/t/a", 0), 0); /* the bind mount keeps the file system alive */
    KT_ASSERT(t_holds("/t/b/f", "F"));
    struct file *f = t_open("/t/b/f", O_RDONLY);
    KT_ASSERT(f);
    KT_EQ(vfs_umount("/t/b", 0), -EBUSY);
    KT_EQ(vfs_umount("/t/b", MNT_DETACH), 0);
    KT_ASSERT(!t_exists("/t/b/f"));
    KT_EQ(t_read(f, &c, 1), 1);
    KT_EQ(c, 'F');
    file_put(f);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/a"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/b"), 0);
    T_END();
}

/* Catches: a recursion as deep as the tree when a file system goes. */
KTEST(fs_mount_deep_tree)
{
    struct path at, next;
    T_BEGIN("/t");
    KT_EQ(vfs_mount("none", "/t", "tmpfs", 0, NULL), 0);
    KT_EQ(vfs_chdir("/t"), 0);
    for (int i = 0; i < 2000; i++) {
        KT_EQ(vfs_mkdir(AT_FDCWD, "d", 0755), 0);
        KT_EQ(vfs_chdir("d"), 0);
    }
    fsctx_cwd(fsctx_current(), &at);
    KT_EQ(path_lookup_from(&at, "../..", 0, &next), 0);
    path_put(&at);
    path_put(&next);
    KT_EQ(vfs_chdir("/"), 0);
    KT_EQ(vfs_umount("/t", 0), 0);
    T_END();
}

/* Catches: mounts on one directory that bind mounts show at several places, taken for one another
 * or lost when one beside them goes. */
KTEST(fs_mount_beside)
{
    static const char *const top[] = {"/t/a", "/t/b", "/t/c"};
    static const char *const point[] = {"/t/a/p", "/t/b/p", "/t/c/p"};
    static const char *const file[] = {"/t/a/p/f", "/t/b/p/f", "/t/c/p/f"};
    static const char *const text[] = {"A", "B", "C"};
    T_BEGIN("/t");
    for (int i = 0; i < 3; i++) {
        KT_EQ(vfs_mkdir(AT_FDCWD, top[i], 0755), 0);
        KT_EQ(i == 0 ? vfs_mount("none", top[0], "tmpfs", 0, NULL)
                     : vfs_mount(top[0], top[i], NULL, MS_BIND, NULL),
              0);
    }
    KT_EQ(vfs_mkdir(AT_FDCWD, point[0], 0755), 0);
    for (int i = 0; i < 3; i++) {
        KT_EQ(vfs_mount("none", point[i], "tmpfs", 0, NULL), 0);
        KT_EQ(t_make(file[i], text[i]), 0);
    }
    static const int order[] = {1, 0, 2}; /* the middle of the chain, its end, its only one */
    for (int i = 0; i < 3; i++) {
        for (int left = i; left < 3; left++)
            KT_ASSERT(t_holds(file[order[left]], text[order[left]]));
        KT_EQ(vfs_umount(point[order[i]], 0), 0);
        KT_ASSERT(!t_exists(file[order[i]]));
    }
    for (int i = 2; i >= 0; i--) {
        KT_EQ(vfs_umount(top[i], 0), 0);
        KT_EQ(vfs_rmdir(AT_FDCWD, top[i]), 0);
    }
    T_END();
}
