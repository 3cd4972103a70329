/* kasan_priv.h: what the files of the sanitizers share (built under SAN=1 only). */
#pragma once

#include "debug/kasan.h"
#include "debug/sanitizer.h"

/* Below this there is no shadow: a program's address, null, or no address at all. The access itself
 * will fault, and the page fault's report is right. */
#define KERNEL_HALF 0xffff800000000000ull

static inline u8 *kasan_shadow(vaddr_t a)
{
    return (u8 *)((a >> KASAN_SHIFT) + KASAN_OFFSET);
}

/* Who called this function: the address it returns to, and that function's frame pointer. */
#define HERE (u64) __builtin_return_address(0), *(u64 *)__builtin_frame_address(0)

/* Check [a, a + len), of any length; report what is forbidden. */
void kasan_check(vaddr_t a, size_t len, bool write, u64 ip, u64 rbp);

/* The first forbidden byte of [a, a + len), or its end. */
vaddr_t kasan_first_forbidden(vaddr_t a, size_t len);

/* An access of `len` bytes at a is forbidden: say so. `ip` did it, in a function whose frame
 * pointer is `rbp`. */
void kasan_report(vaddr_t a, size_t len, bool write, u64 ip, u64 rbp);

/* The global variable in whose space, redzone included, a lies: print where; false if there is
 * none. */
bool kasan_describe_global(vaddr_t a);

/* lib/block.c's functions, which are renamed in this build so that the checking ones
 * (kasan_block.c) can have their names. */
void *plain_memcpy(void *dst, const void *src, size_t len);
void *plain_memmove(void *dst, const void *src, size_t len);
void *plain_memset(void *dst, int byte, size_t len);
int plain_memcmp(const void *a, const void *b, size_t len);
void *plain_memchr(const void *block, int byte, size_t len);
