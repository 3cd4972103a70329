/* sources: kernel/lib/klog.c kernel/lib/fmt.c */
/* The log: lines, readers that are overtaken, writers on many threads, panic, and the log of a
 * former boot in memory full of rubbish. Catches: torn records, a record shown twice or out of
 * order, a record stranded in the ring. */
#include "shim.h"
#include <pthread.h>
#include <string.h>
#include "lib/klog.h"
#include "lib/string.h"

static char shown[1 << 20];
static size_t nshown;

static void capture(int level, const char *text, size_t len)
{
    (void)level;
    if (nshown + len < sizeof shown) {
        memcpy(shown + nshown, text, len);
        nshown += len;
    }
    shown[nshown] = '\0';
}

static struct klog_sink sink = {
    .name = "capture", .max_level = KLOG_INFO, .write = capture, .panic_safe = true};
static bool may_drain = true;

static bool may_drain_hook(void)
{
    return may_drain;
}

static u64 fake_time(void)
{
    return 1234567890;
}

static void *place; /* a ring of our own for each test */
enum { PLACE_BYTES = 24 + 64 * 256 };

static void fresh(void)
{
    static bool once;
    if (!once) {
        klog_init();
        klog_sink_register(&sink, false);
        once = true;
    }
    u64 *old = place; /* the log moves out of it before it is freed */
    place = calloc(1, PLACE_BYTES);
    klog_place(place, PLACE_BYTES);
    free(old);
    klog_may_drain_hook = may_drain_hook;
    klog_time_hook = fake_time;
    may_drain = true;
    sink.next_seq = klog_next_seq();
    nshown = 0;
    shown[0] = '\0';
}

TEST(klog_lines_become_records)
{
    fresh();
    u64 seq = klog_next_seq();
    klog("one");
    klog_warn("two\nthree %d\n", 3);
    klog_debug("not shown");
    CHECK(strcmp(shown, "[    1.234567] one\n[    1.234567] two\n[    1.234567] three 3\n") == 0);
    char buf[KLOG_LINE_MAX + 1];
    size_t n = klog_read(&seq, buf, sizeof buf);
    buf[n] = '\0';
    CHECK(strcmp(buf, "<6>[    1.234567] one\n") == 0);
    n = klog_read(&seq, buf, 5);
    CHECK(n == 5 && memcmp(buf, "<4>[ ", 5) == 0);
    CHECK(klog_read(&seq, buf, sizeof buf) && klog_read(&seq, buf, sizeof buf));
    CHECK_EQ(klog_read(&seq, buf, sizeof buf), 0);
    CHECK_EQ(seq, klog_next_seq());
}

TEST(klog_long_text_is_split_not_lost)
{
    fresh();
    char text[700];
    memset(text, 'z', sizeof text);
    text[699] = '\0';
    klog("%s", text);
    size_t z = 0;
    for (size_t i = 0; i < nshown; i++)
        z += shown[i] == 'z';
    CHECK_EQ(z, 699);
}

TEST(klog_recorded_now_shown_later)
{
    fresh();
    may_drain = false;
    for (int i = 0; i < 40; i++)
        klog("n%d", i);
    CHECK(nshown == 0 && klog_pending());
    klog_drain();
    CHECK(klog_pending() && strstr(shown, "n31\n") &&
          !strstr(shown, "n32\n")); /* a bounded piece */
    klog_drain();
    CHECK(!klog_pending() && strstr(shown, "n39\n"));
}

TEST(klog_overtaken_reader_is_told)
{
    fresh();
    may_drain = false;
    u64 seq = klog_next_seq(), first = seq;
    for (int i = 0; i < 100; i++)
        klog("n%d", i);
    char buf[KLOG_LINE_MAX + 1];
    CHECK(klog_read(&seq, buf, sizeof buf));
    CHECK_EQ(seq - 1, first + 36); /* 64 slots hold the last 64 of 100 */
    CHECK_EQ(klog_first_seq(), first + 36);
    klog_drain();
    CHECK(strncmp(shown, "[klog: 36 records lost]\n", 24) == 0);
}

enum { WRITERS = 4, EACH = 20000 };

static void *writer(void *arg)
{
    int who = (int)(uptr)arg;
    for (int i = 0; i < EACH; i++)
        klog_at(KLOG_INFO, "w%d i%06d check%d", who, i, who * EACH + i);
    return NULL;
}

TEST(klog_many_writers_no_torn_record)
{
    pthread_t t[WRITERS];
    int last[WRITERS] = {-1, -1, -1, -1}, wrong = 0, got = 0;
    bool running = true;
    fresh();
    may_drain = false;
    u64 seq = klog_next_seq(), end = seq + WRITERS * EACH;
    for (int i = 0; i < WRITERS; i++)
        CHECK(pthread_create(&t[i], NULL, writer, (void *)(uptr)i) == 0);
    while (running) {
        char buf[KLOG_LINE_MAX + 1];
        u64 before = seq;
        size_t n = klog_read(&seq, buf, sizeof buf);
        if (!n) {
            running = klog_next_seq() < end;
            continue;
        }
        buf[n] = '\0';
        int who, i, check;
        wrong += sscanf(strchr(buf, ']'), "] w%d i%d check%d", &who, &i, &check) != 3;
        wrong +=
            who < 0 || who >= WRITERS || check != who * EACH + i || i <= last[who] || seq <= before;
        last[who & (WRITERS - 1)] = i;
        got++;
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(t[i], NULL);
    CHECK_EQ(wrong, 0);
    CHECK(got > 0);
}

static char recovered[1 << 16];

static void collect(void *arg, const char *line, size_t len)
{
    (void)arg;
    strncat(recovered, line, len);
}

TEST(klog_survives_a_reboot)
{
    fresh();
    for (int i = 0; i < 70; i++)
        klog("boot one %d", i);
    u8 *copy = malloc(PLACE_BYTES); /* "the memory after the reboot" */
    memcpy(copy, place, PLACE_BYTES);
    recovered[0] = '\0';
    CHECK_EQ(klog_recover(copy, PLACE_BYTES, collect, NULL), 64);
    CHECK(strstr(recovered, "boot one 69\n") && !strstr(recovered, "boot one 5\n"));
    CHECK_EQ(klog_place(copy, PLACE_BYTES), 1);
    klog("boot two");
    recovered[0] = '\0';
    CHECK_EQ(klog_recover(copy, PLACE_BYTES, collect, NULL),
             64); /* what was said before the move came along */
    CHECK(strstr(recovered, "boot two\n"));
    fresh();
    free(copy);
}

TEST(klog_recover_trusts_nothing)
{
    fresh();
    klog("something");
    u8 *copy = malloc(PLACE_BYTES);
    for (int round = 0; round < 3000; round++) {
        memcpy(copy, place, PLACE_BYTES);
        for (int i = 0; i < 40; i++) /* the header stays likely to be accepted, the rest is noise */
            copy[rnd_below(4) ? 16 + rnd_below(600) : rnd_below(PLACE_BYTES)] = (u8)rnd();
        recovered[0] = '\0';
        CHECK(klog_recover(copy, PLACE_BYTES, collect, NULL) <= 64);
        for (char *p = recovered; *p; p++)
            CHECK(*p == '\n' || (*p >= ' ' && *p <= '~'));
    }
    free(copy);
}

TEST(klog_panic_shows_everything_at_once)
{
    fresh();
    may_drain = false;
    klog("before");
    klog_panic_mode();
    klog("last words");
    CHECK(strstr(shown, "before\n") && strstr(shown, "last words\n"));
}

int main(void)
{
    return run_tests();
}
