/* rm [-rRfid] FILE...: remove names. -r: folders with what they hold; -d: empty folders; -f: no
 * complaint about what does not exist; -i: ask. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util.h>

static bool recursive, folders, force, ask;
static char path[PATH_MAX]; /* of what is being removed, for messages */

/* Empty the folder `name` in `dirfd`. Names are resolved relative to the open folder, so that no
 * path grows too long. The entries are read anew until none is left: removing while reading may
 * skip some. */
static bool empty_folder(int parent, const char *name);

static bool remove_at(int dirfd, const char *name)
{
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        if (!force || errno != ENOENT)
            warn("%s", path);
        return force && errno == ENOENT;
    }
    bool folder = S_ISDIR(st.st_mode);
    if (folder && !recursive && !folders) {
        warnx("%s is a folder", path);
        return false;
    }
    if (ask && !confirm("remove", path))
        return true;
    if (folder && recursive && !empty_folder(dirfd, name))
        return false;
    if (unlinkat(dirfd, name, folder ? AT_REMOVEDIR : 0) == 0)
        return true;
    warn("%s", path);
    return false;
}

static bool empty_folder(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    bool ok = true, found = true;
    size_t len = strlen(path);

    if (!dir) {
        warn("%s", path);
        return false;
    }
    while (found && ok) {
        found = false;
        rewinddir(dir);
        for (struct dirent *e; (e = readdir(dir));) {
            if (is_dots(e->d_name))
                continue;
            found = true;
            snprintf(path + len, sizeof(path) - len, "/%s", e->d_name);
            ok &= remove_at(fd, e->d_name);
            path[len] = '\0';
        }
        if (ask)
            break;
    }
    closedir(dir);
    return ok;
}

/* rm(1p): a command line that names the root, "." or ".." is a mistake. */
static bool remove_named(const char *name)
{
    size_t len = strlen(name);

    while (len > 0 && name[len - 1] == '/')
        len--;
    const char *last = name + len;
    while (last > name && last[-1] != '/')
        last--;
    size_t last_len = (size_t)(name + len - last);
    if ((len == 0 && *name) || (last_len && last_len <= 2 && strspn(last, ".") >= last_len)) {
        warnx("%s is not removed: it is the root, or where you are", name);
        return false;
    }
    strlcpy(path, name, sizeof(path));
    return remove_at(AT_FDCWD, name);
}

int main(int argc, char **argv)
{
    bool ok = true;

    for (int c; (c = getopt(argc, argv, "rRfid")) != -1;) {
        if (c == '?')
            return 2;
        recursive |= c == 'r' || c == 'R';
        folders |= c == 'd';
        force |= c == 'f';
        ask = c == 'i' || (ask && c != 'f');
    }
    if (optind == argc && !force)
        errx(2, "usage: rm [-rfid] FILE...");
    for (; optind < argc; optind++)
        ok &= remove_named(argv[optind]);
    return !ok;
}
