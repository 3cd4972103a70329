/* basename PATH [SUFFIX]: the last component of a path name. */
#include <err.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3)
        errx(2, "usage: basename PATH [SUFFIX]");
    char *name = basename(argv[1]);
    size_t len = strlen(name), cut = argc == 3 ? strlen(argv[2]) : 0;
    if (cut < len && argc == 3 && strcmp(name + len - cut, argv[2]) == 0)
        name[len - cut] = '\0';
    puts(name);
    return 0;
}
