/* umount [-l] FOLDER...: detach file systems. -l: even those in use; they vanish when nobody uses
 * them any more. */
#include <err.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int flags = 0;
    bool ok = true;

    for (int c; (c = getopt(argc, argv, "l")) != -1; flags = MNT_DETACH)
        if (c == '?')
            return 2;
    if (optind == argc)
        errx(2, "usage: umount [-l] FOLDER...");
    for (; optind < argc; optind++)
        if (umount2(argv[optind], flags) < 0) {
            warn("%s", argv[optind]);
            ok = false;
        }
    return !ok;
}
