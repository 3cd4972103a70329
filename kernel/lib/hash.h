/* hash.h: hash functions for tables inside the kernel. They spread well and are quick; they keep no
 * secret and resist no attacker. */
#pragma once

#include "lib/types.h"

/* Mix all 64 bits (the finaliser of MurmurHash3, public domain): use the low bits of the result as
 * an index. */
static inline u64 hash_u64(u64 x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdul;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ul;
    x ^= x >> 33;
    return x;
}

static inline u64 hash_ptr(const void *p)
{
    return hash_u64((uptr)p);
}

/* Fold x into a running hash: hash_mix(hash_mix(0, a), b) for a key of two words. */
static inline u64 hash_mix(u64 hash, u64 x)
{
    return hash_u64(hash ^
                    (x + 0x9e3779b97f4a7c15ul)); /* 2^64 / golden ratio: keeps 0 from vanishing */
}

/* FNV-1a over bytes (Fowler, Noll, Vo), seeded so that (parent, name) pairs spread. */
static inline u64 hash_bytes(u64 seed, const void *data, size_t len)
{
    const u8 *p = data;
    u64 hash = 0xcbf29ce484222325ul ^ seed;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 0x100000001b3ul;
    return hash ^ (hash >> 32); /* FNV's low bits depend on few input bits: fold the high half in */
}
