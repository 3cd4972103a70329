/* Text to numbers, and random numbers. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

static int digit_value(int c)
{
    return isdigit(c) ? c - '0' : isalpha(c) ? tolower(c) - 'a' + 10 : INT_MAX;
}

/* The magnitude of the number at s; *end is s itself where there is none. Too large: ULONG_MAX and
 * *overflow. */
static unsigned long parse(const char *s, const char **end, int base, bool *negative,
                           bool *overflow)
{
    const char *start = s;

    while (isspace(*s))
        s++;
    *negative = *s == '-';
    if (*s == '-' || *s == '+')
        s++;
    bool hex = s[0] == '0' && tolower(s[1]) == 'x' && isxdigit(s[2]);
    if ((base == 0 || base == 16) && hex) {
        base = 16;
        s += 2;
    } else if (base == 0) {
        base = *s == '0' ? 8 : 10;
    }
    const char *first = s;
    unsigned long value = 0;
    *overflow = false;
    for (; digit_value(*s) < base; s++) {
        unsigned long digit = (unsigned long)digit_value(*s);
        if (__builtin_mul_overflow(value, (unsigned long)base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            *overflow = true;
    }
    *end = s == first ? start : s;
    return *overflow ? ULONG_MAX : value;
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
    bool negative, overflow;
    const char *stop;
    unsigned long value = parse(s, &stop, base, &negative, &overflow);

    if (end)
        *end = (char *)stop;
    if (overflow) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return negative ? -value : value;
}

long strtol(const char *restrict s, char **restrict end, int base)
{
    bool negative, overflow;
    const char *stop;
    unsigned long value = parse(s, &stop, base, &negative, &overflow);
    unsigned long limit = (unsigned long)LONG_MAX + negative;

    if (end)
        *end = (char *)stop;
    if (value > limit) {
        errno = ERANGE;
        value = limit;
    }
    return negative ? (long)-value : (long)value;
}

long long strtoll(const char *restrict s, char **restrict end, int base)
{
    return strtol(s, end, base);
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base)
{
    return strtoul(s, end, base);
}

/* Digits, a point, an exponent. The last bit may be off: each step rounds. */
double strtod(const char *restrict s, char **restrict end)
{
    const char *start = s;
    double value = 0;
    int exponent = 0;
    bool any = false;

    while (isspace(*s))
        s++;
    bool negative = *s == '-';
    if (*s == '-' || *s == '+')
        s++;
    for (; isdigit(*s); s++, any = true)
        value = value * 10 + (*s - '0');
    if (*s == '.')
        for (s++; isdigit(*s); s++, exponent--, any = true)
            value = value * 10 + (*s - '0');
    if (any && tolower(*s) == 'e') {
        char *after;
        long e = strtol(s + 1, &after, 10);
        if (after != s + 1) {
            exponent += (int)(e < -9999 ? -9999 : e > 9999 ? 9999 : e);
            s = after;
        }
    }
    for (; exponent > 0 && value > 0 && !__builtin_isinf(value); exponent--)
        value *= 10;
    for (; exponent < 0 && value > 0; exponent++)
        value /= 10;
    if (end)
        *end = (char *)(any ? s : start);
    return negative ? -value : value;
}

int atoi(const char *s)
{
    return (int)strtol(s, NULL, 10);
}

long atol(const char *s)
{
    return strtol(s, NULL, 10);
}

double atof(const char *s)
{
    return strtod(s, NULL);
}

int abs(int x)
{
    return x < 0 ? -x : x;
}

long labs(long x)
{
    return x < 0 ? -x : x;
}

static unsigned long random_state = 1;

void srand(unsigned int seed)
{
    random_state = seed;
}

/* A linear congruential generator (Knuth's MMIX constants); its high bits are the good ones. */
int rand(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)(random_state >> 33);
}
