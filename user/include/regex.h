/* Regular expressions, POSIX's basic and extended syntax without backreferences. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

typedef struct {
    void *re_prog;
} regex_t;

typedef struct {
    long rm_so; /* where the match begins, from the start of the string */
    long rm_eo; /* ... and ends */
} regmatch_t;

#define REG_EXTENDED 1
#define REG_ICASE    2
#define REG_NOTBOL   1 /* regexec: ^ does not match at the start of the string */
#define REG_NOMATCH  1
#define REG_BADPAT   2
#define REG_ESPACE   12

int regcomp(regex_t *out, const char *pattern, int flags);
int regexec(const regex_t *re, const char *text, size_t nmatch, regmatch_t match[], int flags);
void regfree(regex_t *out); /* only match[0] is ever filled in */
