/* sources: kernel/dev/ldisc.c kernel/dev/ldisc_edit.c kernel/dev/ldisc_out.c kernel/lib/ring.c */
/* The line discipline, as a user sees it: keys go in, the test looks at what a program reads and at
 * what the screen shows. Catches: a line that is readable before its end, erasing too much or too
 * little, lost or doubled end-of-file, keys lost while a program could still read. */
#include "shim.h"
#include <string.h>
#include "dev/ldisc.h"

static struct ldisc ld;
static struct ring out;
static u8 out_buf[4096];
static char screen_text[8192];

static void discard(struct ldisc *l)
{
    ring_skip(l->out, ring_used(l->out));
}

static void start(void)
{
    ring_init(&out, out_buf, sizeof out_buf);
    ldisc_init(&ld, &out);
    ld.discard = discard;
}

static u32 type_bytes(const char *keys, size_t n)
{
    size_t taken;
    u32 events = ldisc_input(&ld, (const u8 *)keys, n, &taken);
    CHECK_EQ(taken, n);
    return events;
}

static u32 type(const char *keys)
{
    return type_bytes(keys, strlen(keys));
}

/* What was sent to the screen since the last look. */
static const char *shown(void)
{
    u32 n = ring_read(&out, screen_text, sizeof screen_text - 1);
    screen_text[n] = '\0';
    return screen_text;
}

/* One read(2) of up to n bytes, as tty.c does it. */
static const char *got(size_t n)
{
    static char text[8192];
    size_t at = 0;
    bool more = true, eof;
    while (more && at < n)
        at += ldisc_read(&ld, text + at, n - at, &more, &eof);
    text[at] = '\0';
    return text;
}

#define CHECK_STR(a, b)                                                                            \
    do {                                                                                           \
        const char *_s = (a), *_t = (b);                                                           \
        if (strcmp(_s, _t) != 0) {                                                                 \
            printf("# %s:%d: \"%s\" is not \"%s\"\n", __FILE__, __LINE__, _s, _t);                 \
            longjmp(host_abort, 1);                                                                \
        }                                                                                          \
    } while (0)

static void set(tcflag_t off, tcflag_t on)
{
    struct termios t = ld.t;
    t.c_lflag = (t.c_lflag & ~off) | on;
    ldisc_set_termios(&ld, &t);
}

TEST(ldisc_gives_whole_lines)
{
    start();
    CHECK_EQ(type("hel"), 0);
    CHECK(!ldisc_ready(&ld, 1));
    CHECK_EQ(type("lo\rsecond\nthird"), LD_READABLE);
    CHECK_EQ(ldisc_readable(&ld), 13);
    CHECK_STR(got(100), "hello\n");
    CHECK_STR(got(3), "sec");
    CHECK_STR(got(100), "ond\n");
    CHECK(!ldisc_ready(&ld, 1));
    CHECK_STR(shown(), "hello\r\nsecond\r\nthird");
}

TEST(ldisc_edits)
{
    start();
    type("abd\x7f"
         "c\n");
    CHECK_STR(shown(), "abd\b \bc\r\n");
    CHECK_STR(got(100), "abc\n");
    type("\x7f\x7f\n"); /* nothing to erase: nothing happens */
    CHECK_STR(shown(), "\r\n");
    CHECK_STR(got(100), "\n");
    type("one two  \x17"
         "2\n"); /* ^W takes the blanks and the word */
    CHECK_STR(got(100), "one 2\n");
    type("forget this\x15"
         "new\n"); /* ^U */
    CHECK_STR(got(100), "new\n");
    shown();
    type("ab\x12"); /* ^R shows the line again */
    CHECK_STR(shown(), "ab^R\r\nab");
    type("\n");
    CHECK_STR(got(100), "ab\n");
}

