/* Catches: stat that reports wrong types, sizes, times or device numbers; chmod, chown, truncate
 * and utimensat that change the wrong thing; mknod, access, statfs. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "ut.h"

static struct stat st;

static void special_files(void)
{
    CHECK_OK(stat("/dev/null", &st));
    CHECK(S_ISCHR(st.st_mode));
    CHECK_EQ(st.st_rdev, DEV_MAKE(1, 3));
    CHECK_OK(stat("/dev/zero", &st));
    CHECK_EQ(st.st_rdev, DEV_MAKE(1, 5));
    CHECK_OK(stat("/", &st));
    CHECK(S_ISDIR(st.st_mode));
    CHECK_OK(stat("/..", &st));
    CHECK_OK(mknod("n", S_IFCHR | 0600, DEV_MAKE(1, 3)));
    int fd = CHECK_OK(open("n", O_RDWR));
    char c;
    CHECK_EQ(read(fd, &c, 1), 0); /* it is /dev/null */
    close(fd);
    CHECK_ERR(mknod("n", S_IFCHR | 0600, DEV_MAKE(1, 3)), EEXIST);
    CHECK_OK(mknod("r", S_IFREG | 0640, 0));
    CHECK_OK(stat("r", &st));
    CHECK_EQ(st.st_mode & S_IFMT, S_IFREG);
    CHECK_ERR(mknod("d", S_IFDIR | 0755, 0), EPERM);
    unlink("n");
    unlink("r");
}

static void modes(void)
{
    int fd = CHECK_OK(open("f", O_RDWR | O_CREAT, 0644));

    CHECK_OK(chmod("f", 0751));
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_mode, S_IFREG | 0751);
    CHECK_OK(fchmod(fd, 06644));
    CHECK_OK(stat("f", &st));
    CHECK_EQ(st.st_mode & 07777, 06644);
    CHECK_OK(fchmodat(AT_FDCWD, "f", 0600, 0));
    CHECK_ERR(chmod("missing", 0600), ENOENT);
    CHECK_OK(chown("f", 5, 6));
    CHECK_OK(stat("f", &st));
    CHECK_EQ(st.st_uid, 5);
    CHECK_EQ(st.st_gid, 6);
    CHECK_OK(chown("f", (uid_t)-1, 7)); /* -1: as it is */
    CHECK_OK(stat("f", &st));
    CHECK_EQ(st.st_uid, 5);
    CHECK_EQ(st.st_gid, 7);
    close(fd);
    unlink("f");
}

static long age_ms(const struct timespec *ts)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec - ts->tv_sec) * 1000 + (now.tv_nsec - ts->tv_nsec) / 1000000;
}

/* Writing sets mtime and ctime, chmod only ctime; utimensat sets what it is told. */
static void times(void)
{
    struct timespec set[2] = {{1000, 123456789}, {2000, 987654321}};
    int fd = CHECK_OK(open("f", O_RDWR | O_CREAT, 0644));

    CHECK_OK(fstat(fd, &st));
    CHECK(age_ms(&st.st_mtim) < 5000 && age_ms(&st.st_mtim) > -1000);
    CHECK_OK(utimensat(AT_FDCWD, "f", set, 0));
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_atim.tv_sec, 1000);
    CHECK_EQ(st.st_atim.tv_nsec, 123456789);
    CHECK_EQ(st.st_mtim.tv_sec, 2000);
    CHECK_EQ(st.st_mtim.tv_nsec, 987654321);
    CHECK(age_ms(&st.st_ctim) < 5000);
    CHECK_OK(chmod("f", 0600));
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_mtim.tv_sec, 2000);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_OK(fstat(fd, &st));
    CHECK(age_ms(&st.st_mtim) < 5000);
    set[0].tv_nsec = UTIME_OMIT;
    set[1].tv_nsec = UTIME_NOW;
    CHECK_OK(futimens(fd, set));
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_atim.tv_sec, 1000);
    CHECK(age_ms(&st.st_mtim) < 5000);
    set[0].tv_nsec = 1000000000;
    CHECK_ERR(futimens(fd, set), EINVAL);
    CHECK_ERR(utimensat(AT_FDCWD, "missing", NULL, 0), ENOENT);
    CHECK_OK(futimens(fd, NULL));
    CHECK_OK(symlink("nowhere", "l"));
    CHECK_ERR(utimensat(AT_FDCWD, "l", NULL, 0), ENOENT);
    CHECK_OK(utimensat(AT_FDCWD, "l", NULL, AT_SYMLINK_NOFOLLOW));
    unlink("l");
    close(fd);
    unlink("f");
}

static void empty_path(void)
{
    struct stat other;
    int fd = CHECK_OK(open("f", O_RDWR | O_CREAT, 0644));

    CHECK_OK(fstat(fd, &st));
    CHECK_OK(fstatat(fd, "", &other, AT_EMPTY_PATH));
    CHECK_EQ(st.st_ino, other.st_ino);
    CHECK_ERR(fstatat(fd, "", &other, 0), ENOENT);
    CHECK_OK(fstatat(AT_FDCWD, "", &other, AT_EMPTY_PATH));
    CHECK(S_ISDIR(other.st_mode));
    CHECK_ERR(stat("", &other), ENOENT);
    CHECK_ERR(stat("f", ut_pointer(8)), EFAULT);
    CHECK_ERR(stat(ut_pointer(8), &other), EFAULT);
    close(fd);
    unlink("f");
}

static void accessible(void)
{
    int fd = CHECK_OK(open("f", O_RDWR | O_CREAT, 0644));

    close(fd);
    CHECK_OK(access("f", F_OK));
    CHECK_OK(access("f", R_OK | W_OK));
    CHECK_ERR(access("f", X_OK), EACCES); /* nobody may: root neither */
    CHECK_OK(chmod("f", 0100));
    CHECK_OK(access("f", R_OK | W_OK | X_OK));
    CHECK_ERR(access("missing", F_OK), ENOENT);
    CHECK_ERR(access("f", 8), EINVAL);
    CHECK_OK(truncate("f", 4097));
    CHECK_OK(stat("f", &st));
    CHECK_EQ(st.st_size, 4097);
    CHECK_ERR(truncate(".", 0), EISDIR);
    CHECK_ERR(truncate("missing", 0), ENOENT);
    unlink("f");
}

static void file_systems(void)
{
    struct statfs a, b;

    CHECK_OK(statfs("/tmp", &a));
    CHECK_OK(statfs("/proc", &b));
    CHECK_EQ(b.f_type, PROC_SUPER_MAGIC);
    CHECK(a.f_bsize >= 512 && a.f_namelen == 255);
    CHECK(a.f_bfree <= a.f_blocks);
    CHECK_ERR(statfs("missing", &a), ENOENT);
    int fd = CHECK_OK(open("/proc", O_RDONLY));
    CHECK_OK(fstatfs(fd, &a));
    CHECK_EQ(a.f_type, PROC_SUPER_MAGIC);
    close(fd);
}

int main(void)
{
    ut_enter_folder();
    special_files();
    modes();
    times();
    empty_path();
    accessible();
    file_systems();
    ut_leave_folder();
    return ut_result();
}
