/* Names: making, removing, linking, walking; each errno where the manual page wants it. */
#include "fs_test.h"

/* Catches: a name that is not there after it was made, or still there after it was removed; a wrong
 * link count. */
KTEST(fs_names_make_and_remove)
{
    struct stat st;
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "hello"), 0);
    KT_ASSERT(t_holds("/t/a", "hello"));
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0700), 0);
    KT_EQ(t_nlink("/t"), 3);
    KT_EQ(t_nlink("/t/d"), 2);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0700), -EEXIST);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a", 0700), -EEXIST);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/x/y", 0700), -ENOENT);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a/y", 0700), -ENOTDIR);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/d"), -EISDIR);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/a"), -ENOTDIR);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t"), -ENOTEMPTY);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d/."), -EINVAL);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d/.."), -ENOTEMPTY);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/"), -EBUSY);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/none"), -ENOENT);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a/"), -ENOTDIR);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/a/", 0, &st), -ENOTDIR);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/d/", 0, &st), 0);
    KT_EQ(vfs_stat(AT_FDCWD, "", 0, &st), -ENOENT);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d/"), 0);
    KT_EQ(t_nlink("/t"), 2);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    KT_ASSERT(!t_exists("/t/a"));
    T_END();
}

/* Catches: dots, doubled slashes and the root's parent taken for names. */
KTEST(fs_names_dots)
{
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), 0);
    KT_EQ(t_make("//t///d/./../d//a", "x"), 0);
    KT_ASSERT(t_holds("/../../t/d/a", "x"));
    KT_EQ(t_ino("/t/d/.."), t_ino("/t"));
    KT_EQ(t_ino("/.."), t_ino("/"));
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d/.", 0755), -EEXIST);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/", 0755), -EEXIST);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/d/."), -EISDIR);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/d/a"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d/"), 0);
    T_END();
}

/* Catches: the length limits off by one. */
KTEST(fs_names_length)
{
    char name[300] = "/t/";
    T_BEGIN("/t");
    memset(name + 3, 'n', 256);
    name[3 + 256] = '\0';
    KT_EQ(t_open_error(name, O_CREAT | O_WRONLY), -ENAMETOOLONG);
    name[3 + 255] = '\0';
    KT_EQ(t_make(name, "long"), 0);
    KT_ASSERT(t_holds(name, "long"));
    KT_EQ(vfs_rename(AT_FDCWD, name, AT_FDCWD, "/t/short", 0), 0);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/short", AT_FDCWD, name, 0), 0);
    KT_ASSERT(t_holds(name, "long"));
    KT_EQ(vfs_unlink(AT_FDCWD, name), 0);
    T_END();
}

/* Catches: links followed where they should not be or the other way round, loops without end, and a
 * dangling one. */
