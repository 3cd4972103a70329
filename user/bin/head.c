/* head [-n LINES | -c BYTES | -LINES] [FILE...]: the beginning of files. */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long limit = 10;
    bool bytes = false, ok = true;
    char *input[] = {"-", NULL};

    if (argc > 1 && argv[1][0] == '-' && isdigit(argv[1][1])) { /* the old form: head -5 */
        limit = atol(argv[1] + 1);
        optind = 2;
    }
    for (int c; (c = getopt(argc, argv, "n:c:")) != -1;) {
        if (c == '?')
            return 2;
        bytes = c == 'c';
        limit = atol(optarg);
    }
    bool headings = argc - optind > 1;
    for (char **name = optind < argc ? argv + optind : input; *name; name++) {
        FILE *f = strcmp(*name, "-") == 0 ? stdin : fopen(*name, "r");
        if (!f) {
            warn("%s", *name);
            ok = false;
            continue;
        }
        if (headings)
            printf("%s==> %s <==\n", name == argv + optind ? "" : "\n", *name);
        int c;
        for (long left = limit; left > 0 && (c = fgetc(f)) != EOF; left -= bytes || c == '\n')
            putchar(c);
        if (f != stdin)
            fclose(f);
    }
    return !ok;
}
