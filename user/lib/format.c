/* The formatting behind the printf family: __format walks the format string and hands pieces of
 * text to a function. Every conversion becomes a prefix (sign, 0x), leading zeros, and a body,
 * which emit_field pads to the width. %e and %g do not exist; %f is exact to 19 digits after the
 * point. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

struct spec {
    bool left, zero, plus, space, alternate;
    int width;
    int precision; /* -1: none given */
    char length;   /* 'H' for hh, 'h', 0, 'l', 'L' for ll; z, t and j count as l */
    char conversion;
};

struct out {
    __put_fn put;
    void *to;
    int total;
};

static void emit(struct out *out, const char *s, size_t len)
{
    out->put(out->to, s, len);
    out->total += (int)len;
}

static void emit_repeated(struct out *out, char c, int count)
{
    char chunk[32];

    memset(chunk, c, sizeof(chunk));
    for (; count > 0; count -= (int)sizeof(chunk))
        emit(out, chunk, count < (int)sizeof(chunk) ? (size_t)count : sizeof(chunk));
}

static void emit_field(struct out *out, const struct spec *sp, const char *prefix, int zeros,
                       const char *body, size_t len)
{
    int pad = sp->width - (int)strlen(prefix) - zeros - (int)len;

    if (sp->zero && !sp->left && pad > 0) {
        zeros += pad;
        pad = 0;
    }
    if (!sp->left)
        emit_repeated(out, ' ', pad);
    emit(out, prefix, strlen(prefix));
    emit_repeated(out, '0', zeros);
    emit(out, body, len);
    if (sp->left)
        emit_repeated(out, ' ', pad);
}

/* The digits of `value`, ending at `end`; returns where they start. Zero has no digits: its
 * precision supplies one. */
static char *digits(char *end, uint64_t value, unsigned int base, bool upper)
{
    for (; value; value /= base)
        *--end = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    return end;
}

static const char *sign_prefix(const struct spec *sp, bool negative)
{
    return negative ? "-" : sp->plus ? "+" : sp->space ? " " : "";
}

static void format_integer(struct out *out, struct spec *sp, uint64_t value, const char *prefix)
{
    char buf[24];
    char *end = buf + sizeof(buf);
    bool upper = sp->conversion == 'X';
    unsigned int base = sp->conversion == 'o'                     ? 8
                        : (upper || strchr("xp", sp->conversion)) ? 16
                                                                  : 10;
    char *start = digits(end, value, base, upper);
    int count = (int)(end - start);

    if (sp->precision >= 0)
        sp->zero = false;
    int zeros = (sp->precision < 0 ? 1 : sp->precision) - count;
    if (base == 16 && (sp->conversion == 'p' || (sp->alternate && value)))
        prefix = upper ? "0X" : "0x";
    if (base == 8 && sp->alternate && zeros <= 0)
        zeros = 1;
    emit_field(out, sp, prefix, zeros > 0 ? zeros : 0, start, (size_t)count);
}

/* The decimal digits of mantissa * 2^exponent, exactly: a number in base 10^9, doubled `exponent`
 * times. A double needs at most 309 digits. */
static char *big_digits(char *end, uint64_t mantissa, int exponent)
{
    uint32_t words[36];
    int count = 0;

    for (; mantissa; mantissa /= 1000000000)
        words[count++] = (uint32_t)(mantissa % 1000000000);
    while (exponent > 0) {
        int shift = exponent < 29 ? exponent : 29;
        uint64_t carry = 0;
        for (int i = 0; i < count; i++) {
            carry += (uint64_t)words[i] << shift;
            words[i] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry)
            words[count++] = (uint32_t)carry;
        exponent -= shift;
    }
    for (int i = 0; i < count; i++) {
        char *start = digits(end, words[i], 10, false);
        while (i < count - 1 && start > end - 9)
            *--start = '0';
        end = start;
    }
    return end;
}

/* The first `count` digits of a fraction in [0, 1): as a 64-bit fixed-point number it is multiplied
 * by ten for each. Rounds to nearest, ties to even; returns true when that carries into the integer
 * part, whose lowest bit is `odd`. */
static bool fraction_digits(double fraction, char *places, int count, bool odd)
{
    const uint64_t half = (uint64_t)1 << 63;
    uint64_t rest = (uint64_t)(fraction * 0x1p63) * 2;

    for (int i = 0; i < count; i++) {
        unsigned __int128 product = (unsigned __int128)rest * 10;
        places[i] = (char)('0' + (int)(product >> 64));
        rest = (uint64_t)product;
    }
    if (count > 0)
        odd = places[count - 1] & 1;
    bool up = rest > half || (rest == half && odd);
    for (int i = count - 1; up && i >= 0; i--) {
        up = places[i] == '9';
        places[i] = up ? '0' : (char)(places[i] + 1);
    }
    return up;
}

#define PLACES_MAX 60 /* more than a double has to tell */