KTEST(fs_names_symlinks)
{
    char buf[64];
    struct stat st;
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), 0);
    KT_EQ(t_make("/t/d/a", "A"), 0);
    KT_EQ(vfs_symlink("d", AT_FDCWD, "/t/rel"), 0);
    KT_EQ(vfs_symlink("/t/d/a", AT_FDCWD, "/t/abs"), 0);
    KT_EQ(vfs_symlink("../t/rel/../rel/a", AT_FDCWD, "/t/deep"), 0);
    KT_EQ(vfs_symlink("loop", AT_FDCWD, "/t/loop"), 0);
    KT_EQ(vfs_symlink("new", AT_FDCWD, "/t/dangling"), 0);
    KT_EQ(vfs_symlink("", AT_FDCWD, "/t/empty"), -ENOENT);
    KT_ASSERT(t_holds("/t/rel/a", "A"));
    KT_ASSERT(t_holds("/t/abs", "A"));
    KT_ASSERT(t_holds("/t/deep", "A"));
    KT_EQ(vfs_readlink(AT_FDCWD, "/t/abs", buf, sizeof buf), 6);
    KT_EQ(vfs_readlink(AT_FDCWD, "/t/abs", buf, 3), 3);
    KT_EQ(vfs_readlink(AT_FDCWD, "/t/d", buf, 3), -EINVAL);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/loop", 0, &st), -ELOOP);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/loop/x", 0, &st), -ELOOP);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/loop", AT_SYMLINK_NOFOLLOW, &st), 0);
    KT_ASSERT(S_ISLNK(st.st_mode));
    KT_EQ(st.st_size, 4);
    KT_EQ(t_open_error("/t/abs", O_RDONLY | O_NOFOLLOW), -ELOOP);
    KT_EQ(t_open_error("/t/dangling", O_RDONLY), -ENOENT);
    KT_EQ(t_open_error("/t/dangling", O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
    KT_EQ(t_make("/t/dangling", "made through the link"), 0);
    KT_ASSERT(t_holds("/t/new", "made through the link"));
    KT_EQ(vfs_stat(AT_FDCWD, "/t/rel/", AT_SYMLINK_NOFOLLOW, &st), 0);
    KT_ASSERT(S_ISDIR(st.st_mode));
    KT_EQ(vfs_stat(AT_FDCWD, "/t/abs/", 0, &st), -ENOTDIR);
    static const char *const all[] = {"/t/rel",      "/t/abs", "/t/deep", "/t/loop",
                                      "/t/dangling", "/t/new", "/t/d/a"};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        KT_EQ(vfs_unlink(AT_FDCWD, all[i]), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d"), 0);
    T_END();
}

/* Catches: 40 links refused or 41 followed. */
KTEST(fs_names_symlink_limit)
{
    char name[32], target[32];
    T_BEGIN("/t");
    KT_EQ(t_make("/t/0", "end"), 0);
    for (int i = 1; i <= 41; i++) {
        snprintf(name, sizeof name, "/t/%d", i);
        snprintf(target, sizeof target, "%d", i - 1);
        KT_EQ(vfs_symlink(target, AT_FDCWD, name), 0);
    }
    KT_ASSERT(t_holds("/t/40", "end"));
    KT_EQ(t_open_error("/t/41", O_RDONLY), -ELOOP);
    for (int i = 0; i <= 41; i++) {
        snprintf(name, sizeof name, "/t/%d", i);
        KT_EQ(vfs_unlink(AT_FDCWD, name), 0);
    }
    T_END();
}

/* Catches: a second name that is another file; links to folders. */
KTEST(fs_names_links)
{
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "one"), 0);
    KT_EQ(vfs_symlink("a", AT_FDCWD, "/t/s"), 0);
    KT_EQ(vfs_link(AT_FDCWD, "/t/a", AT_FDCWD, "/t/b", 0), 0);
    KT_EQ(t_nlink("/t/a"), 2);
    KT_EQ(t_ino("/t/a"), t_ino("/t/b"));
    KT_EQ(vfs_link(AT_FDCWD, "/t/a", AT_FDCWD, "/t/b", 0), -EEXIST);
    KT_EQ(vfs_link(AT_FDCWD, "/t", AT_FDCWD, "/t/c", 0), -EPERM);
    KT_EQ(vfs_link(AT_FDCWD, "/t/a", AT_FDCWD, "/proc/c", 0), -EXDEV);
    KT_EQ(vfs_link(AT_FDCWD, "/t/s", AT_FDCWD, "/t/s2", 0), 0); /* the link itself */
    KT_EQ(t_ino("/t/s"), t_ino("/t/s2"));
    KT_EQ(vfs_link(AT_FDCWD, "/t/s", AT_FDCWD, "/t/c", AT_SYMLINK_FOLLOW), 0);
    KT_EQ(t_nlink("/t/a"), 3);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    KT_ASSERT(t_holds("/t/b", "one"));
    KT_EQ(t_nlink("/t/b"), 2);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/b"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/c"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/s"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/s2"), 0);
    T_END();
}

/* Catches: O_EXCL, O_DIRECTORY, O_TRUNC, O_CREAT on a folder, and O_PATH doing what they should
 * not. */
