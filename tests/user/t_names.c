/* Catches: rename, link, unlink, symlink, mkdir, rmdir that lose a file, its link count or its
 * times, accept what would break the tree, or answer with another error than POSIX names. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ut.h"

static void make(const char *name, const char *text)
{
    int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644));

    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static bool holds(const char *name, const char *text)
{
    char buf[64] = "";
    int fd = open(name, O_RDONLY);

    if (fd < 0)
        return false;
    read(fd, buf, sizeof(buf) - 1);
    close(fd);
    return strcmp(buf, text) == 0;
}

static long links_of(const char *name)
{
    struct stat st;

    return lstat(name, &st) < 0 ? -1 : (long)st.st_nlink;
}

static void hard_links(void)
{
    make("a", "text");
    CHECK_EQ(links_of("a"), 1);
    CHECK_OK(link("a", "b"));
    CHECK_EQ(links_of("a"), 2);
    CHECK_ERR(link("a", "b"), EEXIST);
    CHECK_ERR(link("missing", "c"), ENOENT);
    CHECK_ERR(link("a", "missing/c"), ENOENT);
    CHECK_ERR(link(".", "c"), EPERM);
    CHECK_OK(unlink("a"));
    CHECK(holds("b", "text"));
    CHECK_EQ(links_of("b"), 1);
    CHECK_OK(symlink("b", "s"));
    CHECK_OK(link("s", "t")); /* of the link itself */
    CHECK_EQ(links_of("s"), 2);
    CHECK_OK(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
    CHECK_EQ(links_of("b"), 2);
    unlink("b");
    unlink("s");
    unlink("t");
    unlink("u");
}

/* An unlinked file lives until it is closed. */
static void unlink_open(void)
{
    char c;
    struct stat st;

    make("f", "x");
    int fd = CHECK_OK(open("f", O_RDWR));
    CHECK_OK(unlink("f"));
    CHECK_ERR(open("f", O_RDONLY), ENOENT);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_OK(fstat(fd, &st));
    CHECK_EQ(st.st_nlink, 0);
    make("f", "new");
    CHECK_EQ(pread(fd, &c, 1, 0), 1);
    CHECK_EQ(c, 'x');
    close(fd);
    unlink("f");
    CHECK_ERR(unlink("f"), ENOENT);
    CHECK_OK(mkdir("d", 0755));
    CHECK_ERR(unlink("d"), EISDIR);
    rmdir("d");
}

static void rename_files(void)
{
    make("a", "A");
    make("b", "B");
    CHECK_OK(rename("a", "b"));
    CHECK(holds("b", "A"));
    CHECK_ERR(open("a", O_RDONLY), ENOENT);
    CHECK_OK(rename("b", "b"));
    CHECK_OK(link("b", "c"));
    CHECK_OK(rename("b", "c")); /* two names of one file: nothing happens */
    CHECK_EQ(links_of("b"), 2);
    CHECK_ERR(rename("missing", "x"), ENOENT);
    CHECK_ERR(rename("b", "missing/x"), ENOENT);
    CHECK_ERR(rename("b", "c/x"), ENOTDIR);
    CHECK_ERR(rename("", "x"), ENOENT);
    unlink("b");
    unlink("c");
}

static void rename_folders(void)
{
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(mkdir("d/e", 0755));
    CHECK_OK(mkdir("empty", 0755));
    CHECK_OK(mkdir("full", 0755));
    make("full/f", "");
    make("file", "");
    CHECK_ERR(rename("d", "d/e/x"), EINVAL);
    CHECK_ERR(rename("d", "full"), ENOTEMPTY);
    CHECK_ERR(rename("d", "file"), ENOTDIR);
    CHECK_ERR(rename("file", "empty"), EISDIR);
    CHECK_EQ(links_of("d"), 3);
    CHECK_OK(rename("d/e", "full/e")); /* ".." now leads to full */
    CHECK_EQ(links_of("d"), 2);
    CHECK_EQ(links_of("full"), 3);
    CHECK(links_of("full/e/../f") == 1);
    CHECK_OK(rename("full", "empty"));
    CHECK_EQ(links_of("empty/f"), 1);
    CHECK_ERR(rename(".", "x"), EBUSY);
    unlink("empty/f");
    CHECK_OK(rmdir("empty/e"));
    CHECK_OK(rmdir("empty"));
    CHECK_OK(rmdir("d"));
    unlink("file");
}

static void rename_flags(void)
{
    make("a", "A");
    make("b", "B");
#define RENAMEAT2(from, to, flags) syscall(316, AT_FDCWD, from, AT_FDCWD, to, flags)
    CHECK_ERR(RENAMEAT2("a", "b", RENAME_NOREPLACE), EEXIST);
    CHECK_OK(RENAMEAT2("a", "c", RENAME_NOREPLACE));
    CHECK(holds("c", "A") && holds("b", "B"));
    CHECK_ERR(RENAMEAT2("c", "b", 0x80), EINVAL);
    unlink("b");
    unlink("c");
}

