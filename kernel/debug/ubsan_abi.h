/* ubsan_abi.h: what gcc and clang call under -fsanitize=undefined, and the records that they pass:
 * where, in what type, of what kind. Their names and layouts are fixed (libsanitizer/ubsan,
 * ubsan_handlers.h and ubsan_value.h; compiler-rt's are the same). */
#pragma once

#include "lib/types.h"

struct ubsan_place {
    const char *file;
    u32 line; /* we set the highest bit once it was reported */
    u32 column;
};

enum { UBSAN_INTEGER = 0 };
struct ubsan_type {
    u16 kind;
    u16 info; /* of an integer: bit 0 signed, the rest the logarithm of its bits */
    char name[];
};

/* All begin with the place; what follows is each one's own. */
struct ubsan_overflow {
    struct ubsan_place at;
    const struct ubsan_type *type;
};
struct ubsan_shift {
    struct ubsan_place at;
    const struct ubsan_type *left, *right;
};
struct ubsan_bounds {
    struct ubsan_place at;
    const struct ubsan_type *array, *index;
};
struct ubsan_mismatch {
    struct ubsan_place at;
    const struct ubsan_type *type;
    u8 log_align;
    u8 access; /* index into the names in ubsan.c */
};
struct ubsan_argument {
    struct ubsan_place at, declared;
    int number;
};
struct ubsan_builtin {
    struct ubsan_place at;
    u8 kind;
};
struct ubsan_assumption {
    struct ubsan_place at, assumed;
    const struct ubsan_type *type;
};

/* A value: the bits themselves, or the address of a value too wide for a register. */
typedef u64 ubsan_value;

void __ubsan_handle_add_overflow(struct ubsan_overflow *d, ubsan_value a, ubsan_value b);
void __ubsan_handle_sub_overflow(struct ubsan_overflow *d, ubsan_value a, ubsan_value b);
void __ubsan_handle_mul_overflow(struct ubsan_overflow *d, ubsan_value a, ubsan_value b);
void __ubsan_handle_negate_overflow(struct ubsan_overflow *d, ubsan_value a);
void __ubsan_handle_divrem_overflow(struct ubsan_overflow *d, ubsan_value a, ubsan_value b);
void __ubsan_handle_shift_out_of_bounds(struct ubsan_shift *d, ubsan_value a, ubsan_value b);
void __ubsan_handle_out_of_bounds(struct ubsan_bounds *d, ubsan_value index);
void __ubsan_handle_type_mismatch_v1(struct ubsan_mismatch *d, ubsan_value pointer);
void __ubsan_handle_pointer_overflow(struct ubsan_place *at, ubsan_value base, ubsan_value sum);
void __ubsan_handle_load_invalid_value(struct ubsan_overflow *d, ubsan_value a);
void __ubsan_handle_vla_bound_not_positive(struct ubsan_overflow *d, ubsan_value bound);
void __ubsan_handle_nonnull_arg(struct ubsan_argument *d);
void __ubsan_handle_nonnull_return_v1(struct ubsan_place *declared, struct ubsan_place *at);
void __ubsan_handle_invalid_builtin(struct ubsan_builtin *d);
void __ubsan_handle_alignment_assumption(struct ubsan_assumption *d, ubsan_value pointer,
                                         ubsan_value align, ubsan_value offset);
void __ubsan_handle_builtin_unreachable(struct ubsan_place *at);
void __ubsan_handle_missing_return(struct ubsan_place *at);