static void format_double(struct out *out, struct spec *sp, double value)
{
    char buf[320 + PLACES_MAX];
    char *point = buf + 315; /* the integer part grows down from here, the fraction up */
    const char *prefix = sign_prefix(sp, __builtin_signbit(value));
    int count = sp->precision < 0 ? 6 : sp->precision < PLACES_MAX ? sp->precision : PLACES_MAX;

    value = __builtin_fabs(value);
    if (__builtin_isnan(value) || __builtin_isinf(value)) {
        sp->zero = false;
        emit_field(out, sp, prefix, 0, __builtin_isnan(value) ? "nan" : "inf", 3);
        return;
    }
    int exponent = 0;
    for (; value >= 0x1p63; value /= 2) /* NOLINT(*FloatLoopCounter): halving is exact */
        exponent++;
    uint64_t whole = (uint64_t)value;
    char *end = point;
    if (count > 0 || sp->alternate)
        *end++ = '.';
    whole += fraction_digits(value - (double)whole, end, count, whole & 1);
    char *start = big_digits(point, whole, exponent);
    if (start == point)
        *--start = '0';
    emit_field(out, sp, prefix, 0, start, (size_t)(end + count - start));
}

static int64_t signed_argument(const struct spec *sp, va_list *ap)
{
    switch (sp->length) {
    case 'H':
        return (signed char)va_arg(*ap, int);
    case 'h':
        return (short)va_arg(*ap, int);
    case 0:
        return va_arg(*ap, int);
    default:
        return va_arg(*ap, long);
    }
}

static uint64_t unsigned_argument(const struct spec *sp, va_list *ap)
{
    switch (sp->length) {
    case 'H':
        return (unsigned char)va_arg(*ap, int);
    case 'h':
        return (unsigned short)va_arg(*ap, int);
    case 0:
        return va_arg(*ap, unsigned int);
    default:
        return va_arg(*ap, unsigned long);
    }
}

/* What stands between % and the conversion letter; returns where the format goes on after that
 * letter. */
static const char *parse_spec(const char *f, struct spec *sp, va_list *ap)
{
    *sp = (struct spec){.precision = -1};
    for (;; f++) {
        if (*f == '-')
            sp->left = true;
        else if (*f == '0')
            sp->zero = true;
        else if (*f == '+')
            sp->plus = true;
        else if (*f == ' ')
            sp->space = true;
        else if (*f == '#')
            sp->alternate = true;
        else
            break;
    }
    if (*f == '*') {
        sp->width = va_arg(*ap, int);
        f++;
        if (sp->width < 0) {
            sp->left = true;
            sp->width = -sp->width;
        }
    }
    while (*f >= '0' && *f <= '9')
        sp->width = sp->width * 10 + *f++ - '0';
    if (*f == '.') {
        sp->precision = 0;
        if (*++f == '*') {
            sp->precision = va_arg(*ap, int);
            f++;
        }
        while (*f >= '0' && *f <= '9')
            sp->precision = sp->precision * 10 + *f++ - '0';
    }
    for (; *f && strchr("hlzjt", *f); f++)
        sp->length = *f == 'h' ? (sp->length == 'h' ? 'H' : 'h') : 'l';
    sp->conversion = *f;
    return *f ? f + 1 : f;
}

static void format_one(struct out *out, struct spec *sp, va_list *ap)
{
    const char *s;
    char c;
    int64_t value;

    switch (sp->conversion) {
    case 'd':
    case 'i':
        value = signed_argument(sp, ap);
        format_integer(out, sp, value < 0 ? -(uint64_t)value : (uint64_t)value,
                       sign_prefix(sp, value < 0));
        break;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        format_integer(out, sp, unsigned_argument(sp, ap), "");
        break;
    case 'p':
        format_integer(out, sp, (uintptr_t)va_arg(*ap, void *), "0x");
        break;
    case 'f':
    case 'F':
        format_double(out, sp, va_arg(*ap, double));
        break;
    case 'c':
        c = (char)va_arg(*ap, int);
        sp->zero = false;
        emit_field(out, sp, "", 0, &c, 1);
        break;
    case 's':
        s = va_arg(*ap, const char *);
        if (!s)
            s = "(null)";
        sp->zero = false;
        emit_field(out, sp, "", 0, s,
                   sp->precision < 0 ? strlen(s) : strnlen(s, (size_t)sp->precision));
        break;
    default: /* %%, and what is unknown shows itself */
        emit(out, &sp->conversion, sp->conversion != '\0');
    }
}

int __format(__put_fn put, void *to, const char *fmt, va_list args)
{
    struct out out = {put, to, 0};
    va_list ap;

    va_copy(ap, args);
    while (*fmt) {
        size_t plain = (size_t)(strchrnul(fmt, '%') - fmt);
        if (plain > 0)
            emit(&out, fmt, plain);
        fmt += plain;
        if (*fmt == '%') {
            struct spec sp;
            fmt = parse_spec(fmt + 1, &sp, &ap);
            format_one(&out, &sp, &ap);
        }
    }
    va_end(ap);
    return out.total;
}
