/* random.h: unpredictable bytes: /dev/urandom, getrandom(2), AT_RANDOM.
 *
 * A ChaCha20 generator (RFC 8439 for the block function) that overwrites its key with part of each
 * output, so that who reads the state later cannot compute what was given out before ("fast key
 * erasure", Bernstein 2017). Seeded from RDRAND where the CPU has it, and from the jitter of the
 * TSC around memory and timer reads. */
#pragma once

#include "lib/types.h"
#include "vm/uio.h"

/* Fill buf. Any context but NMI; never fails, never waits: it is seeded before the first thread
 * runs. */
void random_bytes(void *buf, size_t len);
u64 random_u64(void);
/* getrandom(2)'s core. Returns bytes moved or -EFAULT. */
MUST_CHECK ssize_t random_read(struct uio *uio);
/* Stir in what an attacker cannot know well: interrupt times, a program's write to /dev/random. */
void random_mix(const void *data, size_t len);
/* RFC 8439's block function, for tests against its vectors. */
void chacha20_block(const u32 key[8], u32 counter, const u32 nonce[3], u32 out[16]);
void random_init(void);
