/* getopt: POSIX's option letters, no permutation of operands. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

char *optarg;
int optind = 1;
int opterr = 1;
int optopt;

static int
    where; /* the position inside argv[optind], for letters written together; 0: at its start */

static int complain(const char *program, const char *what)
{
    if (opterr)
        fprintf(stderr, "%s: %s -- '%c'\n", program, what, optopt);
    return '?';
}

int getopt(int argc, char *const argv[], const char *spec)
{
    if (*spec == '+')
        spec++;
    if (optind == 0)
        optind = 1; /* start again, as GNU's getopt does */
    optarg = NULL;
    if (optind >= argc || (where == 0 && (argv[optind][0] != '-' || argv[optind][1] == '\0')))
        return -1;
    if (where == 0 && strcmp(argv[optind], "--") == 0) {
        optind++;
        return -1;
    }
    if (where == 0 && strncmp(argv[optind], "--", 2) == 0) {
        if (opterr)
            fprintf(stderr, "%s: options have one letter; `help %s` tells them\n", argv[0],
                    program_invocation_short_name);
        optopt = '-';
        optind++;
        return '?';
    }
    if (where == 0)
        where = 1;
    char *here = argv[optind] + where;
    optopt = (unsigned char)*here;
    if (here[1] != '\0') {
        where++;
    } else {
        where = 0;
        optind++;
    }
    const char *letter = optopt == ':' ? NULL : strchr(spec, optopt);
    if (!letter)
        return complain(argv[0], "invalid option");
    if (letter[1] != ':')
        return optopt;
    if (where != 0) { /* -ovalue */
        optarg = here + 1;
        where = 0;
    } else if (optind < argc) { /* -o value */
        optarg = argv[optind];
    } else {
        return complain(argv[0], "option requires an argument");
    }
    optind++;
    return optopt;
}
