/* Blocks of memory, checked before they are touched.
 *
 * Compilers call memcpy and its kin by these names from instrumented code, so in this build
 * lib/block.c defines plain_memcpy and so on, and the functions here look at both ranges first. */
#include "debug/kasan_priv.h"
#include "lib/string.h"

vaddr_t kasan_first_forbidden(vaddr_t a, size_t len)
{
    vaddr_t end = a + len;
    for (vaddr_t at = a & ~(vaddr_t)(KASAN_GRANULE - 1); at < end; at += KASAN_GRANULE) {
        u8 shadow = *kasan_shadow(at);
        if (likely(!shadow))
            continue;
        vaddr_t from = at + (shadow < KASAN_GRANULE ? shadow : 0);
        if (MAX(from, a) < MIN(at + KASAN_GRANULE, end))
            return MAX(from, a);
    }
    return end;
}

void kasan_check(vaddr_t a, size_t len, bool write, u64 ip, u64 rbp)
{
    if (len == 0 || a < KERNEL_HALF)
        return;
    if (unlikely(a + len < a) || unlikely(kasan_first_forbidden(a, len) != a + len))
        kasan_report(a, len, write, ip, rbp);
}

void *memcpy(void *restrict dst, const void *restrict src, size_t len)
{
    kasan_check((vaddr_t)src, len, false, HERE);
    kasan_check((vaddr_t)dst, len, true, HERE);
    return plain_memcpy(dst, src, len);
}

void *memmove(void *dst, const void *src, size_t len)
{
    kasan_check((vaddr_t)src, len, false, HERE);
    kasan_check((vaddr_t)dst, len, true, HERE);
    return plain_memmove(dst, src, len);
}

void *memset(void *dst, int byte, size_t len)
{
    kasan_check((vaddr_t)dst, len, true, HERE);
    return plain_memset(dst, byte, len);
}

int memcmp(const void *a, const void *b, size_t len)
{
    kasan_check((vaddr_t)a, len, false, HERE);
    kasan_check((vaddr_t)b, len, false, HERE);
    return plain_memcmp(a, b, len);
}

/* It stops at the byte that it looks for: only what came before it was read. */
void *memchr(const void *block, int byte, size_t len)
{
    const u8 *found = plain_memchr(block, byte, len);
    size_t read = found ? (size_t)(found - (const u8 *)block) + 1 : len;
    kasan_check((vaddr_t)block, read, false, HERE);
    return (void *)(uptr)found;
}

void kasan_check_read(const void *p, size_t len)
{
    kasan_check((vaddr_t)p, len, false, HERE);
}

void kasan_check_write(const void *p, size_t len)
{
    kasan_check((vaddr_t)p, len, true, HERE);
}
