/* df [-h] [-a] [PATH...]: how full the file systems are. -a: also those without blocks, such as
 * proc. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <util.h>

static bool human;

static void print_size(unsigned long blocks, long block_size)
{
    char text[16];

    if (human)
        printf(" %9s", human_size(blocks * (unsigned long)block_size, text));
    else
        printf(" %9lu", blocks * (unsigned long)block_size / 1024);
}

static bool show(const char *source, const char *path, bool empty_too)
{
    struct statfs fs;

    if (statfs(path, &fs) < 0) {
        warn("%s", path);
        return false;
    }
    if (fs.f_blocks == 0 && !empty_too)
        return true;
    unsigned long used = fs.f_blocks - fs.f_bfree;
    unsigned long usable = used + fs.f_bavail;
    printf("%-15s", source);
    print_size(fs.f_blocks, fs.f_bsize);
    print_size(used, fs.f_bsize);
    print_size(fs.f_bavail, fs.f_bsize);
    printf(" %3lu%% %s\n", usable ? (used * 100 + usable - 1) / usable : 0, path);
    return true;
}

int main(int argc, char **argv)
{
    bool all = false, ok = true;
    char source[256], path[256];

    for (int c; (c = getopt(argc, argv, "hka")) != -1;) {
        if (c == '?')
            return 2;
        human |= c == 'h';
        all |= c == 'a';
    }
    printf("%-15s %9s %9s %9s Use%% Mounted on\n", "Filesystem", human ? "Size" : "1K-blocks",
           "Used", "Available");
    for (int i = optind; i < argc; i++)
        ok &= show("-", argv[i], true);
    if (optind < argc)
        return !ok;
    FILE *f = fopen("/proc/mounts", "r");
    if (!f)
        err(1, "/proc/mounts");
    while (fscanf(f, "%255s %255s %*s %*s %*d %*d", source, path) == 2)
        ok &= show(source, path, all);
    return !ok;
}
