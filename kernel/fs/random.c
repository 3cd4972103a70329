/* random.c: the generator of random bytes; random.h tells the idea.
 *
 * One key for the whole machine, under a spinlock that is held for the making of 64 bytes. What
 * comes in by random_mix is folded into the key by the same function that makes output, so it can
 * only add to what an attacker does not know. */
#include "fs/random.h"
#include "abi/errno.h"
#include "fs/limits.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "lock/spinlock.h"
#include "mm/slab.h"
#include "sched/wait.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/pte.h"

enum { BLOCK_BYTES = 64, KEY_WORDS = 8, JITTER_ROUNDS = 255, CPUID_1_ECX_RDRAND = 30 };

static struct spinlock lock = SPINLOCK_INIT("random", RANK_FS_LEAF);
static u32 key[KEY_WORDS] GUARDED_BY(lock);

static u32 rotl(u32 x, int n)
{
    return x << n | x >> (32 - n);
}

/* RFC 8439, "The ChaCha Quarter Round". */
static void quarter_round(u32 *s, int a, int b, int c, int d)
{
    s[a] += s[b], s[d] = rotl(s[d] ^ s[a], 16);
    s[c] += s[d], s[b] = rotl(s[b] ^ s[c], 12);
    s[a] += s[b], s[d] = rotl(s[d] ^ s[a], 8);
    s[c] += s[d], s[b] = rotl(s[b] ^ s[c], 7);
}

/* RFC 8439, "The ChaCha20 Block Function". */
void chacha20_block(const u32 k[8], u32 counter, const u32 nonce[3], u32 out[16])
{
    const u32 start[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, /* "expand 32-byte k" */
        k[0],       k[1],       k[2],       k[3],       k[4],     k[5],
        k[6],       k[7],       counter,    nonce[0],   nonce[1], nonce[2],
    };
    memcpy(out, start, sizeof start);
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 4; j++) /* columns */
            quarter_round(out, j, 4 + j, 8 + j, 12 + j);
        for (int j = 0; j < 4; j++) /* diagonals */
            quarter_round(out, j, 4 + (j + 1) % 4, 8 + (j + 2) % 4, 12 + (j + 3) % 4);
    }
    for (int i = 0; i < 16; i++)
        out[i] += start[i];
}

/* One block: half of it becomes the next key, half is for the caller. `salt` enters as the nonce.
 */
static void next_block(const u32 salt[3], u32 out[KEY_WORDS]) REQUIRES(&lock)
{
    u32 block[16];
    chacha20_block(key, 0, salt, block);
    memcpy(key, block, sizeof key);
    memcpy(out, block + KEY_WORDS, sizeof key);
}

/* The time and the CPU make blocks differ even where a snapshot of the machine is started twice. */
static void salt_now(u32 salt[3])
{
    u64 tsc = rdtsc();
    salt[0] = (u32)tsc;
    salt[1] = (u32)(tsc >> 32);
    salt[2] = cpu_id();
}

void random_bytes(void *buf, size_t len)
{
    u8 *p = buf;
    u32 block[KEY_WORDS], salt[3];
    while (len) {
        size_t n = MIN(len, sizeof block);
        spin_lock(&lock);
        salt_now(salt);
        next_block(salt, block);
        spin_unlock(&lock);
        memcpy(p, block, n);
        p += n;
        len -= n;
    }
    memset(block, 0, sizeof block);
    barrier(); /* the clearing stays, although nobody reads it */
}

u64 random_u64(void)
{
    u64 x;
    random_bytes(&x, sizeof x);
    return x;
}

void random_mix(const void *data, size_t len)
{
    const u8 *p = data;
    u32 salt[3], unused[KEY_WORDS];
    do {
        size_t n = MIN(len, sizeof salt);
        memset(salt, 0, sizeof salt);
        memcpy(salt, p, n);
        spin_lock(&lock);
        next_block(salt, unused);
        spin_unlock(&lock);
        p += n;
        len -= n;
    } while (len);
}

/* A page at a time through kernel memory. A reader of gigabytes lets others run, and can be killed.
 */
ssize_t random_read(struct uio *uio)
{
    size_t before = uio->resid;
    char *page = uio->resid ? kmalloc(PAGE_SIZE) : NULL;
    int err = uio->resid && !page ? -ENOMEM : 0;
    while (!err && uio->resid) {
        size_t n = MIN(uio->resid, PAGE_SIZE);
        random_bytes(page, n);
        err = uio_move(page, n, uio);
        if (wait_interrupted(WAIT_INTERRUPTIBLE))
            break;
    }
    kfree(page);
    size_t done = before - uio->resid;
    return done ? (ssize_t)done : err;
}

static bool rdrand(u64 *out)
{
    bool ok;
    for (int tries = 0; tries < 10;
         tries++) { /* Intel SDM vol. 1, "RDRAND": it may be empty for a moment */
        asm volatile("rdrand %0; setc %1" : "=r"(*out), "=qm"(ok)::"cc");
        if (ok)
            return true;
    }
    return false;
}

/* Time a little work again and again: caches, interrupts and the host make the low bits of the TSC
 * waver. */
static void mix_jitter(void)
{
    static u8 scratch[4096];
    u32 times[3]; /* as much as one block takes in */
    for (int i = 0; i < JITTER_ROUNDS; i++) {
        times[i % 3] = (u32)rdtsc();
        scratch[times[i % 3] % sizeof scratch]++;
        if (i % 3 == 2)
            random_mix(times, sizeof times);
    }
}

void random_init(void)
{
    bool has_rdrand = cpuid(1, 0).ecx >> CPUID_1_ECX_RDRAND & 1;
    u64 seed = clock_boot_epoch_s();
    random_mix(&seed, sizeof seed);
    for (int i = 0; has_rdrand && i < 8; i++)
        if (rdrand(&seed))
            random_mix(&seed, sizeof seed);
    mix_jitter();
    klog("random: seeded by %sthe jitter of the clock", has_rdrand ? "RDRAND and " : "");
}
