/* fmt.c: the formatter of lib/fmt.h. It walks the format once; a conversion is first parsed into a
 * struct spec, then a function by kind of argument renders its text, and one function pads it.
 * Nothing is buffered but a number's digits. */
#include "lib/fmt.h"
#include "lib/string.h"

enum flag {
    FLAG_LEFT = 1,  /* - */
    FLAG_PLUS = 2,  /* + */
    FLAG_SPACE = 4, /* blank where a plus would stand */
    FLAG_ALT = 8,   /* #: 0x or a leading 0 */
    FLAG_ZERO = 16, /* 0: pad with zeros */
};

struct spec {
    int flags;
    int width;
    int precision; /* -1: not given */
    int size;      /* bytes of an integer argument */
    char conv;
};

struct out {
    fmt_sink_fn sink;
    void *arg;
    size_t count;
};

static void put(struct out *o, const char *s, size_t len)
{
    if (len)
        o->sink(o->arg, s, len);
    o->count += len;
}

static void put_repeated(struct out *o, char c, int n)
{
    static const char blanks[] = "                ", zeros[] = "0000000000000000";
    const char *from = c == '0' ? zeros : blanks;
    for (; n > 0; n -= 16)
        put(o, from, (size_t)MIN(n, 16));
}

/* blanks, prefix (sign, 0x), zeros, text, blanks: any of them may be empty. */
static void put_padded(struct out *o, const struct spec *s, const char *prefix, int zeros,
                       const char *text, int len)
{
    int prefix_len = (int)strlen(prefix);
    int pad = s->width - prefix_len - zeros - len;

    if (!(s->flags & FLAG_LEFT))
        put_repeated(o, ' ', pad);
    put(o, prefix, (size_t)prefix_len);
    put_repeated(o, '0', zeros);
    put(o, text, (size_t)len);
    if (s->flags & FLAG_LEFT)
        put_repeated(o, ' ', pad);
}

/* Write the digits of v right-justified before `end`; returns the first. */
static char *digits_before(char *end, u64 v, unsigned base, bool upper)
{
    const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (; v; v /= base)
        *--end = set[v % base];
    return end;
}

static void put_number(struct out *o, const struct spec *s, u64 v, const char *sign)
{
    unsigned base = s->conv == 'o' ? 8 : s->conv == 'x' || s->conv == 'X' ? 16 : 10;
    char buf[24]; /* 22 octal digits at most */
    char *end = buf + sizeof buf;
    char *first = digits_before(end, v, base, s->conv == 'X');
    int len = (int)(end - first);
    int min_digits = s->precision < 0 ? 1 : s->precision;
    const char *prefix = sign;

    if ((s->flags & FLAG_ALT) && base == 16 && v)
        prefix = s->conv == 'X' ? "0X" : "0x";
    if ((s->flags & FLAG_ALT) && base == 8)
        min_digits = MAX(min_digits, len + 1);
    int zeros = MAX(min_digits - len, 0);
    if ((s->flags & (FLAG_ZERO | FLAG_LEFT)) == FLAG_ZERO && s->precision < 0)
        zeros = MAX(zeros, s->width - (int)strlen(prefix) - len);
    put_padded(o, s, prefix, zeros, first, len);
}

static void put_string(struct out *o, const struct spec *s, const char *str)
{
    if (!str)
        str = "(null)";
    size_t max = s->precision < 0 ? (size_t)S32_MAX : (size_t)s->precision;
    put_padded(o, s, "", 0, str, (int)strnlen(str, max));
}

/* A va_list inside a struct may be handed on by pointer (a va_list parameter may not: it decays to
 * a pointer). */
struct args {
    va_list ap;
};

/* Arguments narrower than int arrive as int and are cut to their size here. */
static s64 next_signed(struct args *a, int size)
{
    s64 v = size == 8 ? va_arg(a->ap, s64) : va_arg(a->ap, int);
    return size == 1 ? (s8)v : size == 2 ? (s16)v : v;
}

static u64 next_unsigned(struct args *a, int size)
{
    u64 v = size == 8 ? va_arg(a->ap, u64) : va_arg(a->ap, unsigned);
    return size == 1 ? (u8)v : size == 2 ? (u16)v : v;
}

