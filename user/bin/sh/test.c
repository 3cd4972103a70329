/* test EXPRESSION, [ EXPRESSION ]: files, strings, numbers; ! ( ) -a -o. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sh.h"

static char **at, **end;
static bool bad;

static bool test_or(void);

static bool test_file(char op, const char *path)
{
    struct stat st;

    if (op == 'r' || op == 'w' || op == 'x')
        return access(path, op == 'r' ? R_OK : op == 'w' ? W_OK : X_OK) == 0;
    if (op == 'L' || op == 'h')
        return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    if (stat(path, &st) < 0)
        return false;
    switch (op) {
    case 'f':
        return S_ISREG(st.st_mode);
    case 'd':
        return S_ISDIR(st.st_mode);
    case 'c':
        return S_ISCHR(st.st_mode);
    case 'b':
        return S_ISBLK(st.st_mode);
    case 'p':
        return S_ISFIFO(st.st_mode);
    case 's':
        return st.st_size > 0;
    default:
        return true; /* -e */
    }
}

static bool test_binary(const char *a, const char *op, const char *b, bool *known)
{
    static const char *const numeric[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
    long x = atol(a), y = atol(b);
    const bool results[] = {x == y, x != y, x<y, x <= y, x> y, x >= y};

    *known = true;
    for (int i = 0; i < 6; i++)
        if (strcmp(op, numeric[i]) == 0)
            return results[i];
    if (strcmp(op, "=") == 0 || strcmp(op, "==") == 0)
        return strcmp(a, b) == 0;
    if (strcmp(op, "!=") == 0)
        return strcmp(a, b) != 0;
    *known = false;
    return false;
}

static bool test_primary(void)
{
    bool known;

    if (at >= end) {
        bad = true;
        return false;
    }
    if (end - at >= 3) {
        bool result = test_binary(at[0], at[1], at[2], &known);
        if (known) {
            at += 3;
            return result;
        }
    }
    if (strcmp(*at, "!") == 0 && end - at > 1) {
        at++;
        return !test_primary();
    }
    if (strcmp(*at, "(") == 0 && end - at > 1) {
        at++;
        bool result = test_or();
        bad |= at >= end || strcmp(*at++, ")") != 0;
        return result;
    }
    if (at[0][0] == '-' && at[0][1] && !at[0][2] && end - at > 1) {
        char op = at[0][1];
        const char *value = at[1];
        at += 2;
        if (op == 'z' || op == 'n')
            return (*value == '\0') == (op == 'z');
        if (op == 't')
            return isatty(atoi(value));
        if (strchr("rwxLhfdcbpse", op))
            return test_file(op, value);
        bad = true;
        return false;
    }
    return **at++ != '\0';
}

static bool test_and(void)
{
    bool result = test_primary();

    while (at < end && strcmp(*at, "-a") == 0) {
        at++;
        result &= test_primary();
    }
    return result;
}

static bool test_or(void)
{
    bool result = test_and();

    while (at < end && strcmp(*at, "-o") == 0) {
        at++;
        result |= test_and();
    }
    return result;
}

int builtin_test(int argc, char **argv)
{
    at = argv + 1;
    end = argv + argc;
    bad = false;
    if (strcmp(argv[0], "[") == 0 && (argc < 2 || strcmp(*--end, "]") != 0)) {
        complain("[: ']' is missing");
        return 2;
    }
    if (at == end)
        return 1;
    bool result = test_or();
    if (bad || at != end) {
        complain("test: not an expression");
        return 2;
    }
    return !result;
}