static void folders(void)
{
    CHECK_OK(mkdir("d", 0755));
    CHECK_EQ(links_of("d"), 2);
    CHECK_ERR(mkdir("d", 0755), EEXIST);
    CHECK_ERR(mkdir("missing/d", 0755), ENOENT);
    CHECK_OK(mkdir("d/e/", 0755));
    CHECK_EQ(links_of("d"), 3);
    CHECK_ERR(rmdir("d"), ENOTEMPTY);
    CHECK_ERR(rmdir("d/."), EINVAL);
    CHECK_ERR(rmdir("d/e/.."), ENOTEMPTY);
    CHECK_ERR(rmdir("missing"), ENOENT);
    make("f", "");
    CHECK_ERR(rmdir("f"), ENOTDIR);
    CHECK_ERR(mkdir("f/x", 0755), ENOTDIR);
    CHECK_ERR(mkdir("f", 0755), EEXIST);
    CHECK_OK(rmdir("d/e"));
    CHECK_OK(rmdir("d"));
    unlink("f");
}

/* A removed folder that somebody is in: nothing can be made there, and it has no name. */
static void removed_folder(void)
{
    char cwd[PATH_MAX];

    CHECK_OK(mkdir("gone", 0755));
    CHECK_OK(chdir("gone"));
    CHECK_OK(rmdir("../gone"));
    CHECK_ERR(open("x", O_WRONLY | O_CREAT, 0644), ENOENT);
    CHECK_ERR(mkdir("x", 0755), ENOENT);
    errno = 0;
    CHECK(getcwd(cwd, sizeof(cwd)) == NULL && errno == ENOENT);
    CHECK_OK(chdir(ut_folder));
}

static void symlinks(void)
{
    char buf[16];
    struct stat st;

    CHECK_OK(symlink("some/where", "s"));
    CHECK_ERR(symlink("x", "s"), EEXIST);
    CHECK_ERR(symlink("", "t"), ENOENT);
    CHECK_EQ(readlink("s", buf, sizeof(buf)), 10);
    CHECK(memcmp(buf, "some/where", 10) == 0);
    CHECK_EQ(readlink("s", buf, 4), 4); /* cut, without an error */
    CHECK_ERR(readlink("s", buf, 0), EINVAL);
    CHECK_ERR(readlink(".", buf, 4), EINVAL);
    CHECK_ERR(readlink("missing", buf, 4), ENOENT);
    CHECK_OK(lstat("s", &st));
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(st.st_size, 10);
    CHECK_ERR(stat("s", &st), ENOENT);
    CHECK_ERR(rmdir("s"), ENOTDIR);
    CHECK_OK(unlink("s"));
    CHECK_OK(mkdir("d", 0755));
    CHECK_OK(symlink("d", "s"));
    CHECK_OK(stat("s/", &st));
    CHECK(S_ISDIR(st.st_mode));
    CHECK_OK(lstat("s/", &st)); /* the slash follows it */
    CHECK(S_ISDIR(st.st_mode));
    unlink("s");
    rmdir("d");
}

static void working_folder(void)
{
    char here[PATH_MAX], there[PATH_MAX], small[4];

    CHECK(getcwd(here, sizeof(here)) != NULL);
    CHECK(strcmp(here, ut_folder) == 0);
    CHECK_OK(mkdir("d", 0755));
    int fd = CHECK_OK(open(".", O_RDONLY | O_DIRECTORY));
    CHECK_OK(chdir("d"));
    CHECK(getcwd(there, sizeof(there)) && strcmp(there + strlen(here), "/d") == 0);
    CHECK_OK(chdir(".."));
    CHECK_OK(chdir("d/../d/."));
    CHECK_OK(fchdir(fd));
    CHECK(getcwd(there, sizeof(there)) && strcmp(there, here) == 0);
    errno = 0;
    CHECK(getcwd(small, sizeof(small)) == NULL && errno == ERANGE);
    make("f", "");
    CHECK_ERR(chdir("f"), ENOTDIR);
    CHECK_ERR(chdir("missing"), ENOENT);
    CHECK_ERR(fchdir(0), ENOTDIR);
    close(fd);
    unlink("f");
    rmdir("d");
    CHECK_OK(chdir("/.."));
    CHECK(getcwd(here, sizeof(here)) && strcmp(here, "/") == 0);
    CHECK_OK(chdir(ut_folder));
}

int main(void)
{
    ut_enter_folder();
    hard_links();
    unlink_open();
    rename_files();
    rename_folders();
    rename_flags();
    folders();
    removed_folder();
    symlinks();
    working_folder();
    ut_leave_folder();
    return ut_result();
}
