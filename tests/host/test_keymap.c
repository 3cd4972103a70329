/* sources: kernel/dev/keymap.c */
/* The keyboard: scan codes in, bytes out. Catches: a table that is shifted by one, a modifier that
 * sticks, an arrow key taken for a digit. */
#include "shim.h"
#include <string.h>
#include "dev/keymap.h"

static struct keymap k;
static char typed[64];

static const char *codes(const char *c, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        at += keymap_code(&k, (u8)c[i], (u8 *)typed + at);
    typed[at] = '\0';
    return typed;
}
#define CODES(s)             codes(s, sizeof(s) - 1)
#define CHECK_CODES(s, want) CHECK(strcmp(CODES(s), want) == 0)

TEST(keymap_characters)
{
    memset(&k, 0, sizeof k);
    CHECK_CODES("\x10\x90\x11\x12\x13\x14\x15", "qwerty");
    CHECK_CODES("\x02\x0a\x0b\x0c\x0d", "190-=");
    CHECK_CODES("\x1e\x26\x27\x28\x29", "al;'`");
    CHECK_CODES("\x2b\x2c\x32\x33\x34\x35", "\\zm,./");
    CHECK_CODES("\x1c\x9c\x0e\x0f\x39\x01", "\r\x7f\t \033");
}

TEST(keymap_modifiers)
{
    memset(&k, 0, sizeof k);
    CHECK_CODES("\x2a\x10\x03\x28\xaa\x10", "Q@\"q");
    CHECK_CODES("\x3a\xba\x10\x02\x2a\x10\xaa", "Q1q"); /* Caps Lock: letters; shift undoes */
    CHECK_CODES("\x3a\xba\x1d\x2e\x1a\x9d\x2e", "\x03\x1b"
                                                "c");
    CHECK_CODES("\x38\x30\xb8\x30", "\033bb");
    CHECK_CODES("\xe0\x1d\x20\xe0\x9d\x20", "\x04"
                                            "d"); /* the right Ctrl */
}

TEST(keymap_special_keys)
{
    memset(&k, 0, sizeof k);
    CHECK_CODES("\xe0\x48\xe0\xc8\xe0\x50\xe0\x4b\xe0\x4d", "\033[A\033[B\033[D\033[C");
    CHECK_CODES("\xe0\x53\xe0\x47\x3b\x58", "\033[3~\033[H\033OP\033[24~");
    CHECK_CODES("\x48", "\033[A"); /* the keypad without Num Lock */
    CHECK_CODES("\x45\xc5\x48\x53\xe0\x48", "8.\033[A");
    CHECK_CODES("\xe0\x1c\xe0\x35\x4a\x4e", "\r/-+");
    CHECK_CODES("\xe1\x1d\x45\xe1\x9d\xc5\x1e", "a");       /* Pause */
    CHECK_CODES("\xe0\x2a\xe0\x48\xe0\xaa\x10", "\033[Aq"); /* the ghost shift of old keyboards */
}

TEST(keymap_takes_any_code)
{
    for (int i = 0; i < 100000; i++) {
        u8 out[KEYMAP_MAX];
        CHECK(keymap_code(&k, rnd(), out) <= KEYMAP_MAX);
    }
}

int main(void)
{
    return run_tests();
}
