/* ln [-sfn] TARGET... NAME: another name for a file, or with -s a symbolic link. -f: replace an
 * existing name. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util.h>

int main(int argc, char **argv)
{
    bool symbolic = false, force = false, plain = false, ok = true;
    struct stat st;

    for (int c; (c = getopt(argc, argv, "sfn")) != -1;) {
        if (c == '?')
            return 2;
        symbolic |= c == 's';
        force |= c == 'f';
        plain |= c == 'n'; /* a link to a folder is not followed */
    }
    if (optind == argc)
        errx(2, "usage: ln [-sfn] TARGET... NAME");
    char *name = argc - optind > 1 ? argv[argc - 1] : ".";
    int last = argc - optind > 1 ? argc - 1 : argc;
    bool into = (plain ? lstat : stat)(name, &st) == 0 && S_ISDIR(st.st_mode);
    if (!into && last - optind > 1)
        errx(1, "%s is not a folder", name);
    for (; optind < last; optind++) {
        char path[4096];
        target_path(argv[optind], name, into, path, sizeof(path));
        if (force)
            unlink(path);
        if ((symbolic ? symlink : link)(argv[optind], path) < 0) {
            warn("%s", path);
            ok = false;
        }
    }
    return !ok;
}
