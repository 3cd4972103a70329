/* mknod [-m MODE] NAME p | NAME c MAJOR MINOR | NAME b MAJOR MINOR: make a pipe or a device node.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    mode_t mode = 0666;

    for (int c; (c = getopt(argc, argv, "m:")) != -1; mode = (mode_t)strtoul(optarg, NULL, 8))
        if (c == '?')
            return 2;
    char **arg = argv + optind;
    int n = argc - optind;
    if (!(n == 2 && strcmp(arg[1], "p") == 0) &&
        !(n == 4 && strlen(arg[1]) == 1 && strchr("bc", *arg[1])))
        errx(2, "usage: mknod [-m MODE] NAME p | NAME b|c MAJOR MINOR");
    mode |= *arg[1] == 'p' ? S_IFIFO : *arg[1] == 'b' ? S_IFBLK : S_IFCHR;
    if (mknod(arg[0], mode,
              n == 4 ? makedev(strtoul(arg[2], NULL, 0), strtoul(arg[3], NULL, 0)) : 0) < 0)
        err(1, "%s", arg[0]);
    return 0;
}
