/* Checks of what must hold. */
#pragma once

void __assert_fail(const char *expr, const char *file, int line, const char *func)
    __attribute__((noreturn));

#define assert(expr) ((expr) ? (void)0 : __assert_fail(#expr, __FILE__, __LINE__, __func__))
#define static_assert _Static_assert
