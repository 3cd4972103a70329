/* hexdump [-C] [-n BYTES] [-s SKIP] [FILE]: bytes in hexadecimal and as characters. Equal lines are
 * shown once, then "*". */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_line(long offset, const unsigned char *line, size_t n)
{
    printf("%08lx ", offset);
    for (size_t i = 0; i < 16; i++) {
        if (i % 8 == 0)
            putchar(' ');
        if (i < n)
            printf("%02x ", line[i]);
        else
            printf("   ");
    }
    printf(" |");
    for (size_t i = 0; i < n; i++)
        putchar(isprint(line[i]) ? line[i] : '.');
    puts("|");
}

int main(int argc, char **argv)
{
    unsigned char line[16], last[16];
    long limit = -1, skip = 0;
    bool have_last = false, starred = false;

    for (int c; (c = getopt(argc, argv, "Cn:s:")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 'n')
            limit = strtol(optarg, NULL, 0);
        if (c == 's')
            skip = strtol(optarg, NULL, 0);
    }
    FILE *f = optind < argc ? fopen(argv[optind], "r") : stdin;
    if (!f)
        err(1, "%s", argv[optind]);
    if (skip && fseek(f, skip, SEEK_SET) < 0)
        for (long i = 0; i < skip; i++)
            fgetc(f);
    long offset = skip;
    for (;;) {
        size_t want = limit >= 0 && limit < 16 ? (size_t)limit : 16;
        size_t n = fread(line, 1, want, f);
        if (n == 0)
            break;
        bool same = have_last && n == 16 && memcmp(line, last, 16) == 0;
        if (!same)
            print_line(offset, line, n);
        else if (!starred)
            puts("*");
        starred = same;
        have_last = true;
        memcpy(last, line, 16);
        offset += (long)n;
        limit -= limit >= 0 ? (long)n : 0;
    }
    printf("%08lx\n", offset);
    return ferror(f) ? 1 : 0;
}
