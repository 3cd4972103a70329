/* seq [-s SEPARATOR] [-w] [FIRST [STEP]] LAST: numbers. -w: with leading zeros to equal width. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *separator = "\n";
    bool pad = false;
    int i = 1;

    for (; i < argc && (strcmp(argv[i], "-w") == 0 || strcmp(argv[i], "-s") == 0); i++) {
        if (argv[i][1] == 'w')
            pad = true;
        else if (i + 1 < argc)
            separator = argv[++i];
    }
    int n = argc - i; /* numbers given; a leading '-' is a sign here, so getopt would be wrong */
    if (n < 1 || n > 3)
        errx(2, "usage: seq [-w] [-s SEPARATOR] [FIRST [STEP]] LAST");
    long first = n > 1 ? atol(argv[i]) : 1, step = n > 2 ? atol(argv[i + 1]) : 1,
         last = atol(argv[argc - 1]);
    char text[32];
    int width = pad ? snprintf(text, sizeof(text), "%ld", last) : 0;
    if (step == 0)
        errx(2, "the step is 0");
    for (long x = first; step > 0 ? x <= last : x >= last; x += step)
        printf("%s%0*ld", x == first ? "" : separator, width, x);
    if (step > 0 ? first <= last : first >= last)
        putchar('\n');
    return 0;
}
