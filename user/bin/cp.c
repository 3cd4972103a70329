/* cp [-rRfpai] SOURCE... TARGET: copy files, and with -r folders. -p keeps mode and times; -f
 * removes a target that cannot be opened; -i asks first; -a is -rp with links copied as links. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util.h>

static bool recursive, keep, force, ask, keep_links;
static int status;

static void fail(const char *path)
{
    warn("%s", path);
    status = 1;
}

static void copy(const char *from, const char *to);

static void copy_folder(const char *from, const char *to, const struct stat *st)
{
    char path_from[4096], path_to[4096];
    DIR *dir = opendir(from);

    if (!dir || (mkdir(to, (st->st_mode & 07777) | 0700) < 0 && errno != EEXIST)) {
        fail(dir ? to : from);
        if (dir)
            closedir(dir);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        if (is_dots(e->d_name))
            continue;
        snprintf(path_from, sizeof(path_from), "%s/%s", from, e->d_name);
        snprintf(path_to, sizeof(path_to), "%s/%s", to, e->d_name);
        copy(path_from, path_to);
    }
    closedir(dir);
}

static void copy_file(const char *from, const char *to, const struct stat *st)
{
    struct stat target;

    if (stat(to, &target) == 0 && target.st_dev == st->st_dev && target.st_ino == st->st_ino) {
        warnx("%s and %s are the same file", from, to);
        status = 1;
        return;
    }
    int in = open(from, O_RDONLY);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC, st->st_mode & 0777);
    if (in >= 0 && out < 0 && force && unlink(to) == 0)
        out = open(to, O_WRONLY | O_CREAT | O_EXCL, st->st_mode & 0777);
    if (in < 0 || out < 0)
        fail(in < 0 ? from : to);
    else if (!copy_fd(in, out))
        fail(from);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
}

static void copy_link(const char *from, const char *to)
{
    char target[4096];
    ssize_t n = readlink(from, target, sizeof(target) - 1);

    target[n > 0 ? n : 0] = '\0';
    if (n < 0 || ((unlink(to) == 0 || errno == ENOENT) && symlink(target, to) < 0))
        fail(to);
}

static void copy(const char *from, const char *to)
{
    struct stat st;

    if ((keep_links ? lstat : stat)(from, &st) < 0) {
        fail(from);
        return;
    }
    if (ask && access(to, F_OK) == 0 && !confirm("overwrite", to))
        return;
    if (S_ISDIR(st.st_mode) && !recursive) {
        warnx("%s is a folder (not copied without -r)", from);
        status = 1;
        return;
    }
    if (S_ISDIR(st.st_mode))
        copy_folder(from, to, &st);
    else if (S_ISLNK(st.st_mode))
        copy_link(from, to);
    else if (recursive && !S_ISREG(st.st_mode) && mknod(to, st.st_mode, st.st_rdev) < 0)
        fail(to);
    else if (!recursive || S_ISREG(st.st_mode))
        copy_file(from, to, &st);
    if (keep && !S_ISLNK(st.st_mode)) {
        struct timespec times[2] = {st.st_atim, st.st_mtim};
        if (chmod(to, st.st_mode & 07777) < 0 || utimensat(AT_FDCWD, to, times, 0) < 0)
            fail(to);
    }
}

int main(int argc, char **argv)
{
    struct stat st;

    for (int c; (c = getopt(argc, argv, "rRfpai")) != -1;) {
        if (c == '?')
            return 2;
        recursive |= strchr("rRa", c) != NULL;
        keep |= strchr("pa", c) != NULL;
        force |= c == 'f';
        ask |= c == 'i';
        keep_links |= c == 'a';
    }
    if (argc - optind < 2)
        errx(2, "usage: cp [-rfpai] SOURCE... TARGET");
    char *target = argv[argc - 1];
    bool into = stat(target, &st) == 0 && S_ISDIR(st.st_mode);
    if (!into && argc - optind > 2)
        errx(1, "%s is not a folder", target);
    for (; optind < argc - 1; optind++) {
        char path[4096];
        copy(argv[optind], target_path(argv[optind], target, into, path, sizeof(path)));
    }
    return status;
}
