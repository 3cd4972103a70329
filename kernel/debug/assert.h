/* ASSERT means that the kernel is wrong. Nothing that a program, a disk or a packet can do may trip
 * one.
 */
#pragma once
#include "debug/panic.h"

#define ASSERT(cond)                                                                               \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0))                                                          \
            panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #cond);                       \
    } while (0)

/* ASSERT on a pure condition with the numbers in the message. */
#define ASSERT_MSG(cond, fmt, ...)                                                                 \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0))                                                          \
            panic("%s:%d: " fmt, __FILE__, __LINE__, ##__VA_ARGS__);                               \
    } while (0)
