/* parse.c: numbers out of text (lib/fmt.h). */
#include "lib/fmt.h"
#include "lib/checked.h"
#include "abi/errno.h"

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20; /* ASCII: to lower case */
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* Skip a base prefix and return the base. "0" alone is the octal zero; "0x" without a digit after
 * it is a zero before an x, as strtoul reads it. */
static int detect_base(const char **s, int base)
{
    const char *p = *s;
    int found = 10;
    if (p[0] == '0')
        found = (p[1] | 0x20) == 'x' ? 16 : (p[1] | 0x20) == 'b' ? 2 : 8;
    if (base && base != found)
        return base;
    if ((found == 16 || found == 2) && digit_value(p[2]) < found)
        *s += 2;
    else if (found != 10)
        found = base ? base : 8;
    return found;
}

int str_to_u64(const char *s, const char **end, int base, u64 *out)
{
    base = detect_base(&s, base);
    const char *first = s;
    u64 v = 0;
    bool over = false;

    for (; digit_value(*s) < base; s++)
        over |= mul_overflows(v, (u64)base, &v) || add_overflows(v, (u64)digit_value(*s), &v);
    if (s == first || (!end && *s))
        return -EINVAL;
    if (end)
        *end = s;
    if (over)
        return -ERANGE;
    *out = v;
    return 0;
}

int str_to_s64(const char *s, const char **end, int base, s64 *out)
{
    bool negative = *s == '-';
    u64 v;
    int err = str_to_u64(s + (*s == '-' || *s == '+'), end, base, &v);
    if (err)
        return err;
    if (v > (u64)S64_MAX + negative)
        return -ERANGE;
    *out = (s64)(negative ? -v : v);
    return 0;
}

int str_to_size(const char *s, u64 *out)
{
    static const char units[] = "KMGT";
    u64 v;
    int err = str_to_u64(s, &s, 0, &v);
    if (err)
        return err;
    int shift = 0;
    for (int i = 0; i < 4 && *s; i++) {
        if ((*s & ~0x20) == units[i]) {
            shift = 10 * (i + 1);
            s++;
            break;
        }
    }
    if (*s)
        return -EINVAL;
    if (v > U64_MAX >> shift)
        return -ERANGE;
    *out = v << shift;
    return 0;
}
