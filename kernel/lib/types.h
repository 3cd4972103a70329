/* types.h: the words that every kernel file uses: fixed-width integers, addresses, and the compiler
 * attributes under readable names. It holds no function and includes only the compiler's own
 * freestanding headers. */
#pragma once

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64; /* unsigned long on x86-64: print it with %lu or %lx */
typedef __INT8_TYPE__ s8;
typedef __INT16_TYPE__ s16;
typedef __INT32_TYPE__ s32;
typedef __INT64_TYPE__ s64;
typedef __INT64_TYPE__ ssize_t;
typedef __UINTPTR_TYPE__ uptr; /* an address as a number, for masks and for printing */

typedef u64 paddr_t; /* an address on the memory bus */
typedef u64 vaddr_t; /* an address that the MMU translates */

#define U64_MAX (~(u64)0)
#define S64_MAX ((s64)(U64_MAX >> 1))
#define S64_MIN (-S64_MAX - 1)
#define U32_MAX (~(u32)0)
#define S32_MAX ((s32)(U32_MAX >> 1))
#define S32_MIN (-S32_MAX - 1)

/* ---- sizes ---- */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define KIB(n)        ((u64)(n) << 10)
#define MIB(n)        ((u64)(n) << 20)
#define GIB(n)        ((u64)(n) << 30)
#define TIB(n)        ((u64)(n) << 40)

/* Both alignments need `a` to be a power of two; the result has the type of x. */
#define ALIGN_DOWN(x, a)   ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN_UP(x, a)     (((x) + ((__typeof__(x))(a)-1)) & ~((__typeof__(x))(a)-1))
#define IS_ALIGNED(x, a)   (((x) & ((__typeof__(x))(a)-1)) == 0)
#define IS_POW2(x)         ((x) != 0 && ((x) & ((x)-1)) == 0)
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define BIT(n)             ((u64)1 << (n))

/* Each argument is evaluated once. */
#define MIN(a, b)                                                                                  \
    ({                                                                                             \
        __typeof__(a) _min_a = (a);                                                                \
        __typeof__(b) _min_b = (b);                                                                \
        _min_a < _min_b ? _min_a : _min_b;                                                         \
    })
#define MAX(a, b)                                                                                  \
    ({                                                                                             \
        __typeof__(a) _max_a = (a);                                                                \
        __typeof__(b) _max_b = (b);                                                                \
        _max_a > _max_b ? _max_a : _max_b;                                                         \
    })

/* The structure of which *ptr is the field `member`. */
#define container_of(ptr, type, member)                                                            \
    ({                                                                                             \
        const __typeof__(((type *)0)->member) *_member = (ptr);                                    \
        (type *)(uptr)((const char *)_member - offsetof(type, member));                            \
    })

/* Instrumented functions (SAN=1) have larger frames: all kernel stacks are so many times larger. */
#ifdef SAN
#define STACK_SCALE 2
#else
#define STACK_SCALE 1
#endif

/* ---- what the compiler should know ---- */
#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN   __attribute__((noreturn))
#define PRINTF(f, a)                                                                               \
    __attribute__((format(printf, f, a))) /* f: the format's place, a: its first argument's */
#define PACKED        __attribute__((packed))
#define ALIGNED(n)    __attribute__((aligned(n)))
#define UNUSED        __attribute__((unused))
#define USED          __attribute__((used))
#define SECTION(name) __attribute__((section(name)))
#define NOINLINE      __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define WEAK          __attribute__((weak))
#define likely(x)     __builtin_expect(!!(x), 1)
#define unlikely(x)   __builtin_expect(!!(x), 0)

/* One access, neither torn nor repeated nor left out, of a variable that another CPU or an
 * interrupt also touches. They order nothing: where order matters use <stdatomic.h> and say which
 * store each load matches. */
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* The compiler moves no memory access across this. */
#define barrier() __asm__ volatile("" ::: "memory")

_Static_assert(sizeof(u64) == 8 && sizeof(void *) == 8, "Lucid is a 64-bit kernel");
