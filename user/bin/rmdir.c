/* rmdir [-p] FOLDER...: remove empty folders. -p: then their parents too. */
#include <err.h>
#include <libgen.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    bool parents = false, ok = true;

    for (int c; (c = getopt(argc, argv, "p")) != -1; parents = true)
        if (c == '?')
            return 2;
    if (optind == argc)
        errx(2, "usage: rmdir [-p] FOLDER...");
    for (; optind < argc; optind++) {
        char *path = argv[optind];
        do {
            if (rmdir(path) < 0) {
                warn("%s", path);
                ok = false;
                break;
            }
        } while (parents && (path = dirname(path)) && strcmp(path, ".") != 0 &&
                 strcmp(path, "/") != 0);
    }
    return !ok;
}
