/* Command-line options. */
#pragma once

extern char *optarg; /* the argument of the option just returned */
extern int optind;   /* the next element of argv to look at */
extern int opterr;   /* 0: print nothing about an unknown option */
extern int optopt;   /* the unknown option */

/* The next option letter of argv, '?' for one that is not in `spec`, -1 at the first operand or
 * after "--". A letter followed by ':' in `spec` takes an argument. A leading '+' is accepted and
 * changes nothing: it always stops at the first operand. */
int getopt(int argc, char *const argv[], const char *spec);
