/* cut -f LIST [-d CHAR] [-s] | -c LIST [FILE...]: fields or characters of each line. LIST is like
 * 1,3-5,7-. -s: drop lines without a separator. */
#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *list;
static char separator = '\t';
static bool fields, only_separated;

static bool selected(long n)
{
    for (const char *s = list; *s;) {
        char *end;
        long low = *s == '-' ? 1 : strtol(s, &end, 10), high = low;
        if (*s == '-')
            end = (char *)s;
        if (*end == '-') {
            s = end + 1;
            high = strtol(s, &end, 10);
            if (end == s)
                high = LONG_MAX;
        }
        if (low <= n && n <= high)
            return true;
        if (*end && *end != ',')
            errx(2, "%s is not a list", list);
        s = *end ? end + 1 : end;
    }
    return false;
}

static void cut_line(char *line)
{
    if (!fields) {
        for (long i = 0; line[i]; i++)
            if (selected(i + 1))
                putchar(line[i]);
        putchar('\n');
        return;
    }
    if (!strchr(line, separator)) {
        if (!only_separated)
            puts(line);
        return;
    }
    bool first = true;
    long n = 1;
    for (char *field; (field = strsep(&line, (char[]){separator, '\0'})); n++) {
        if (!selected(n))
            continue;
        printf("%s%s", first ? "" : (char[]){separator, '\0'}, field);
        first = false;
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    char *line = NULL, *input[] = {"-", NULL};
    size_t room = 0;
    bool ok = true;

    for (int c; (c = getopt(argc, argv, "f:c:b:d:s")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 'd')
            separator = *optarg;
        else if (c == 's')
            only_separated = true;
        else {
            fields = c == 'f';
            list = optarg;
        }
    }
    if (!list)
        errx(2, "usage: cut -f LIST [-d CHAR] [-s] | -c LIST [FILE...]");
    for (char **name = optind < argc ? argv + optind : input; *name; name++) {
        FILE *f = strcmp(*name, "-") == 0 ? stdin : fopen(*name, "r");
        if (!f) {
            warn("%s", *name);
            ok = false;
            continue;
        }
        for (ssize_t n; (n = getline(&line, &room, f)) > 0;) {
            if (line[n - 1] == '\n')
                line[n - 1] = '\0';
            cut_line(line);
        }
        if (f != stdin)
            fclose(f);
    }
    return !ok;
}
