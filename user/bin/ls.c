/* ls [-aAlrtSRd1FhC] [FILE...]: list folders. */
#include <dirent.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <util.h>

static bool flag[128]; /* by option letter */
static int status;
static int terminal_width; /* 0: one name a line */

struct item {
    char *name;
    struct stat st;
};

static int compare(const void *pa, const void *pb)
{
    const struct item *a = pa, *b = pb;
    long order = strcmp(a->name, b->name);

    if (flag['S'] && a->st.st_size != b->st.st_size)
        order = b->st.st_size - a->st.st_size;
    if (flag['t'] && a->st.st_mtime != b->st.st_mtime)
        order = b->st.st_mtime - a->st.st_mtime;
    order = flag['r'] ? -order : order;
    return (order > 0) - (order < 0);
}

static const char *suffix(mode_t m)
{
    if (!flag['F'])
        return "";
    return S_ISDIR(m) ? "/" : S_ISLNK(m) ? "@" : S_ISFIFO(m) ? "|" : m & 0111 ? "*" : "";
}

static void print_long(const char *folder, const struct item *it)
{
    const struct stat *st = &it->st;
    char path[4096], target[4096], date[32], mode[11], size[16];

    strmode(st->st_mode, mode);
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
        snprintf(size, 16, "%u, %3u", DEV_MAJOR(st->st_rdev), DEV_MINOR(st->st_rdev));
    else if (flag['h'])
        human_size((uint64_t)st->st_size, size);
    else
        snprintf(size, 16, "%ld", st->st_size);
    long age = time(NULL) - st->st_mtime;
    bool old = age > 15778476 || age < -60; /* half a year: the year tells more than the hour */
    strftime(date, sizeof(date), old ? "%b %e  %Y" : "%b %e %H:%M", localtime(&st->st_mtime));
    printf("%s %3lu %4u %4u %8s %s %s", mode, st->st_nlink, st->st_uid, st->st_gid, size, date,
           it->name);
    snprintf(path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "", it->name);
    ssize_t n = S_ISLNK(st->st_mode) ? readlink(path, target, sizeof(target)) : -1;
    if (n >= 0)
        printf(" -> %.*s", (int)n, target);
    printf("%s\n", suffix(st->st_mode));
}

/* In columns as wide as the longest name, filled from top to bottom; or one name a line. */
static void print_items(const char *folder, struct item *items, int count)
{
    int width = 1;

    if (count == 0)
        return;
    qsort(items, (size_t)count, sizeof(*items), compare);
    for (int i = 0; i < count; i++)
        width = (int)strlen(items[i].name) + 3 > width ? (int)strlen(items[i].name) + 3 : width;
    int columns = terminal_width > width ? terminal_width / width : 1;
    int rows = flag['l'] ? count : (count + columns - 1) / columns;
    for (int row = 0; row < rows; row++) {
        if (flag['l']) {
            print_long(folder, &items[row]);
            continue;
        }
        for (int i = row; i < count; i += rows) {
            int n = printf("%s%s", items[i].name, suffix(items[i].st.st_mode));
            printf("%*s", i + rows < count ? width - n : 0, "");
        }
        putchar('\n');
    }
}

static bool get(struct item *it, const char *path, const char *name)
{
    it->name = strdup(name);
    if (!it->name)
        err(2, "ls");
    if (lstat(path, &it->st) == 0)
        return true;
    warn("%s", path);
    status = 1;
    return false;
}

static void list_folder(const char *folder, bool heading)
{
    struct item *items = NULL;
    int count = 0;
    char path[4096];
    DIR *dir = opendir(folder);

    if (heading)
        printf("%s:\n", folder);
    if (!dir) {
        warn("%s", folder);
        status = 1;
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.' && !flag['a'] && (!flag['A'] || is_dots(e->d_name)))
            continue;
        items = reallocarray(items, (size_t)count + 1, sizeof(*items));
        if (!items)
            err(2, "ls");
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        count += get(&items[count], path, e->d_name);
    }
    closedir(dir);
    print_items(folder, items, count);
    for (int i = 0; flag['R'] && i < count; i++) {
        if (!S_ISDIR(items[i].st.st_mode) || is_dots(items[i].name))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, items[i].name);
        putchar('\n');
        list_folder(path, true);
    }
    free(items);
}

int main(int argc, char **argv)
{
    struct winsize ws;
    char *here[] = {".", NULL};

    for (int c; (c = getopt(argc, argv, "aAlrtSRd1FhC")) != -1; flag[c] = true)
        if (c == '?')
            return 2;
    if (!flag['1'] && (isatty(1) || flag['C']))
        terminal_width = ioctl(1, TIOCGWINSZ, &ws) == 0 && ws.ws_col ? ws.ws_col : 80;
    char **names = optind < argc ? argv + optind : here;
    struct item *files = calloc((size_t)argc + 1, sizeof(*files));
    char **folders = calloc((size_t)argc + 1, sizeof(*folders));
    if (!files || !folders)
        err(2, "ls");
    int nfiles = 0, nfolders = 0;
    for (; *names; names++) {
        struct stat st;
        if (!get(&files[nfiles], *names, *names))
            continue;
        if (!flag['d'] && (flag['l'] ? lstat(*names, &st) : stat(*names, &st)) == 0 &&
            S_ISDIR(st.st_mode))
            folders[nfolders++] = *names;
        else
            nfiles++;
    }
    print_items("", files, nfiles);
    for (int i = 0; i < nfolders; i++) {
        if (nfiles || i)
            putchar('\n');
        list_folder(folders[i], nfolders > 1 || nfiles || flag['R']);
    }
    free(files);
    free(folders);
    return status;
}
