/* env [-i] [-u NAME] [NAME=VALUE...] [COMMAND [ARGUMENTS...]]: run a command in a changed
 * environment, or print it. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    for (int c; (c = getopt(argc, argv, "iu:")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 'i')
            clearenv();
        else
            unsetenv(optarg);
    }
    for (; optind < argc && strchr(argv[optind], '='); optind++)
        putenv(argv[optind]);
    if (optind < argc) {
        execvp(argv[optind], argv + optind);
        err(errno == ENOENT ? 127 : 126, "%s", argv[optind]);
    }
    for (char **p = environ; *p; p++)
        puts(*p);
    return 0;
}
