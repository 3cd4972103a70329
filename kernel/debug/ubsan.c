/* Undefined behaviour, caught when it happens: what the compiler calls under `make SAN=1` where C
 * gives an operation no meaning (docs/sanitizers.md).
 *
 * Each handler gets a static record of the place and the types, and the values of the moment. A
 * place is reported once. This kernel is built without -fwrapv: signed overflow is a mistake here,
 * and the compiler may reason that it never happens. */
#include "debug/ubsan_abi.h"
#include "debug/sanitizer.h"
#include "lib/fmt.h"

enum { VALUE_LEN = 32, REPORTED = 1u << 31 };

/* ---- values as text ---- */

static bool is_signed(const struct ubsan_type *t)
{
    return t->info & 1;
}

static unsigned bits_of(const struct ubsan_type *t)
{
    return 1u << (t->info >> 1);
}

static bool is_negative(const struct ubsan_type *t, ubsan_value v)
{
    return t->kind == UBSAN_INTEGER && is_signed(t) && bits_of(t) <= 64 &&
           (v >> (bits_of(t) - 1) & 1);
}

static const char *text_of(const struct ubsan_type *t, ubsan_value v, char *buf)
{
    unsigned bits = t->kind == UBSAN_INTEGER ? bits_of(t) : 0;
    if (bits == 0 || bits > 64) {
        snprintf(buf, VALUE_LEN, "(wide)");
    } else if (is_signed(t)) {
        unsigned unused = 64 - bits;
        snprintf(buf, VALUE_LEN, "%ld", (s64)(v << unused) >> unused);
    } else {
        snprintf(buf, VALUE_LEN, "%lu", bits < 64 ? v & (BIT(bits) - 1) : v);
    }
    return buf;
}

/* ---- reports ---- */

static bool first_time(struct ubsan_place *at)
{
    u32 before = __atomic_fetch_or(&at->line, REPORTED, __ATOMIC_RELAXED);
    return !(before & REPORTED);
}

/* `caller` is the frame of the handler: what called it did it. */
#define REPORT(at, ...)                                                                            \
    do {                                                                                           \
        struct ubsan_place *_at = (at);                                                            \
        if (first_time(_at))                                                                       \
            report(_at, (u64)__builtin_return_address(0), *(u64 *)__builtin_frame_address(0),      \
                   __VA_ARGS__);                                                                   \
    } while (0)