TEST(ldisc_erases_what_was_shown)
{
    start();
    type("\x01\x7f"); /* ^A takes two columns */
    CHECK_STR(shown(), "^A\b \b\b \b");
    type("ab\t\x7f"); /* a tab at column 2 is six wide */
    CHECK_STR(shown(), "ab\t\b \b\b \b\b \b\b \b\b \b\b \b");
    type("\x15");
    shown();
    type("\xc3\xa9\x7f"
         "e\n"); /* e acute: two bytes, one column */
    CHECK_STR(shown(), "\xc3\xa9\b \be\r\n");
    CHECK_STR(got(100), "e\n");
    ldisc_output(&ld, (const u8 *)"prompt> ", 8); /* the tab stop depends on the prompt */
    shown();
    type("\t\x7f");
    CHECK_STR(shown(), "\t\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
}

TEST(ldisc_end_of_file)
{
    bool more, eof;
    char c[8];
    start();
    type("\x04");
    CHECK(ldisc_ready(&ld, 1));
    CHECK_EQ(ldisc_readable(&ld), 0);
    CHECK_EQ(ldisc_read(&ld, c, 8, &more, &eof), 0);
    CHECK(eof && !more);
    type("abc\x04"); /* pushes the line without an end */
    CHECK_EQ(ldisc_read(&ld, c, 8, &more, &eof), 3);
    CHECK(!eof && !more);
    type("abc\x04"); /* the same with a buffer that just fits: no end-of-file may stay behind */
    CHECK_EQ(ldisc_read(&ld, c, 3, &more, &eof), 3);
    CHECK(!more && !ldisc_ready(&ld, 1));
    type("\x16\x04\n"); /* a literal ^D is a character */
    CHECK_STR(got(10), "\x04\n");
    CHECK_STR(shown(), "abcabc^\b^D\r\n");
}

TEST(ldisc_signals)
{
    start();
    CHECK_EQ(type("abc\x03"), LD_INTR);
    CHECK_STR(shown(), "^C"); /* what was waiting to be shown is gone too */
    type("x\n");
    CHECK_STR(got(10), "x\n"); /* what was typed before is gone */
    CHECK_EQ(type("\x1c"), LD_QUIT);
    CHECK_EQ(type("a\x1a"), LD_SUSP);
    set(0, NOFLSH);
    CHECK_EQ(type("a\x03"
                  "b\n") &
                 LD_INTR,
             LD_INTR);
    CHECK_STR(got(10), "ab\n");
    set(ISIG | NOFLSH, 0);
    CHECK_EQ(type("\x03\n"), LD_READABLE);
    CHECK_STR(got(10), "\x03\n");
}

TEST(ldisc_flow_control)
{
    start();
    CHECK_EQ(type("\x13"), 0);
    CHECK(ld.stopped);
    CHECK_EQ(type("\x11"), LD_START);
    CHECK(!ld.stopped);
    type("\x13");
    CHECK_EQ(type("\x03") & LD_START, LD_START); /* a signal lets its echo be seen */
    struct termios t = ld.t;
    t.c_iflag |= IXANY;
    ldisc_set_termios(&ld, &t);
    type("\x13");
    CHECK_EQ(type("k\n"), LD_START | LD_READABLE);
    CHECK_STR(got(10), "k\n"); /* the key that started it counts */
    type("\x13");
    t.c_iflag &= ~IXON;
    CHECK_EQ(ldisc_set_termios(&ld, &t), LD_START);
    type("\x13\n");
    CHECK_STR(got(10), "\x13\n");
}

TEST(ldisc_raw)
{
    start();
    set(ICANON | ECHO | ISIG, 0);
    CHECK_EQ(type("a\x03\x7f"), LD_READABLE);
    CHECK_STR(shown(), "");
    CHECK(ldisc_ready(&ld, 3) && !ldisc_ready(&ld, 4));
    CHECK(ldisc_ready(&ld, 0));
    CHECK_STR(got(2), "a\x03");
    CHECK_STR(got(2), "\x7f");
    CHECK(!ldisc_ready(&ld, 0));
}

TEST(ldisc_changes_mode_without_losing_keys)
{
    start();
    type("line\npart");
    set(ICANON, 0);
    CHECK_STR(got(100), "line\npart");
    type("raw");
    set(0, ICANON);
    CHECK(ldisc_ready(&ld, 1));
    CHECK_STR(got(100), "raw");
    CHECK(!ldisc_ready(&ld, 1));
    type("x\x7fy\n"); /* and editing stops at what was there before */
    CHECK_STR(got(100), "y\n");
}

TEST(ldisc_translates_input)
{
    start();
    struct termios t = ld.t;
    t.c_iflag = INLCR;
    t.c_lflag &= ~ICANON;
    ldisc_set_termios(&ld, &t);
    type("\n\r");
    CHECK_STR(got(10), "\r\r");
    t.c_iflag = IGNCR | ISTRIP;
    ldisc_set_termios(&ld, &t);
    type("a\r\xc1");
    CHECK_STR(got(10), "aA");
}

TEST(ldisc_translates_output)
{
    start();
    CHECK_EQ(ldisc_output(&ld, (const u8 *)"a\nb\tc\r", 6), 6);
    CHECK_STR(shown(), "a\r\nb\tc\r");
    CHECK_EQ(ld.column, 0);
    struct termios t = ld.t;
    t.c_oflag = OPOST | OCRNL;
    ldisc_set_termios(&ld, &t);
    ldisc_output(&ld, (const u8 *)"\r\n", 2);
    CHECK_STR(shown(), "\n\n");
    t.c_oflag = 0;
    ldisc_set_termios(&ld, &t);
    ldisc_output(&ld, (const u8 *)"\r\n", 2);
    CHECK_STR(shown(), "\r\n");
}

TEST(ldisc_leaves_room_for_the_echo)
{
    static u8 text[8000];
    start();
    memset(text, '\n', sizeof text);
    size_t n = 0, once;
    while ((once = ldisc_output(&ld, text, sizeof text)) > 0)
        n += once;
    CHECK(n > 0 && ring_free(&out) >= LDISC_ECHO_ROOM);
    type("echo");
    CHECK(strcmp(shown() + 2 * n, "echo") == 0);
}

/* A pasted text longer than the buffer: the device is told to wait, and nothing is lost. */
TEST(ldisc_holds_the_device_back)
{
    static char pasted[20000], read_back[20001];
    start();
    for (size_t i = 0; i < sizeof pasted; i++)
        pasted[i] = i % 61 == 60 ? '\n' : 'a' + i % 26;
    size_t in = 0, back = 0;
    while (back < sizeof pasted - 60) {
        size_t taken;
        ldisc_input(&ld, (const u8 *)pasted + in, sizeof pasted - in, &taken);
        in += taken;
        shown();
        if (ldisc_ready(&ld, 1)) {
            const char *line = got(100);
            memcpy(read_back + back, line, strlen(line));
            back += strlen(line);
        }
        if (in == sizeof pasted && !ldisc_ready(&ld, 1))
            break;
    }
    CHECK(back > 19900);
    CHECK(memcmp(read_back, pasted, back) == 0);
}

TEST(ldisc_a_line_without_end_is_cut)
{
    static char line[6000];
    start();
    memset(line, 'x', sizeof line);
    type_bytes(line, sizeof line); /* all taken, though not all kept */
    CHECK(!ldisc_ready(&ld, 1));
    type("\n");
    CHECK_EQ(ldisc_readable(&ld), LDISC_BUF);
    CHECK_EQ(strlen(got(5000)), LDISC_BUF);
    CHECK(ldisc_has_room(&ld));
}

TEST(ldisc_message_does_not_break_a_line)
{
    start();
    ldisc_output(&ld, (const u8 *)"$ ", 2);
    type("ech");
    shown();
    ldisc_message(&ld, (const u8 *)"[1.0] hello\n", 12);
    CHECK_STR(shown(), "\r\n[1.0] hello\r\nech");
    type("\x7f\x7f\n");
    CHECK_STR(shown(), "\b \b\b \b\r\n");
    CHECK_STR(got(10), "e\n");
}

/* Any keys in any mode: the machine keeps its order of positions, and the sanitizer its peace. */
TEST(ldisc_survives_random_keys)
{
    start();
    for (int i = 0; i < 300000; i++) {
        u8 keys[8];
        char buf[64];
        size_t n = 1 + rnd_below(8), taken;
        bool more, eof;
        for (size_t k = 0; k < n; k++)
            keys[k] = rnd_below(3) ? rnd_below(32) : rnd();
        ldisc_input(&ld, keys, n, &taken);
        if (rnd_below(16) == 0)
            ldisc_read(&ld, buf, rnd_below(sizeof buf) + 1, &more, &eof);
        if (rnd_below(64) == 0)
            shown();
        if (rnd_below(256) == 0) {
            struct termios t = ld.t;
            t.c_lflag = rnd();
            t.c_iflag = rnd();
            t.c_oflag = rnd();
            t.c_cc[rnd_below(NCCS)] = rnd_below(2) ? rnd_below(32) : rnd();
            ldisc_set_termios(&ld, &t);
        }
        CHECK(ld.line_start - ld.tail <= ld.head - ld.tail);
        CHECK(ld.head - ld.tail <= LDISC_BUF);
        CHECK(ldisc_canonical(&ld) || ld.line_start == ld.head);
    }
}

int main(void)
{
    return run_tests();
}
