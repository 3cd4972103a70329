/* sources: kernel/lib/ring.c */
/* The byte ring, alone and between two threads. Catches: bytes lost, repeated or reordered at the
 * wrap. */
#include "shim.h"
#include "lib/ring.h"
#include <pthread.h>
#include <string.h>

static u8 buf[64];

TEST(ring_keeps_bytes_in_order)
{
    struct ring r;
    u8 next_in = 0, next_out = 0, tmp[100];
    ring_init(&r, buf, sizeof buf);
    atomic_store(&r.head, 0xffffff00u); /* so that the counters themselves wrap in the test */
    atomic_store(&r.tail, 0xffffff00u);
    for (int round = 0; round < 20000; round++) {
        u32 n = (u32)rnd_below(sizeof tmp), used = ring_used(&r);
        if (rnd_below(2)) {
            for (u32 i = 0; i < n; i++)
                tmp[i] = (u8)(next_in + i);
            u32 done = ring_write(&r, tmp, n);
            CHECK_EQ(done, MIN(n, (u32)sizeof buf - used));
            next_in = (u8)(next_in + done);
        } else {
            CHECK_EQ(ring_peek(&r, tmp, n), MIN(n, used));
            memset(tmp, 0, sizeof tmp);
            u32 done = ring_read(&r, tmp, n);
            CHECK_EQ(done, MIN(n, used));
            for (u32 i = 0; i < done; i++)
                CHECK_EQ(tmp[i], (u8)(next_out + i));
            next_out = (u8)(next_out + done);
        }
        CHECK_EQ(ring_used(&r) + ring_free(&r), sizeof buf);
    }
}

static struct ring shared;
enum { TRANSFER = 60000 };

static void *producer(void *arg)
{
    for (u32 i = 0; i < TRANSFER;)
        i += ring_put(&shared, (u8)(i * 7));
    return arg;
}

TEST(ring_between_two_threads)
{
    pthread_t t;
    ring_init(&shared, buf, sizeof buf);
    CHECK(pthread_create(&t, NULL, producer, NULL) == 0);
    u32 wrong = 0;
    for (u32 i = 0; i < TRANSFER;) {
        u8 byte;
        if (!ring_get(&shared, &byte))
            continue;
        wrong += byte != (u8)(i * 7);
        i++;
    }
    pthread_join(t, NULL);
    CHECK_EQ(wrong, 0);
    CHECK_EQ(ring_used(&shared), 0);
}

int main(void)
{
    return run_tests();
}
