/* sources: */
/* The kernel's formatter, under other names, against the C library's with random flags, widths,
 * precisions and sizes; and the number parsers. Catches: padding and sign rules, truncation, values
 * at the edges of their type. */
#include "shim.h"
#include <string.h>
#include "abi/errno.h"

#define vsnprintf k_vsnprintf
#define snprintf  k_snprintf
#define scnprintf k_scnprintf
#include "lib/fmt.c"
#include "lib/parse.c"
#undef vsnprintf
#undef snprintf

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static void random_flags(char *fmt, const char *allowed)
{
    strcpy(fmt, "%");
    for (const char *f = allowed; *f; f++)
        if (rnd_below(3) == 0)
            strncat(fmt, f, 1);
    if (rnd_below(2))
        sprintf(fmt + strlen(fmt), "%d", 1 + (int)rnd_below(24));
    if (rnd_below(3) == 0)
        sprintf(fmt + strlen(fmt), ".%d", (int)rnd_below(24));
}

static u64 edge_value(void)
{
    switch (rnd_below(4)) {
    case 0:
        return rnd_below(3);
    case 1:
        return BIT(rnd_below(64)) - rnd_below(2);
    case 2:
        return -rnd_below(300);
    default:
        return rnd();
    }
}

#define COMPARE(fmt, value)                                                                        \
    do {                                                                                           \
        char _a[80], _b[80];                                                                       \
        int _n = k_snprintf(_a, sizeof _a, fmt, value), _m = snprintf(_b, sizeof _b, fmt, value);  \
        if (_n != _m || strcmp(_a, _b))                                                            \
            printf("# format \"%s\": ours \"%s\", theirs \"%s\"\n", fmt, _a, _b);                  \
        CHECK(_n == _m && strcmp(_a, _b) == 0);                                                    \
    } while (0)

TEST(fmt_integers_like_the_c_library)
{
    static const char *const sizes[] = {"hh", "h", "", "l", "ll", "z", "t", "j"};
    for (int round = 0; round < 200000; round++) {
        char fmt[32];
        unsigned size = (unsigned)rnd_below(ARRAY_SIZE(sizes));
        char conv = "diuxXo"[rnd_below(6)];
        u64 v = edge_value();
        random_flags(fmt, conv == 'd' || conv == 'i' ? "-+ 0" : conv == 'u' ? "-0" : "-#0");
        sprintf(fmt + strlen(fmt), "%s%c", sizes[size], conv);
        if (size < 3)
            COMPARE(fmt, (int)v);
        else
            COMPARE(fmt, v);
    }
}

TEST(fmt_strings_like_the_c_library)
{
    for (int round = 0; round < 50000; round++) {
        char fmt[32], text[24];
        size_t n = rnd_below(sizeof text);
        memset(text, 'a' + (int)rnd_below(26), n);
        text[n] = '\0';
        random_flags(fmt, "-");
        strcat(fmt, "s");
        COMPARE(fmt, text);
    }
    COMPARE("%5c", 'x');
    COMPARE("%-5c|", 'x');
    COMPARE("100%%%c", '!');
}

TEST(fmt_star_and_odd_cases)
{
    char buf[64];
    CHECK_EQ(k_snprintf(buf, sizeof buf, "%*d|%-*d|%.*s", -4, 7, 4, 7, 2, "abc"), 12);
    CHECK(strcmp(buf, "7   |7   |ab") == 0);
    k_snprintf(buf, sizeof buf, "%p %p", (void *)0xffff888000001000ul, NULL);
    CHECK(strcmp(buf, "0xffff888000001000 0x0") == 0);
    const char *volatile none = NULL; /* the compiler must not see it */
    k_snprintf(buf, sizeof buf, "%s", none);
    CHECK(strcmp(buf, "(null)") == 0);
    const char *bad = "%y %";
    k_snprintf(buf, sizeof buf, bad);
    CHECK(strcmp(buf, "%y %") == 0);
}

TEST(fmt_truncation)
{
    char buf[8];
    memset(buf, 'x', sizeof buf);
    CHECK_EQ(k_snprintf(buf, 4, "%d", 123456), 6);
    CHECK(strcmp(buf, "123") == 0 && buf[4] == 'x');
    CHECK_EQ(k_snprintf(NULL, 0, "%d", 123456), 6);
    CHECK_EQ(k_scnprintf(buf, 4, "%d", 123456), 3);
    CHECK_EQ(k_scnprintf(buf, 0, "%d", 123456), 0);
}

TEST(parse_unsigned)
{
    u64 v = 99;
    const char *end;
    CHECK(str_to_u64("18446744073709551615", NULL, 10, &v) == 0 && v == U64_MAX);
    CHECK_EQ(str_to_u64("18446744073709551616", NULL, 10, &v), -ERANGE);
    CHECK(str_to_u64("0xfF", NULL, 0, &v) == 0 && v == 255);
    CHECK(str_to_u64("fF", NULL, 16, &v) == 0 && v == 255);
    CHECK(str_to_u64("0xff", NULL, 16, &v) == 0 && v == 255);
    CHECK(str_to_u64("0b101", NULL, 0, &v) == 0 && v == 5);
    CHECK(str_to_u64("b1", NULL, 16, &v) == 0 && v == 0xb1);
    CHECK(str_to_u64("0b1", NULL, 16, &v) == 0 && v == 0xb1);
    CHECK(str_to_u64("017", NULL, 0, &v) == 0 && v == 15);
    CHECK(str_to_u64("017", NULL, 10, &v) == 0 && v == 17);
    CHECK(str_to_u64("0", NULL, 0, &v) == 0 && v == 0);
    CHECK(str_to_u64("12ab", &end, 10, &v) == 0 && v == 12 && strcmp(end, "ab") == 0);
    CHECK(str_to_u64("0x", &end, 0, &v) == 0 && v == 0 && strcmp(end, "x") == 0);
    v = 99;
    CHECK(str_to_u64("", NULL, 0, &v) == -EINVAL && str_to_u64("12ab", NULL, 10, &v) == -EINVAL);
    CHECK(str_to_u64("-1", NULL, 0, &v) == -EINVAL && v == 99);
}

TEST(parse_signed_and_sizes)
{
    s64 s;
    u64 v;
    CHECK(str_to_s64("-9223372036854775808", NULL, 10, &s) == 0 && s == S64_MIN);
    CHECK_EQ(str_to_s64("-9223372036854775809", NULL, 10, &s), -ERANGE);
    CHECK_EQ(str_to_s64("9223372036854775808", NULL, 10, &s), -ERANGE);
    CHECK(str_to_s64("+5", NULL, 10, &s) == 0 && s == 5);
    CHECK(str_to_size("64M", &v) == 0 && v == MIB(64));
    CHECK(str_to_size("0x10k", &v) == 0 && v == KIB(16));
    CHECK(str_to_size("3T", &v) == 0 && v == TIB(3));
    CHECK(str_to_size("7", &v) == 0 && v == 7);
    CHECK(str_to_size("7MB", &v) == -EINVAL && str_to_size("M", &v) == -EINVAL);
    CHECK_EQ(str_to_size("99999999999T", &v), -ERANGE);
}

int main(void)
{
    return run_tests();
}
