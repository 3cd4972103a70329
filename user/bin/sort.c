/* sort [-rnuf] [-k FIELD] [-t CHAR] [-o FILE] [FILE...]: sort lines. -n: by their number; -u: equal
 * ones once; -f: without regard to case; -k: by what begins at a field (1 is the first). */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool reverse, numeric, unique, fold;
static int field = 1;
static char separator; /* 0: blanks */

static const char *key(const char *line)
{
    for (int i = 1; i < field; i++) {
        if (separator) {
            line += strcspn(line, (char[]){separator, '\0'});
            line += *line != '\0';
        } else {
            line += strspn(line, " \t");
            line += strcspn(line, " \t");
        }
    }
    return separator || field == 1 ? line : line + strspn(line, " \t");
}

static int compare_keys(const void *pa, const void *pb)
{
    const char *a = key(*(char *const *)pa), *b = key(*(char *const *)pb);
    int order;

    if (numeric) {
        double x = strtod(a, NULL), y = strtod(b, NULL);
        order = (x > y) - (x < y);
    } else {
        order = (fold ? strcasecmp : strcmp)(a, b);
    }
    return reverse ? -order : order;
}

/* Lines with equal keys are ordered as a whole, so that the result does not depend on the input's
 * order. */
static int compare(const void *pa, const void *pb)
{
    int order = compare_keys(pa, pb);

    if (order != 0)
        return order;
    order = strcmp(*(char *const *)pa, *(char *const *)pb);
    return reverse ? -order : order;
}

static size_t read_lines(FILE *f, char ***lines, size_t count)
{
    char *line = NULL;
    size_t room = 0;

    for (ssize_t n; (n = getline(&line, &room, f)) > 0; count++) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        if ((count & (count - 1)) == 0) /* a power of two: double the array */
            *lines = reallocarray(*lines, count ? count * 2 : 1, sizeof(char *));
        if (!*lines || !((*lines)[count] = strdup(line)))
            err(1, "sort");
    }
    free(line);
    return count;
}

int main(int argc, char **argv)
{
    char **lines = NULL, *input[] = {"-", NULL}, *output = NULL;
    size_t count = 0;

    for (int c; (c = getopt(argc, argv, "rnufk:t:o:")) != -1;) {
        if (c == '?')
            return 2;
        reverse |= c == 'r';
        numeric |= c == 'n';
        unique |= c == 'u';
        fold |= c == 'f';
        if (c == 'k') {
            field = atoi(optarg);
            numeric |= strchr(optarg, 'n') != NULL;
            reverse |= strchr(optarg, 'r') != NULL;
        }
        if (c == 't')
            separator = *optarg;
        if (c == 'o')
            output = optarg;
    }
    for (char **name = optind < argc ? argv + optind : input; *name; name++) {
        FILE *f = strcmp(*name, "-") == 0 ? stdin : fopen(*name, "r");
        if (!f)
            err(2, "%s", *name);
        count = read_lines(f, &lines, count);
        if (f != stdin)
            fclose(f);
    }
    if (output && !freopen(output, "w", stdout))
        err(2, "%s", output);
    if (count > 1)
        qsort(lines, count, sizeof(char *), compare);
    for (size_t i = 0; i < count; i++)
        if (!unique || i == 0 || compare_keys(&lines[i - 1], &lines[i]) != 0)
            puts(lines[i]);
    return fflush(stdout) == EOF ? 2 : 0;
}
