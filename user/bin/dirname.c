/* dirname PATH: a path name without its last component. */
#include <err.h>
#include <libgen.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: dirname PATH");
    puts(dirname(argv[1]));
    return 0;
}
