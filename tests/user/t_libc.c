/* Catches: mistakes of the user library, which every other test relies on: formatting, scanning,
 * the heap, sorting, numbers, calendar, patterns. */
#include <fnmatch.h>
#include <libgen.h>
#include <limits.h>
#include <regex.h>
#include <setjmp.h>
#include <stdint.h>
#include <util.h>

#include "ut.h"

/* What snprintf makes of the arguments. */
#define CHECK_FORMAT(want, ...)                                                                    \
    do {                                                                                           \
        char ut_text[400];                                                                         \
        int ut_n = snprintf(ut_text, sizeof(ut_text), __VA_ARGS__);                                \
        if (strcmp(ut_text, want) != 0 || ut_n != (int)strlen(want))                               \
            ut_fail(__FILE__, __LINE__, "got '%s' (%d), not '%s'", ut_text, ut_n, want);           \
    } while (0)

static void formatting(void)
{
    char small[4];

    CHECK_FORMAT("0 -1 2147483647 -2147483648", "%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    CHECK_FORMAT("18446744073709551615 ffffffffffffffff", "%lu %lx", ULONG_MAX, ULONG_MAX);
    CHECK_FORMAT("-9223372036854775808", "%ld", LONG_MIN);
    CHECK_FORMAT("[   42][42   ][00042][+42][ 42]", "[%5d][%-5d][%05d][%+d][% d]", 42, 42, 42, 42,
                 42);
    CHECK_FORMAT("[  007][][0x2a][052][0X2A]", "[%5.3d][%.0d][%#x][%#o][%#X]", 7, 0, 42, 42, 42);
    CHECK_FORMAT("-1 255 -1 65535", "%hhd %hhu %hd %hu", (signed char)-1, (unsigned char)255,
                 (short)-1, (unsigned short)65535);
    CHECK_FORMAT("abc|  abc|abc  |ab", "%s|%5s|%-5s|%.2s", "abc", "abc", "abc", "abc");
    CHECK_FORMAT("x% 0x1234", "%c%% %p", 'x', (void *)0x1234);
    CHECK_FORMAT("   42|42   |ab", "%*d|%-*d|%.*s", 5, 42, 5, 42, 2, "abc");
    CHECK_FORMAT("1.500000 -0.1 3 0.00 100.00", "%f %.1f %.0f %.2f %.2f", 1.5, -0.1, 3.14, 0.001,
                 99.999);
    CHECK_FORMAT("2 4 0.12 0.38", "%.0f %.0f %.2f %.2f", 2.5, 3.5, 0.125, 0.375);
    CHECK_FORMAT("18446744073709551616.0", "%.1f", 0x1p64);
    CHECK_FORMAT("123456789012345678152597504", "%.0f", 123456789012345678e9);
    CHECK_FORMAT("[   1.50][-001.50]", "[%7.2f][%07.2f]", 1.5, -1.5);
    CHECK_FORMAT("inf -inf", "%f %f", __builtin_inf(), -__builtin_inf());
    CHECK_EQ(snprintf(small, sizeof(small), "%s", "abcdef"), 6);
    CHECK(strcmp(small, "abc") == 0);
    CHECK_EQ(snprintf(NULL, 0, "%d", 12345), 5);
}

static void scanning(void)
{
    int a = 0, b = 0, n = 0;
    unsigned int x = 0;
    char word[16], set[16], c = 0;
    long l = 0;

    CHECK_EQ(sscanf("12 -34 ff", "%d %d %x", &a, &b, &x), 3);
    CHECK(a == 12 && b == -34 && x == 255);
    CHECK_EQ(sscanf("key=value;rest", "%15[^=]=%15[a-z];%n", set, word, &n), 2);
    CHECK(strcmp(set, "key") == 0 && strcmp(word, "value") == 0 && n == 10);
    CHECK_EQ(sscanf("  abc def", "%2s%c%*s", word, &c), 2);
    CHECK(strcmp(word, "ab") == 0 && c == 'c');
    CHECK_EQ(sscanf("0x10 010 10", "%i %i %li", &a, &b, &l), 3);
    CHECK(a == 16 && b == 8 && l == 10);
    CHECK_EQ(sscanf("", "%d", &a), EOF);
    CHECK_EQ(sscanf("x", "%d", &a), 0);
    CHECK_EQ(sscanf("100%", "%d%%", &a), 1);
}

static void numbers(void)
{
    char *end;

    CHECK_EQ(strtol("  -42rest", &end, 10), -42);
    CHECK(strcmp(end, "rest") == 0);
    CHECK_EQ(strtol("0x1F", NULL, 0), 31);
    CHECK_EQ(strtol("0777", NULL, 0), 511);
    CHECK_EQ(strtol("zz", NULL, 36), 35 * 36 + 35);
    errno = 0;
    CHECK_EQ(strtol("99999999999999999999", NULL, 10), LONG_MAX);
    CHECK_EQ(errno, ERANGE);
    CHECK_EQ(strtol("-9223372036854775808", NULL, 10), LONG_MIN);
    CHECK_EQ(strtoul("18446744073709551615", NULL, 10), ULONG_MAX);
    CHECK_EQ(strtol("0x", &end, 16), 0);
    CHECK(strcmp(end, "x") == 0);
    const char *none = "none";
    CHECK_EQ(strtol(none, &end, 10), 0);
    CHECK(end == none);
    CHECK(strtod("-2.5e3x", &end) == -2500 && *end == 'x');
    CHECK(strtod(".5", NULL) == 0.5 && atof("1e-2") == 0.01);
}

/* Random allocations with their own patterns, checked before they are freed. */
static void heap(void)
{
    enum { SLOTS = 200 };
    static struct {
        unsigned char *p;
        size_t size;
    } slots[SLOTS];

    srand(1);
    for (int round = 0; round < 20000; round++) {
        int i = rand() % SLOTS;
        for (size_t k = 0; k < slots[i].size; k++)
            if (slots[i].p[k] != (unsigned char)(i + (int)k)) {
                CHECK(!"a block was overwritten");
                return;
            }
        size_t size = (size_t)(rand() % (round % 100 == 0 ? 300000 : 600));
        if (rand() % 3 == 0) {
            free(slots[i].p);
            slots[i].p = size ? malloc(size) : NULL;
        } else {
            slots[i].p = size ? realloc(slots[i].p, size) : (free(slots[i].p), NULL);
        }
        slots[i].size = slots[i].p ? size : 0;
        CHECK((uintptr_t)slots[i].p % 16 == 0);
        for (size_t k = 0; k < slots[i].size; k++)
            slots[i].p[k] = (unsigned char)(i + (int)k);
    }
    for (int i = 0; i < SLOTS; i++)
        free(slots[i].p);
    char *p = calloc(100, 10);
    CHECK(p != NULL);
    for (int i = 0; p && i < 1000; i++)
        CHECK_EQ(p[i], 0);
    free(p);
    errno = 0;
    size_t huge = (size_t)(uintptr_t)ut_pointer(SIZE_MAX / 2);
    CHECK(calloc(huge, 4) == NULL && errno == ENOMEM);
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void sorting(void)
{
    int v[1000], key = 500;

    for (int i = 0; i < 1000; i++)
        v[i] = i * 7919 % 1000;
    qsort(v, 1000, sizeof(int), by_value);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(v[i], i);
    CHECK(bsearch(&key, v, 1000, sizeof(int), by_value) == &v[500]);
    key = 1000;
    CHECK(bsearch(&key, v, 1000, sizeof(int), by_value) == NULL);
}

static void strings(void)
{
    char buf[16] = "abc", path[] = "/a/b/", list[] = "a,,b";
    char *rest = list;

    CHECK_EQ(strlcpy(buf, "0123456789abcdefgh", sizeof(buf)), 18);
    CHECK_EQ(strlen(buf), 15);
    memmove(buf + 2, buf, 8);
    CHECK(memcmp(buf, "0101234567", 10) == 0);
    memmove(buf, buf + 2, 8);
    CHECK(memcmp(buf, "01234567", 8) == 0);
    CHECK(strstr("haystack", "st") && !strstr("hay", "needle") && strstr("x", ""));
    CHECK(strrchr("a/b/c", '/') && strcmp(strrchr("a/b/c", '/'), "/c") == 0);
    CHECK(strcmp(strsep(&rest, ","), "a") == 0 && strcmp(strsep(&rest, ","), "") == 0);
    CHECK(strcmp(strsep(&rest, ","), "b") == 0 && strsep(&rest, ",") == NULL);
    CHECK(strcmp(basename(path), "b") == 0);
    CHECK(strcmp(dirname(path), "/a") == 0);
    CHECK(strcasecmp("HeLLo", "hEllO") == 0 && strncasecmp("abX", "ABy", 2) == 0);
    char text[16];
    CHECK(strcmp(human_size(1536, text), "1.5K") == 0);
    CHECK(strcmp(human_size(1023, text), "1023") == 0);
    CHECK(strcmp(human_size(512ul << 20, text), "512M") == 0);
}

static void calendar(void)
{
    static const struct {
        long t;
        const char *text;
    } known[] = {{0, "1970-01-01 00:00:00 4 001"},
                 {951782400, "2000-02-29 00:00:00 2 060"},
                 {4107542399, "2100-02-28 23:59:59 0 059"},
                 {-1, "1969-12-31 23:59:59 3 365"},
                 {1700000000, "2023-11-14 22:13:20 2 318"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct tm tm;
        char text[64];
        strftime(text, sizeof(text), "%F %T %w %j", gmtime_r(&known[i].t, &tm));
        if (strcmp(text, known[i].text) != 0)
            ut_fail(__FILE__, __LINE__, "%ld is '%s', not '%s'", known[i].t, text, known[i].text);
        CHECK_EQ(timegm(&tm), known[i].t);
    }
}

static void patterns(void)
{
    static const struct {
        const char *pattern, *text;
        int flags;
        long start, end; /* -1: no match */
    } regexes[] = {{"b*c", "aabbbcd", 0, 2, 6},
                   {"^a.c$", "abc", 0, 0, 3},
                   {"^a.c$", "abcd", 0, -1, -1},
                   {"[^0-9]x", "1x2xyx", 0, 4, 6},
                   {"[[:digit:]]\\{2,3\\}", "a1b12345", 0, 3, 6},
                   {"(ab|cd)+e?", "xcdabe", REG_EXTENDED, 1, 6},
                   {"\\(ab\\)*", "ababx", 0, 0, 4},
                   {"HELLO", "say hello", REG_ICASE, 4, 9},
                   {"a+", "a+", 0, 0, 2},
                   {"()*x", "x", REG_EXTENDED, 0, 1},
                   {"^*", "*", 0, 0, 1}};

    for (size_t i = 0; i < sizeof(regexes) / sizeof(regexes[0]); i++) {
        regex_t re;
        regmatch_t m = {-1, -1};
        CHECK_EQ(regcomp(&re, regexes[i].pattern, regexes[i].flags), 0);
        if (regexec(&re, regexes[i].text, 1, &m, 0) != 0)
            m = (regmatch_t){-1, -1};
        if (m.rm_so != regexes[i].start || m.rm_eo != regexes[i].end)
            ut_fail(__FILE__, __LINE__, "%s: [%ld, %ld)", regexes[i].pattern, m.rm_so, m.rm_eo);
        regfree(&re);
    }
    CHECK_EQ(fnmatch("*.[ch]", "main.c", 0), 0);
    CHECK_EQ(fnmatch("*.[!ch]", "main.c", 0), FNM_NOMATCH);
    CHECK_EQ(fnmatch("a?c*", "abcdef", 0), 0);
    CHECK_EQ(fnmatch("*", ".hidden", FNM_PERIOD), FNM_NOMATCH);
    CHECK_EQ(fnmatch("\\*", "*", 0), 0);
    CHECK_EQ(fnmatch("a*b*c", "aXbYbZc", 0), 0);
    CHECK_EQ(fnmatch("*/x", "a/b/x", FNM_PATHNAME), FNM_NOMATCH);
}

static jmp_buf env;

static int jump(int n)
{
    volatile int here = n; /* a frame of its own */

    if (here == 0)
        longjmp(env, 5);
    return n < 0 ? 0 : jump(n - 1) + here;
}

static void streams(void)
{
    char name[] = "/tmp/ut-XXXXXX", line[64];
    int fd = (int)CHECK_OK(mkstemp(name)), value = 0;
    FILE *f = fdopen(fd, "w+");

    for (int i = 0; i < 2000; i++)
        fprintf(f, "line %d\n", i);
    CHECK_EQ(fseek(f, 0, SEEK_SET), 0);
    for (int i = 0; i < 2000; i++) {
        CHECK(fgets(line, sizeof(line), f) != NULL);
        CHECK(sscanf(line, "line %d", &value) == 1 && value == i);
    }
    CHECK(fgets(line, sizeof(line), f) == NULL && feof(f));
    rewind(f);
    CHECK_EQ(fgetc(f), 'l');
    CHECK_EQ(ungetc('L', f), 'L');
    CHECK_EQ(fgetc(f), 'L');
    CHECK_EQ(ftell(f), 1);
    fclose(f);
    unlink(name);
    f = popen("echo piped; exit 3", "r");
    CHECK(f && fgets(line, sizeof(line), f) && strcmp(line, "piped\n") == 0);
    CHECK_EXIT(pclose(f), 3);
    CHECK_EXIT(system("exit 4"), 4);
}

int main(void)
{
    formatting();
    scanning();
    numbers();
    heap();
    sorting();
    strings();
    calendar();
    patterns();
    streams();
    int jumped = setjmp(env);
    if (jumped == 0)
        jump(10);
    CHECK_EQ(jumped, 5);
    return ut_result();
}