KTEST(fs_names_open_flags)
{
    T_BEGIN("/t");
    KT_EQ(t_open_error("/t/a", O_RDONLY), -ENOENT);
    KT_EQ(t_open_error("/t/a/", O_RDWR | O_CREAT), -EISDIR);
    KT_EQ(t_make("/t/a", "text"), 0);
    KT_EQ(t_open_error("/t/a", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
    KT_EQ(t_open_error("/t/a", O_RDONLY | O_DIRECTORY), -ENOTDIR);
    KT_EQ(t_open_error("/t", O_RDONLY | O_DIRECTORY), 0);
    KT_EQ(t_open_error("/t", O_WRONLY), -EISDIR);
    KT_EQ(t_open_error("/t", O_RDONLY | O_CREAT), -EISDIR);
    KT_EQ(t_open_error("/t/.", O_RDONLY | O_CREAT), -EISDIR);
    KT_EQ(t_open_error("/t/a", O_RDWR | O_CREAT), 0);
    KT_ASSERT(t_holds("/t/a", "text"));
    KT_EQ(t_open_error("/t/a", O_WRONLY | O_TRUNC), 0);
    KT_ASSERT(t_holds("/t/a", ""));
    struct file *f = t_open("/t/a", O_PATH | O_RDWR);
    char c;
    KT_ASSERT(f);
    KT_EQ(t_read(f, &c, 1), -EBADF);
    KT_EQ(t_write(f, "x", 1), -EBADF);
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: rights that are not asked, in a folder on the way, of the file, of the sticky bit; and a
 * umask without effect. */
KTEST(fs_names_permissions)
{
    struct stat st;
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/closed", 0700), 0);
    KT_EQ(t_make("/t/closed/a", "secret"), 0);
    KT_EQ(t_make("/t/read", "r"), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/tmp", 01777), 0);
    KT_EQ(vfs_chmod(AT_FDCWD, "/t/tmp", 01777, 0), 0);
    KT_EQ(t_make("/t/tmp/root", "r"), 0);
    t_be_user(1000);
    int errs[] = {
        t_open_error("/t/closed/a", O_RDONLY),
        t_open_error("/t/read", O_RDONLY),
        t_open_error("/t/read", O_WRONLY),
        t_open_error("/t/new", O_CREAT | O_WRONLY),
        t_make("/t/tmp/mine", "m"),
        vfs_unlink(AT_FDCWD, "/t/tmp/root"),
        vfs_chmod(AT_FDCWD, "/t/read", 0777, 0),
        vfs_chown(AT_FDCWD, "/t/tmp/mine", 0, (gid_t)-1, 0),
        vfs_chmod(AT_FDCWD, "/t/tmp/mine", 0400, 0),
        vfs_access(AT_FDCWD, "/t/read", R_OK, 0),
        vfs_access(AT_FDCWD, "/t/read", W_OK, 0),
        vfs_access(AT_FDCWD, "/t/tmp/mine", X_OK, 0),
        vfs_mknod(AT_FDCWD, "/t/tmp/dev", S_IFCHR | 0666, 1),
        vfs_stat(AT_FDCWD, "/t/tmp/mine", 0, &st),
    };
    t_be_root();
    static const int want[] = {-EACCES, 0, -EACCES, -EACCES, 0,       -EPERM, -EPERM,
                               -EPERM,  0, 0,       -EACCES, -EACCES, -EPERM, 0};
    for (size_t i = 0; i < ARRAY_SIZE(errs); i++)
        KT_EQ(errs[i], want[i]);
    KT_EQ(st.st_uid, 1000);
    KT_EQ(st.st_mode, S_IFREG | 0400);
    KT_EQ(vfs_access(AT_FDCWD, "/t/read", X_OK, 0), -EACCES); /* root too */
    static const char *const files[] = {"/t/closed/a", "/t/read", "/t/tmp/root", "/t/tmp/mine"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        KT_EQ(vfs_unlink(AT_FDCWD, files[i]), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/closed"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/tmp"), 0);
    T_END();
}

/* Catches: a working directory that is not where names start, or not found again by getcwd. */
KTEST(fs_names_cwd)
{
    char buf[64], *name;
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), 0);
    KT_EQ(vfs_chdir("/t/d"), 0);
    KT_EQ(path_getcwd(buf, sizeof buf, &name), 5);
    KT_EQ(strcmp(name, "/t/d"), 0);
    KT_EQ(path_getcwd(buf, 4, &name), -ERANGE);
    KT_EQ(t_make("x", "1"), 0);
    KT_ASSERT(t_holds("../d/x", "1"));
    KT_EQ(vfs_unlink(AT_FDCWD, "x"), 0);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/d", AT_FDCWD, "/t/e", 0), 0);
    KT_EQ(path_getcwd(buf, sizeof buf, &name), 5);
    KT_EQ(strcmp(name, "/t/e"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/e"), 0);
    KT_EQ(path_getcwd(buf, sizeof buf, &name), -ENOENT);
    KT_EQ(t_open_error("y", O_CREAT | O_WRONLY), -ENOENT);
    KT_EQ(vfs_chdir("/"), 0);
    KT_EQ(path_getcwd(buf, sizeof buf, &name), 2);
    T_END();
}

/* Catches: a name cache that outgrows its table, or loses names when it is swept. */
KTEST(fs_names_cache_bounded)
{
    struct stat st;
    char name[32];
    u64 most = 0;
    struct frame_stats ram;
    frame_stats(&ram);
    if (ram.total > GIB(1) / PAGE_SIZE)
        KT_SKIP("the table of a large machine has room for all names of this test");
    T_BEGIN("/t");
    KT_EQ(t_make("/t/there", "x"), 0);
    for (int i = 0; i < 60000; i++) { /* names that do not exist are remembered too */
        snprintf(name, sizeof name, "/t/none%d", i);
        KT_EQ(vfs_stat(AT_FDCWD, name, 0, &st), -ENOENT);
        most = MAX(most, dentry_count());
    }
    KT_ASSERT(most < 60000);
    KT_ASSERT(t_holds("/t/there", "x"));
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/there"), 0);
    T_END();
}

/* Catches: a file that lost this name, but not its last, shown as if it still had it. */
KTEST(fs_names_deleted)
{
    char buf[64], *shown;
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "x"), 0);
    KT_EQ(vfs_link(AT_FDCWD, "/t/a", AT_FDCWD, "/t/b", 0), 0);
    struct file *f = t_open("/t/a", O_RDONLY);
    KT_ASSERT(f);
    KT_ASSERT(path_name(&f->path, buf, sizeof buf, &shown) > 0);
    KT_EQ(strcmp(shown, "/t/a"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    KT_ASSERT(path_name(&f->path, buf, sizeof buf, &shown) > 0);
    KT_EQ(strcmp(shown, "/t/a (deleted)"), 0);
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/b"), 0);
    T_END();
}
