/* Catches: open flags that do something else than the manual says, and wrong errors of path
 * names: the tests build a small tree and try every kind of way through it. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "ut.h"

static void make(const char *name, const char *text)
{
    int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644));

    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static long size_of(const char *name)
{
    struct stat st;

    return stat(name, &st) < 0 ? -1 : st.st_size;
}

static void create_and_truncate(void)
{
    CHECK_ERR(open("f", O_RDONLY), ENOENT);
    make("f", "hello");
    CHECK_ERR(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    int fd = CHECK_OK(open("f", O_WRONLY | O_CREAT, 0600));
    CHECK_EQ(size_of("f"), 5);
    close(fd);
    fd = CHECK_OK(open("f", O_WRONLY | O_TRUNC));
    CHECK_EQ(size_of("f"), 0);
    close(fd);
    CHECK_OK(unlink("f"));
}

static void modes(void)
{
    struct stat st;
    mode_t old = umask(027);
    int fd = CHECK_OK(open("m", O_RDWR | O_CREAT, 0777));

    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_mode, S_IFREG | 0750);
    close(fd);
    umask(old);
    fd = CHECK_OK(open("r", O_RDWR | O_CREAT, 0444)); /* the mode counts from the next open on */
    CHECK_EQ(write(fd, "x", 1), 1);
    close(fd);
    unlink("m");
    unlink("r");
}

static void access_modes(void)
{
    char c;

    make("f", "x");
    int fd = CHECK_OK(open("f", O_RDONLY));
    CHECK_ERR(write(fd, "y", 1), EBADF);
    CHECK_ERR(ftruncate(fd, 0), EINVAL);
    close(fd);
    fd = CHECK_OK(open("f", O_WRONLY));
    CHECK_ERR(read(fd, &c, 1), EBADF);
    close(fd);
    unlink("f");
}

/* Every write of an O_APPEND descriptor goes to the end, wherever its offset is. */
static void append(void)
{
    char buf[16] = "";

    make("f", "ab");
    int fd = CHECK_OK(open("f", O_RDWR | O_APPEND));
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(write(fd, "cd", 2), 2);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
    CHECK_EQ(pread(fd, buf, 16, 0), 4);
    CHECK(memcmp(buf, "abcd", 4) == 0);
    close(fd);
    unlink("f");
}

static void directories(void)
{
    char c;

    CHECK_OK(mkdir("d", 0755));
    int fd = CHECK_OK(open("d", O_RDONLY | O_DIRECTORY));
    CHECK_ERR(read(fd, &c, 1), EISDIR);
    close(fd);
    CHECK_ERR(open("d", O_WRONLY), EISDIR);
    CHECK_ERR(open("d", O_RDWR), EISDIR);
    CHECK_ERR(open("d", O_RDONLY | O_CREAT, 0644), EISDIR);
    CHECK_ERR(open("missing/", O_WRONLY | O_CREAT, 0644), EISDIR);
    make("f", "");
    CHECK_ERR(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_ERR(open("f/", O_RDONLY), ENOTDIR);
    CHECK_ERR(open("f/x", O_RDONLY), ENOTDIR);
    CHECK_ERR(open("f/..", O_RDONLY), ENOTDIR);
    CHECK_ERR(open("missing/..", O_RDONLY), ENOENT);
    CHECK_ERR(open("", O_RDONLY), ENOENT);
    CHECK_ERR(open(ut_pointer(8), O_RDONLY), EFAULT);
    unlink("f");
    rmdir("d");
}

static void links(void)
{
    make("f", "text");
    CHECK_OK(symlink("f", "l"));
    CHECK_OK(symlink("nowhere", "dangling"));
    CHECK_OK(symlink("loop2", "loop1"));
    CHECK_OK(symlink("loop1", "loop2"));
    int fd = CHECK_OK(open("l", O_RDONLY));
    close(fd);
    CHECK_ERR(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_ERR(open("dangling", O_RDONLY), ENOENT);
    CHECK_ERR(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    fd = CHECK_OK(open("dangling", O_WRONLY | O_CREAT, 0644)); /* makes the target */
    close(fd);
    CHECK_EQ(size_of("nowhere"), 0);
    CHECK_ERR(open("loop1", O_RDONLY), ELOOP);
    CHECK_ERR(open("loop1/x", O_RDONLY), ELOOP);
    const char *names[] = {"f", "l", "dangling", "nowhere", "loop1", "loop2"};
    for (size_t i = 0; i < 6; i++)
        CHECK_OK(unlink(names[i]));
}

/* 40 links in a row are followed, 41 are not. */
static void link_limit(void)
{
    char from[16], to[16];

    make("n0", "");
    for (int i = 1; i <= 41; i++) {
        snprintf(from, sizeof(from), "n%d", i - 1);
        snprintf(to, sizeof(to), "n%d", i);
        CHECK_OK(symlink(from, to));
    }
    int fd = CHECK_OK(open("n40", O_RDONLY));
    close(fd);
    CHECK_ERR(open("n41", O_RDONLY), ELOOP);
    for (int i = 0; i <= 41; i++) {
        snprintf(to, sizeof(to), "n%d", i);
        unlink(to);
    }
}

static void name_lengths(void)
{
    static char path[PATH_MAX + 16];
    char name[NAME_MAX + 2];

    memset(name, 'n', sizeof(name));
    name[NAME_MAX + 1] = '\0';
    CHECK_ERR(open(name, O_WRONLY | O_CREAT, 0644), ENAMETOOLONG);
    name[NAME_MAX] = '\0';
    int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT, 0644));
    close(fd);
    CHECK_OK(unlink(name));
    for (size_t i = 0; i + 2 <= PATH_MAX; i += 2)
        memcpy(path + i, "./", 2);
    path[PATH_MAX - 2] = '.';
    path[PATH_MAX - 1] = '\0'; /* PATH_MAX with the NUL */
    fd = CHECK_OK(open(path, O_RDONLY));
    close(fd);
    path[PATH_MAX - 1] = '/';
    path[PATH_MAX] = '\0';
    CHECK_ERR(open(path, O_RDONLY), ENAMETOOLONG);
}

static void relative_to(void)
{
    CHECK_OK(mkdir("d", 0755));
    int dir = CHECK_OK(open("d", O_RDONLY | O_DIRECTORY));
    int fd = CHECK_OK(openat(dir, "x", O_WRONLY | O_CREAT, 0644));
    CHECK_EQ(size_of("d/x"), 0);
    CHECK_ERR(openat(fd, "y", O_RDONLY), ENOTDIR);
    CHECK_ERR(openat(99, "y", O_RDONLY), EBADF);
    int absolute = CHECK_OK(openat(99, "/dev/null", O_RDONLY)); /* the descriptor does not matter */
    close(absolute);
    CHECK_ERR(unlinkat(dir, "x", AT_REMOVEDIR), ENOTDIR);
    CHECK_OK(unlinkat(dir, "x", 0));
    CHECK_ERR(unlinkat(AT_FDCWD, "d", 0), EISDIR);
    CHECK_OK(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
    CHECK_ERR(openat(dir, "z", O_WRONLY | O_CREAT, 0644), ENOENT); /* it is gone */
    close(fd);
    close(dir);
}

int main(void)
{
    ut_enter_folder();
    create_and_truncate();
    modes();
    access_modes();
    append();
    directories();
    links();
    link_limit();
    name_lengths();
    relative_to();
    ut_leave_folder();
    return ut_result();
}
