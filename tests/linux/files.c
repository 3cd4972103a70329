/* Would catch: path lookup, links, directories and renames that differ from Linux's. Everything is
 * done in a folder of its own below /tmp and removed again. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void result(const char *what, long value)
{
    printf("%s: %ld%s%s\n", what, value, value < 0 ? " " : "", value < 0 ? strerror(errno) : "");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path)
{
    char *names[64];
    int n = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        result(path, -1);
        return;
    }
    for (struct dirent *d; (d = readdir(dir)) && n < 64;) {
        char line[300];
        snprintf(line, sizeof line, "%s(%d)", d->d_name, d->d_type);
        names[n++] = strdup(line);
    }
    closedir(dir);
    qsort(names, n, sizeof names[0], by_name);
    printf("%s:", path);
    for (int i = 0; i < n; i++)
        printf(" %s", names[i]);
    printf("\n");
}

static void links(void)
{
    char buf[100] = "";
    struct stat st;
    result("symlink", symlink("a/file", "link"));
    result("readlink", readlink("link", buf, sizeof buf));
    printf("-> %s\n", buf);
    result("open through it", open("link", O_RDONLY) >= 0 ? 0 : -1);
    result("O_NOFOLLOW", open("link", O_RDONLY | O_NOFOLLOW));
    result("hard link", link("a/file", "hard"));
    stat("hard", &st);
    printf("links %d\n", (int)st.st_nlink);
    symlink("loop2", "loop1");
    symlink("loop1", "loop2");
    result("loop", open("loop1", O_RDONLY));
    symlink("nowhere", "dangling");
    result("dangling", open("dangling", O_RDONLY));
    lstat("dangling", &st);
    printf("lstat %o size %ld\n", st.st_mode & S_IFMT, (long)st.st_size);
    unlink("loop1");
    unlink("loop2");
    unlink("dangling");
}

static void names(void)
{
    char long_name[400];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    result("long name", open(long_name, O_RDONLY));
    result("empty name", open("", O_RDONLY));
    result("file as directory", open("a/file/x", O_RDONLY));
    result("trailing slash", open("a/file/", O_RDONLY));
    result("dots", access("./a/../a/./file", R_OK));
    result("mkdir again", mkdir("a", 0755));
    result("rmdir full", rmdir("a"));
    result("rmdir dot", rmdir("a/."));
    result("unlink a directory", unlink("a"));
}

static void renames(void)
{
    result("rename", rename("a/file", "b/moved"));
    result("gone", access("a/file", F_OK));
    result("rename onto", rename("hard", "b/moved"));
    result("rename directory", rename("a", "b/c"));
    result("into itself", rename("b", "b/c/d"));
    result("directory onto file", rename("b/c", "b/moved"));
    list("b");
}

int main(void)
{
    char cwd[100];
    puts("BEGIN");
    umask(022);
    mkdir("/tmp/files-test", 0755);
    result("chdir", chdir("/tmp/files-test"));
    printf("cwd %s\n", getcwd(cwd, sizeof cwd));
    result("mkdir", mkdir("a", 0755));
    mkdir("b", 0700);
    result("creat", close(creat("a/file", 0644)));
    links();
    names();
    list(".");
    renames();
    int dir = open("b", O_RDONLY | O_DIRECTORY);
    result("openat", close(openat(dir, "moved", O_RDWR)));
    result("unlinkat", unlinkat(dir, "moved", 0));
    result("unlinkat directory", unlinkat(dir, "c", AT_REMOVEDIR));
    result("O_DIRECTORY on a device", open("/dev/null", O_RDONLY | O_DIRECTORY));
    unlink("link");
    unlink("hard");
    list(".");
    chdir("/");
    result("rmdir b", rmdir("/tmp/files-test/b"));
    result("rmdir", rmdir("/tmp/files-test"));
    puts("END");
    return 0;
}
