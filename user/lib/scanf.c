/* The scanf family: one scanner over characters that come from a string or a stream. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct source {
    const char *text; /* NULL: read from the stream */
    FILE *file;
    int taken; /* characters consumed, for %n */
};

static int peek(struct source *in)
{
    if (in->text)
        return *in->text ? (unsigned char)*in->text : EOF;
    int c = fgetc(in->file);
    ungetc(c, in->file);
    return c;
}

static int take(struct source *in)
{
    int c = peek(in);

    if (c == EOF)
        return c;
    in->taken++;
    if (in->text)
        in->text++;
    else
        fgetc(in->file);
    return c;
}

static void skip_space(struct source *in)
{
    while (isspace(peek(in)))
        take(in);
}

static int digit_value(int c)
{
    return isdigit(c) ? c - '0' : isalpha(c) ? tolower(c) - 'a' + 10 : 99;
}

/* An integer in `base` (0: told by its prefix) of at most `width` characters. False if there is
 * none. */
static bool scan_integer(struct source *in, int base, int width, uint64_t *value)
{
    bool negative = false, any = false;

    if (peek(in) == '-' || peek(in) == '+') {
        negative = take(in) == '-';
        width--;
    }
    if (width > 0 && peek(in) == '0' && (base == 0 || base == 16)) {
        take(in);
        width--;
        any = true;
        if (width > 0 && tolower(peek(in)) == 'x') {
            take(in);
            width--;
            base = 16;
        } else if (base == 0) {
            base = 8;
        }
    }
    if (base == 0)
        base = 10;
    for (*value = 0; width > 0 && digit_value(peek(in)) < base; width--) {
        *value = *value * (uint64_t)base + (uint64_t)digit_value(take(in));
        any = true;
    }
    if (negative)
        *value = -*value;
    return any;
}

/* length: 'H' for hh, 'h', 0, 'l'. */
static void store(void *to, char length, uint64_t value)
{
    if (length == 'H')
        *(uint8_t *)to = (uint8_t)value;
    else if (length == 'h')
        *(uint16_t *)to = (uint16_t)value;
    else if (length == 0)
        *(uint32_t *)to = (uint32_t)value;
    else
        *(uint64_t *)to = value;
}

/* The set of %[...]: fills `in_set` and returns where the format goes on. */
static const char *parse_set(const char *f, bool in_set[256])
{
    bool invert = *f == '^';

    if (invert)
        f++;
    memset(in_set, invert, 256);
    const char *start = f;
    for (; *f && (*f != ']' || f == start); f++) {
        int last = (unsigned char)*f;
        if (f[1] == '-' && f[2] && f[2] != ']') {
            last = (unsigned char)f[2];
            for (int c = (unsigned char)*f; c < last; c++)
                in_set[c] = !invert;
            f += 2;
        }
        in_set[last] = !invert;
    }
    return *f ? f + 1 : f;
}

/* %s, %c and %[: up to `width` characters of the set. to == NULL drops them. */
static bool scan_chars(struct source *in, const bool in_set[256], int width, char *to,
                       bool terminate)
{
    int n = 0;

    while (n < width && peek(in) != EOF && in_set[peek(in)]) {
        int c = take(in);
        if (to)
            to[n] = (char)c;
        n++;
    }
    if (to && terminate && n > 0)
        to[n] = '\0';
    return terminate ? n > 0 : n == width;
}

struct conversion {
    bool drop;   /* %*: scan, but do not store */
    int width;   /* 0: none given */
    char length; /* as in store */
    char letter;
    bool set[256]; /* %[: the characters that belong */
};

/* What stands after a %; returns where the format goes on. */
static const char *parse_conversion(const char *f, struct conversion *cv)
{
    cv->drop = *f == '*';
    cv->width = 0;
    cv->length = 0;
    for (f += cv->drop; isdigit(*f); f++)
        cv->width = cv->width * 10 + *f - '0';
    for (; *f && strchr("hlzjt", *f); f++)
        cv->length = *f == 'h' ? (cv->length == 'h' ? 'H' : 'h') : 'l';
    cv->letter = *f;
    if (*f == '[')
        return parse_set(f + 1, cv->set);
    for (int c = 0; c < 256; c++)
        cv->set[c] = cv->letter == 'c' || !isspace(c);
    return *f ? f + 1 : f;
}

/* Scan one item and store it at `to`. False if the input does not fit. */
static bool scan_item(struct source *in, const struct conversion *cv, void *to)
{
    if (strchr("cs[", cv->letter)) {
        bool text = cv->letter != 'c';
        int width = cv->width ? cv->width : text ? INT32_MAX : 1;
        return scan_chars(in, cv->set, width, to, text);
    }
    uint64_t value;
    int base = strchr("xXp", cv->letter) ? 16 : cv->letter == 'o' ? 8 : cv->letter == 'i' ? 0 : 10;
    if (!scan_integer(in, base, cv->width ? cv->width : INT32_MAX, &value))
        return false;
    if (to)
        store(to, cv->letter == 'p' ? 'l' : cv->length, value);
    return true;
}

static int scan(struct source *in, const char *f, va_list ap)
{
    int done = 0;

    while (*f) {
        if (isspace(*f)) {
            skip_space(in);
            f++;
            continue;
        }
        struct conversion cv = {.letter = '%'};
        int literal = (unsigned char)*f++;
        if (literal == '%')
            f = parse_conversion(f, &cv);
        if (!strchr("c[n", cv.letter) && literal == '%')
            skip_space(in);
        if (cv.letter == '%') {
            if (take(in) != literal)
                break;
        } else if (cv.letter == 'n') {
            store(va_arg(ap, void *), cv.length, (uint64_t)in->taken);
        } else if (peek(in) == EOF) {
            return done ? done : EOF;
        } else {
            if (!scan_item(in, &cv, cv.drop ? NULL : va_arg(ap, void *)))
                break;
            done += !cv.drop;
        }
    }
    return done;
}

int vsscanf(const char *restrict s, const char *restrict fmt, va_list ap)
{
    struct source in = {.text = s};

    return scan(&in, fmt, ap);
}

int sscanf(const char *restrict s, const char *restrict fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsscanf(s, fmt, ap);
    va_end(ap);
    return n;
}

int fscanf(FILE *restrict f, const char *restrict fmt, ...)
{
    struct source in = {.file = f};
    va_list ap;

    va_start(ap, fmt);
    int n = scan(&in, fmt, ap);
    va_end(ap);
    return n;
}
