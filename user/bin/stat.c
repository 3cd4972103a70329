/* stat [-L] FILE...: what an inode says. -L: of a symbolic link's target. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <util.h>

static const char *type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "regular file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "symbolic link";
    case S_IFCHR:
        return "character device";
    case S_IFBLK:
        return "block device";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "unknown";
    }
}

static void print_time(const char *label, const struct timespec *ts)
{
    char text[32];

    strftime(text, sizeof(text), "%F %T", gmtime(&ts->tv_sec));
    printf("%s: %s.%09ld +0000\n", label, text, ts->tv_nsec);
}

int main(int argc, char **argv)
{
    bool follow = false, ok = true;

    for (int c; (c = getopt(argc, argv, "L")) != -1; follow = true)
        if (c == '?')
            return 2;
    if (optind == argc)
        errx(2, "usage: stat [-L] FILE...");
    for (; optind < argc; optind++) {
        const char *name = argv[optind];
        struct stat st;
        char target[4096], mode[11];
        if ((follow ? stat : lstat)(name, &st) < 0) {
            warn("%s", name);
            ok = false;
            continue;
        }
        ssize_t n = S_ISLNK(st.st_mode) ? readlink(name, target, sizeof(target)) : -1;
        printf("  File: %s", name);
        if (n >= 0)
            printf(" -> %.*s", (int)n, target);
        printf("\n  Size: %-15ld Blocks: %-10ld IO Block: %-6ld %s\n", st.st_size, st.st_blocks,
               st.st_blksize, type_name(st.st_mode));
        printf("Device: %u,%u\tInode: %-11lu Links: %lu", major(st.st_dev), minor(st.st_dev),
               st.st_ino, st.st_nlink);
        if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
            printf("     Device type: %u,%u", major(st.st_rdev), minor(st.st_rdev));
        strmode(st.st_mode, mode);
        printf("\nAccess: (%04o/%s)  Uid: %u   Gid: %u\n", st.st_mode & 07777, mode, st.st_uid,
               st.st_gid);
        print_time("Access", &st.st_atim);
        print_time("Modify", &st.st_mtim);
        print_time("Change", &st.st_ctim);
    }
    return !ok;
}
