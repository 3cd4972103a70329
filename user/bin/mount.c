/* mount: what is mounted where. mount [-t TYPE] [-o OPTIONS] SOURCE FOLDER: mount it. Options: ro
 * rw nosuid nodev noexec remount bind; what else stands there goes to the file system. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned long flag;
} options[] = {{"ro", MS_RDONLY},       {"rw", 0},
               {"nosuid", MS_NOSUID},   {"nodev", MS_NODEV},
               {"noexec", MS_NOEXEC},   {"bind", MS_BIND},
               {"remount", MS_REMOUNT}, {"sync", MS_SYNCHRONOUS},
               {"defaults", 0},         {"noatime", MS_NOATIME}};

/* Split a list of options into flags and the rest. */
static unsigned long parse_options(char *list, char *rest, size_t size)
{
    unsigned long flags = 0;

    for (char *name; (name = strsep(&list, ","));) {
        size_t i = 0, count = sizeof(options) / sizeof(options[0]);
        while (i < count && strcmp(name, options[i].name) != 0)
            i++;
        if (i < count) {
            flags |= options[i].flag;
        } else {
            strlcat(rest, *rest ? "," : "", size);
            strlcat(rest, name, size);
        }
    }
    return flags;
}

static int list_mounts(void)
{
    char source[256], target[256], type[64], opts[256];
    FILE *f = fopen("/proc/mounts", "r");

    if (!f)
        err(1, "/proc/mounts");
    while (fscanf(f, "%255s %255s %63s %255s %*d %*d", source, target, type, opts) == 4)
        printf("%s on %s type %s (%s)\n", source, target, type, opts);
    return 0;
}

int main(int argc, char **argv)
{
    const char *type = "ext2";
    char rest[256] = "";
    unsigned long flags = 0;

    if (argc == 1)
        return list_mounts();
    for (int c; (c = getopt(argc, argv, "t:o:r")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 't')
            type = optarg;
        else
            flags |= c == 'r' ? MS_RDONLY : parse_options(optarg, rest, sizeof(rest));
    }
    if (argc - optind != 2)
        errx(2, "usage: mount [-t TYPE] [-o OPTIONS] SOURCE FOLDER");
    if (mount(argv[optind], argv[optind + 1], type, flags, *rest ? rest : NULL) < 0)
        err(1, "%s on %s", argv[optind], argv[optind + 1]);
    return 0;
}