static void put_signed(struct out *o, const struct spec *s, s64 v)
{
    const char *sign = v < 0 ? "-" : s->flags & FLAG_PLUS ? "+" : s->flags & FLAG_SPACE ? " " : "";
    put_number(o, s, v < 0 ? -(u64)v : (u64)v, sign);
}

/* Render one conversion; false when it is none that we know. */
static bool put_conversion(struct out *o, struct spec *s, struct args *a)
{
    char c;

    switch (s->conv) {
    case 'd':
    case 'i':
        put_signed(o, s, next_signed(a, s->size));
        return true;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        put_number(o, s, next_unsigned(a, s->size), "");
        return true;
    case 'p': /* as %#lx, but 0x0 instead of 0 */
        s->conv = 'x';
        put_number(o, s, (uptr)va_arg(a->ap, void *), "0x");
        return true;
    case 's':
        put_string(o, s, va_arg(a->ap, const char *));
        return true;
    case 'c':
        c = (char)va_arg(a->ap, int);
        put_padded(o, s, "", 0, &c, 1);
        return true;
    case '%':
        put(o, "%", 1);
        return true;
    default:
        return false;
    }
}

static const char *parse_flags(const char *p, struct spec *s)
{
    static const char names[] = "-+ #0"; /* in the order of enum flag's bits */
    const char *at;
    for (; *p && (at = strchr(names, *p)); p++)
        s->flags |= 1 << (at - names);
    return p;
}

/* A decimal number or *, for width and precision. */
static const char *parse_count(const char *p, int *n, struct args *a)
{
    if (*p == '*') {
        *n = va_arg(a->ap, int);
        return p + 1;
    }
    for (*n = 0; *p >= '0' && *p <= '9'; p++)
        *n = *n > S32_MAX / 10 - 1 ? *n : *n * 10 + (*p - '0');
    return p;
}

static const char *parse_size(const char *p, int *size)
{
    *size = (int)sizeof(int);
    if (p[0] == 'h') {
        *size = p[1] == 'h' ? 1 : 2;
        return p + (p[1] == 'h' ? 2 : 1);
    }
    if (*p && strchr("lztj", *p)) {
        *size = 8;
        return p + (p[0] == 'l' && p[1] == 'l' ? 2 : 1);
    }
    return p;
}

/* p stands behind the %. Returns the place behind the conversion character. */
static const char *parse_spec(const char *p, struct spec *s, struct args *a)
{
    *s = (struct spec){.precision = -1};
    p = parse_flags(p, s);
    p = parse_count(p, &s->width, a);
    if (s->width < 0) { /* only * can give it: C says it means the flag - */
        s->flags |= FLAG_LEFT;
        s->width = s->width == S32_MIN ? S32_MAX : -s->width;
    }
    if (*p == '.')
        p = parse_count(p + 1, &s->precision, a);
    p = parse_size(p, &s->size);
    s->conv = *p;
    return *p ? p + 1 : p;
}

size_t fmt_write(fmt_sink_fn sink, void *arg, const char *fmt, va_list ap)
{
    struct out o = {sink, arg, 0};
    struct args a;
    va_copy(a.ap, ap);

    while (*fmt) {
        const char *start = fmt;
        while (*fmt && *fmt != '%')
            fmt++;
        put(&o, start, (size_t)(fmt - start));
        if (!*fmt)
            break;
        start = fmt;
        struct spec s;
        fmt = parse_spec(fmt + 1, &s, &a);
        if (!put_conversion(&o, &s, &a))
            put(&o, start, (size_t)(fmt - start));
    }
    va_end(a.ap);
    return o.count;
}

/* ---- into a buffer ---- */

struct buffer {
    char *at;
    size_t left; /* bytes, the NUL's not counted */
};

static void buffer_sink(void *arg, const char *s, size_t len)
{
    struct buffer *b = arg;
    size_t n = MIN(len, b->left);
    if (!n)
        return; /* a buffer of size 0 may be NULL */
    memcpy(b->at, s, n);
    b->at += n;
    b->left -= n;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct buffer b = {buf, size ? size - 1 : 0};
    size_t len = fmt_write(buffer_sink, &b, fmt, ap);
    if (size)
        *b.at = '\0';
    return (int)len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return size ? MIN(len, (int)size - 1) : 0;
}
