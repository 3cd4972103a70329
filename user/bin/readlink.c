/* readlink [-f] NAME: what a symbolic link says; -f: the real name behind all links. */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char text[PATH_MAX];
    int follow = 0;

    for (int c; (c = getopt(argc, argv, "f")) != -1; follow = 1)
        if (c == '?')
            return 2;
    if (optind == argc)
        errx(2, "usage: readlink [-f] NAME");
    if (follow) {
        if (!realpath(argv[optind], text))
            err(1, "%s", argv[optind]);
    } else {
        ssize_t n = readlink(argv[optind], text, sizeof(text) - 1);
        if (n < 0)
            err(1, "%s", argv[optind]);
        text[n] = '\0';
    }
    puts(text);
    return 0;
}
