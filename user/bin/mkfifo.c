/* mkfifo [-m MODE] NAME...: make named pipes. */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    mode_t mode = 0666;
    bool ok = true;

    for (int c; (c = getopt(argc, argv, "m:")) != -1; mode = (mode_t)strtoul(optarg, NULL, 8))
        if (c == '?')
            return 2;
    if (optind == argc)
        errx(2, "usage: mkfifo [-m MODE] NAME...");
    for (; optind < argc; optind++)
        if (mkfifo(argv[optind], mode) < 0) {
            warn("%s", argv[optind]);
            ok = false;
        }
    return !ok;
}
