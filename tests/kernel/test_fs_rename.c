/* rename(2) in all its cases. */
#include "fs_test.h"
#include "sched/wait.h"
#include "x86/clock.h"

static int mv(const char *from, const char *to)
{
    return vfs_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Catches: a file lost, doubled or replaced wrongly. */
KTEST(fs_rename_files)
{
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), 0);
    KT_EQ(t_make("/t/a", "A"), 0);
    KT_EQ(t_make("/t/b", "B"), 0);
    u64 a = t_ino("/t/a");
    KT_EQ(mv("/t/none", "/t/x"), -ENOENT);
    KT_EQ(mv("/t/a", "/t/d/c"), 0);
    KT_ASSERT(!t_exists("/t/a") && t_holds("/t/d/c", "A"));
    KT_EQ(t_ino("/t/d/c"), a);
    KT_EQ(mv("/t/d/c", "/t/b"), 0); /* over an existing file */
    KT_ASSERT(!t_exists("/t/d/c") && t_holds("/t/b", "A"));
    KT_EQ(mv("/t/b", "/t/b"), 0);
    KT_EQ(vfs_link(AT_FDCWD, "/t/b", AT_FDCWD, "/t/b2", 0), 0);
    KT_EQ(mv("/t/b", "/t/b2"), 0); /* two names of one file: nothing happens */
    KT_ASSERT(t_exists("/t/b") && t_exists("/t/b2"));
    KT_EQ(mv("/t/b", "/t/d"), -EISDIR);
    KT_EQ(mv("/t/d", "/t/b"), -ENOTDIR);
    KT_EQ(mv("/t/b", "/t/new/"), -ENOTDIR);
    KT_EQ(mv("/t/b", "/proc/b"), -EXDEV);
    KT_EQ(mv("/t/b/.", "/t/x"), -ENOTDIR);
    KT_EQ(mv("/t/d/.", "/t/x"), -EBUSY);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/b"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/b2"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d"), 0);
    T_END();
}

/* Catches: wrong link counts, a folder moved into itself (a loop that nobody could reach), a full
 * one replaced. */
KTEST(fs_rename_folders)
{
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a", 0755), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a/b", 0755), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/e", 0755), 0);
    KT_EQ(t_make("/t/a/b/f", "F"), 0);
    KT_EQ(t_nlink("/t"), 4);
    KT_EQ(mv("/t/a", "/t/a/b/c"), -EINVAL);
    KT_EQ(mv("/t/a", "/t/a/c"), -EINVAL);
    KT_EQ(mv("/t/a/b", "/t/a"), -ENOTEMPTY);
    KT_EQ(mv("/t/e", "/t/a"), -ENOTEMPTY);
    KT_EQ(mv("/t/a/b", "/t/e"), 0); /* over an empty one */
    KT_ASSERT(t_holds("/t/e/f", "F"));
    KT_EQ(t_nlink("/t/a"), 2);
    KT_EQ(t_nlink("/t"), 4);
    KT_EQ(t_ino("/t/e/.."), t_ino("/t"));
    KT_EQ(mv("/t/e/", "/t/a/x/"), 0);
    KT_EQ(t_ino("/t/a/x/.."), t_ino("/t/a"));
    KT_EQ(t_nlink("/t/a"), 3);
    KT_EQ(t_nlink("/t"), 3);
    KT_ASSERT(t_holds("/t/a/x/f", "F"));
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a/x/f"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/a/x"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: renameat2's flags. */
KTEST(fs_rename_flags)
{
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d/sub", 0755), 0);
    KT_EQ(t_make("/t/a", "A"), 0);
    KT_EQ(t_make("/t/b", "B"), 0);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/a", AT_FDCWD, "/t/b", RENAME_NOREPLACE), -EEXIST);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/a", AT_FDCWD, "/t/c", RENAME_NOREPLACE), 0);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/c", AT_FDCWD, "/t/b", RENAME_EXCHANGE), 0);
    KT_ASSERT(t_holds("/t/c", "B") && t_holds("/t/b", "A"));
    KT_EQ(vfs_rename(AT_FDCWD, "/t/c", AT_FDCWD, "/t/none", RENAME_EXCHANGE), -ENOENT);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/d", AT_FDCWD, "/t/d/sub", RENAME_EXCHANGE), -EINVAL);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/c", AT_FDCWD, "/t/d/sub", RENAME_EXCHANGE), 0);
    KT_ASSERT(t_holds("/t/d/sub", "B"));
    KT_EQ(t_nlink("/t/d"), 2);
    KT_EQ(t_nlink("/t"), 4);
    KT_EQ(vfs_rename(AT_FDCWD, "/t/c", AT_FDCWD, "/t/b", 4), -EINVAL);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/c"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/d/sub"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/b"), 0);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d"), 0);
    T_END();
}

/* Catches: an open victim that loses its bytes. */
KTEST(fs_rename_open_victim)
{
    char buf[8];
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "A"), 0);
    KT_EQ(t_make("/t/b", "B"), 0);
    struct file *f = t_open("/t/b", O_RDONLY);
    KT_ASSERT(f);
    KT_EQ(mv("/t/a", "/t/b"), 0);
    KT_EQ(t_read(f, buf, sizeof buf), 1);
    KT_EQ(buf[0], 'B');
    KT_ASSERT(t_holds("/t/b", "A"));
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/b"), 0);
    T_END();
}

/* Two threads move folders in and out of each other: catches a lock order that deadlocks, and a
 * loop. */
static _Atomic int racing;

static void racer(void *arg)
{
    const char *const *way = arg;
    for (int i = 0; i < 300; i++) {
        if (mv(way[0], way[1])) {
            ; /* the other one was there first */
        }
        if (mv(way[1], way[0])) {
            ;
        }
    }
    atomic_fetch_sub(&racing, 1);
    thread_exit();
}

KTEST(fs_rename_race)
{
    static const char *const ways[2][2] = {{"/t/a", "/t/b/a"}, {"/t/b", "/t/a/b"}};
    T_BEGIN("/t");
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/a", 0755), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/b", 0755), 0);
    racing = 2;
    for (int i = 0; i < 2; i++) {
        struct thread *t = thread_create("racer", racer, (void *)ways[i]);
        KT_ASSERT(t);
        thread_run(t);
        thread_put(t);
    }
    while (racing)
        thread_sleep_until(now_ns() + NS_PER_MS, WAIT_UNINTERRUPTIBLE);
    KT_ASSERT(t_exists("/t/a") || t_exists("/t/b"));
    static const char *const left[] = {"/t/a/b", "/t/b/a", "/t/a", "/t/b"};
    int removed = 0;
    for (size_t i = 0; i < ARRAY_SIZE(left); i++)
        removed += vfs_rmdir(AT_FDCWD, left[i]) == 0;
    KT_EQ(removed, 2);
    T_END();
}
