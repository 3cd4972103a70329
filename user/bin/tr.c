/* tr [-dsc] SET1 [SET2]: replace characters by their counterparts. -d: delete those of SET1; -s:
 * squeeze runs of those of the last set; -c: all characters but SET1's. Sets: a-z, \n, \t, \\,
 * \ooo, [:class:]. */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct set {
    int count;
    unsigned char chars[1024];
};

static int next_char(const char **s)
{
    int c = (unsigned char)*(*s)++;

    if (c != '\\' || !**s)
        return c;
    c = (unsigned char)*(*s)++;
    if (c >= '0' && c <= '7') {
        for (c -= '0'; **s >= '0' && **s <= '7'; (*s)++)
            c = c * 8 + **s - '0';
        return c & 255;
    }
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static void add(struct set *set, int c)
{
    if (set->count < (int)sizeof(set->chars))
        set->chars[set->count++] = (unsigned char)c;
}

static bool add_class(struct set *set, const char **s)
{
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {{"[:alpha:]", isalpha}, {"[:digit:]", isdigit}, {"[:alnum:]", isalnum},
                   {"[:space:]", isspace}, {"[:upper:]", isupper}, {"[:lower:]", islower},
                   {"[:punct:]", ispunct}, {"[:blank:]", isblank}};

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strncmp(*s, classes[i].name, 9) != 0)
            continue;
        for (int c = 0; c < 128; c++)
            if (classes[i].test(c))
                add(set, c);
        *s += 9;
        return true;
    }
    return false;
}

static struct set parse(const char *s, bool complement)
{
    struct set set = {0}, others = {0};

    while (*s) {
        if (add_class(&set, &s))
            continue;
        int low = next_char(&s), high = low;
        if (s[0] == '-' && s[1]) {
            s++;
            high = next_char(&s);
        }
        for (int c = low; c <= high; c++)
            add(&set, c);
    }
    if (!complement)
        return set;
    for (int c = 0; c < 256; c++)
        if (!memchr(set.chars, c, (size_t)set.count))
            add(&others, c);
    return others;
}

int main(int argc, char **argv)
{
    bool delete = false, squeeze = false, complement = false, in1[256] = {0}, in2[256] = {0};
    int map[256], last = -1;

    for (int c; (c = getopt(argc, argv, "dscC")) != -1;) {
        if (c == '?')
            return 2;
        delete |= c == 'd';
        squeeze |= c == 's';
        complement |= c == 'c' || c == 'C';
    }
    int n = argc - optind;
    if (n < 1 || n > 2 || (n == 1 && !delete &&!squeeze))
        errx(2, "usage: tr [-dsc] SET1 [SET2]");
    struct set from = parse(argv[optind], complement), to = {0};
    if (n == 2)
        to = parse(argv[optind + 1], false);
    for (int c = 0; c < 256; c++)
        map[c] = c;
    for (int i = 0; i < from.count; i++) {
        in1[from.chars[i]] = true;
        if (!delete &&to.count > 0) /* the last character of SET2 stands for all that are missing */
            map[from.chars[i]] = to.chars[i < to.count ? i : to.count - 1];
    }
    for (int i = 0; i < to.count; i++)
        in2[to.chars[i]] = true;
    bool *squeezed = n == 2 ? in2 : in1;
    for (int c; (c = getchar()) != EOF;) {
        if (delete &&in1[c])
            continue;
        c = map[c];
        if (squeeze && c == last && squeezed[c])
            continue;
        putchar(c);
        last = c;
    }
    return 0;
}