PRINTF(4, 5)
static void report(const struct ubsan_place *at, u64 ip, u64 rbp, const char *fmt, ...)
{
    char what[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (san_begin("UBSAN: %s:%u:%u: %s", at->file, at->line & ~REPORTED, at->column, what))
        san_end(ip, rbp);
}

/* ---- arithmetic ---- */

#define DEFINE_OVERFLOW(what, sign)                                                                \
    void __ubsan_handle_##what##_overflow(struct ubsan_overflow *d, ubsan_value a, ubsan_value b)  \
    {                                                                                              \
        char x[VALUE_LEN], y[VALUE_LEN];                                                           \
        REPORT(&d->at, "overflow: %s " sign " %s does not fit in type %s", text_of(d->type, a, x), \
               text_of(d->type, b, y), d->type->name);                                             \
    }
DEFINE_OVERFLOW(add, "+")
DEFINE_OVERFLOW(sub, "-")
DEFINE_OVERFLOW(mul, "*")

void __ubsan_handle_negate_overflow(struct ubsan_overflow *d, ubsan_value a)
{
    char x[VALUE_LEN];
    REPORT(&d->at, "overflow: -(%s) does not fit in type %s", text_of(d->type, a, x),
           d->type->name);
}

void __ubsan_handle_divrem_overflow(struct ubsan_overflow *d, ubsan_value a, ubsan_value b)
{
    char x[VALUE_LEN], y[VALUE_LEN];
    REPORT(&d->at, "division: %s / %s has no value of type %s", text_of(d->type, a, x),
           text_of(d->type, b, y), d->type->name);
}

void __ubsan_handle_shift_out_of_bounds(struct ubsan_shift *d, ubsan_value a, ubsan_value b)
{
    char x[VALUE_LEN], y[VALUE_LEN];
    text_of(d->left, a, x);
    text_of(d->right, b, y);
    if (is_negative(d->right, b))
        REPORT(&d->at, "shift: by %s, a negative number", y);
    else if (b >= bits_of(d->left))
        REPORT(&d->at, "shift: by %s, but type %s has %u bits", y, d->left->name, bits_of(d->left));
    else
        REPORT(&d->at, "shift: %s << %s does not fit in type %s", x, y, d->left->name);
}

/* ---- memory ---- */

void __ubsan_handle_out_of_bounds(struct ubsan_bounds *d, ubsan_value index)
{
    char x[VALUE_LEN];
    REPORT(&d->at, "index: %s is outside of type %s", text_of(d->index, index, x), d->array->name);
}

void __ubsan_handle_type_mismatch_v1(struct ubsan_mismatch *d, ubsan_value pointer)
{
    static const char *const accesses[] = {
        "load of",        "store to",        "reference to",  "member access within",
        "member call on", "constructor on",  "downcast of",   "downcast of",
        "upcast of",      "cast to base of", "_Nonnull with", "dynamic operation on",
    };
    const char *access = d->access < ARRAY_SIZE(accesses) ? accesses[d->access] : "use of";
    if (!pointer)
        REPORT(&d->at, "null: %s a null pointer of type %s", access, d->type->name);
    else if (pointer & (BIT(d->log_align) - 1))
        REPORT(&d->at, "alignment: %s address %#lx for type %s, which wants %lu", access, pointer,
               d->type->name, BIT(d->log_align));
    else
        REPORT(&d->at, "object size: %s address %#lx, too little room for type %s", access, pointer,
               d->type->name);
}

void __ubsan_handle_pointer_overflow(struct ubsan_place *at, ubsan_value base, ubsan_value sum)
{
    REPORT(at, "pointer overflow: %#lx became %#lx", base, sum);
}

void __ubsan_handle_load_invalid_value(struct ubsan_overflow *d, ubsan_value a)
{
    char x[VALUE_LEN];
    REPORT(&d->at, "invalid value: %s is none of type %s", text_of(d->type, a, x), d->type->name);
}

void __ubsan_handle_vla_bound_not_positive(struct ubsan_overflow *d, ubsan_value bound)
{
    char x[VALUE_LEN];
    REPORT(&d->at, "array length: %s is not positive", text_of(d->type, bound, x));
}

void __ubsan_handle_alignment_assumption(struct ubsan_assumption *d, ubsan_value pointer,
                                         ubsan_value align, ubsan_value offset)
{
    REPORT(&d->at, "alignment: address %#lx was promised to be a multiple of %lu (offset %lu)",
           pointer, align, offset);
}

/* ---- promises to the compiler ---- */

void __ubsan_handle_nonnull_arg(struct ubsan_argument *d)
{
    REPORT(&d->at, "null: argument %d may not be null", d->number);
}

void __ubsan_handle_nonnull_return_v1(struct ubsan_place *declared, struct ubsan_place *at)
{
    REPORT(at, "null: the function promised (%s:%u) never to return null", declared->file,
           declared->line);
}

void __ubsan_handle_invalid_builtin(struct ubsan_builtin *d)
{
    REPORT(&d->at, "undefined result: %s(0)", d->kind ? "__builtin_clz" : "__builtin_ctz");
}

/* There is nothing to go on with after these two: they panic even with san=report, by falling off
 * into what the compiler put behind a place that is never reached. */
void __ubsan_handle_builtin_unreachable(struct ubsan_place *at)
{
    REPORT(at, "unreachable code was reached");
}

void __ubsan_handle_missing_return(struct ubsan_place *at)
{
    REPORT(at, "a function ended without its return value");
}
