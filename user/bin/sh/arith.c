/* $((expression)): integers with C's operators, by precedence climbing. Variables stand for their
 * numbers; = assigns. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

static const char *at;

static long parse_expression(int level);

static void skip_blanks(void)
{
    at += strspn(at, " \t\n");
}

static void fail(const char *what)
{
    complain("arithmetic: %s at '%s'", what, at);
    fail_expansion();
    at = "";
}

static long parse_variable(void)
{
    size_t n = name_length(at);
    char *name = memory_strndup(at, n), number[24];
    const char *value = var_get(name);

    at += n;
    skip_blanks();
    if (at[0] == '=' && at[1] != '=') {
        at++;
        long result = parse_expression(0);
        snprintf(number, sizeof(number), "%ld", result);
        var_set(name, number);
        return result;
    }
    return value ? strtol(value, NULL, 0) : 0;
}

static long parse_operand(void)
{
    skip_blanks();
    char op = *at;
    if (op && strchr("-+!~", op)) {
        at++;
        long x = parse_operand();
        return op == '-' ? (long)-(unsigned long)x : op == '!' ? !x : op == '~' ? ~x : x;
    }
    if (op == '(') {
        at++;
        long x = parse_expression(0);
        skip_blanks();
        if (*at == ')')
            at++;
        else
            fail("')' is missing");
        return x;
    }
    if (isdigit(op)) {
        char *end;
        long x = strtol(at, &end, 0);
        at = end;
        return x;
    }
    if (name_length(at))
        return parse_variable();
    fail("no operand");
    return 0;
}

/* Binary operators, longer ones before their prefixes; a higher level binds tighter. */
static const struct {
    const char *text;
    int level;
} operators[] = {{"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7},
                 {"<<", 8}, {">>", 8}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},
                 {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};

static long apply(const char *op, long a, long b)
{
    unsigned long x = (unsigned long)a, y = (unsigned long)b; /* wraps instead of overflowing */

    if (op[1] == op[0] || op[1] == '=')
        switch (op[0]) {
        case '|':
            return a || b;
        case '&':
            return a && b;
        case '=':
            return a == b;
        case '!':
            return a != b;
        case '<':
            return op[1] == '=' ? a <= b : (long)(x << (y & 63));
        default:
            return op[1] == '=' ? a >= b : a >> (y & 63);
        }
    switch (op[0]) {
    case '|':
        return a | b;
    case '^':
        return a ^ b;
    case '&':
        return a & b;
    case '<':
        return a < b;
    case '>':
        return a > b;
    case '+':
        return (long)(x + y);
    case '-':
        return (long)(x - y);
    case '*':
        return (long)(x * y);
    }
    if (b == 0) {
        fail("division by 0");
        return 0;
    }
    if (b == -1)
        return op[0] == '/' ? (long)-x : 0;
    return op[0] == '/' ? a / b : a % b;
}

static long parse_expression(int level)
{
    long x = parse_operand();

    for (;;) {
        skip_blanks();
        size_t i = 0, count = sizeof(operators) / sizeof(operators[0]);
        while (i < count && strncmp(at, operators[i].text, strlen(operators[i].text)) != 0)
            i++;
        if (i == count || operators[i].level <= level)
            return x;
        at += strlen(operators[i].text);
        long y = parse_expression(operators[i].level);
        x = apply(operators[i].text, x, y);
    }
}

long arithmetic(const char *expression)
{
    const char *outer = at; /* $(( )) may stand inside $(( )) */

    at = expression;
    skip_blanks();
    long x = *at ? parse_expression(0) : 0;
    skip_blanks();
    if (*at)
        fail("unexpected");
    at = outer;
    return x;
}
