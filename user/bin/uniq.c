/* uniq [-cdui] [FILE]: equal lines that follow each other, once. -c: with their number; -d: only
 * the repeated; -u: only the single ones; -i: without regard to case. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool count, repeated, single, fold;

static void print(const char *line, long n)
{
    if (!line || (repeated && n < 2) || (single && n > 1))
        return;
    if (count)
        printf("%7ld ", n);
    puts(line);
}

int main(int argc, char **argv)
{
    char *line = NULL, *last = NULL;
    size_t room = 0;
    long n = 0;

    for (int c; (c = getopt(argc, argv, "cdui")) != -1;) {
        if (c == '?')
            return 2;
        count |= c == 'c';
        repeated |= c == 'd';
        single |= c == 'u';
        fold |= c == 'i';
    }
    if (optind < argc && !freopen(argv[optind], "r", stdin))
        err(1, "%s", argv[optind]);
    for (ssize_t len; (len = getline(&line, &room, stdin)) > 0; n++) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (last && (fold ? strcasecmp : strcmp)(last, line) == 0)
            continue;
        print(last, n);
        free(last);
        last = strdup(line);
        n = 0;
    }
    print(last, n);
    free(last);
    return 0;
}
