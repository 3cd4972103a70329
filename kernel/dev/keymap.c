/* keymap.c: the US keyboard (IBM PS/2 Hardware Interface Technical Reference, "Keyboard Scan
 * Codes", set 1), and the sequences that xterm sends for keys without a character.
 */
#include "dev/keymap.h"
#include "lib/string.h"

enum {
    CODE_EXTENDED = 0xe0,
    CODE_PAUSE = 0xe1,
    CODE_RELEASE = 0x80,
    CODE_CTRL = 0x1d,
    CODE_LEFT_SHIFT = 0x2a,
    CODE_RIGHT_SHIFT = 0x36,
    CODE_ALT = 0x38,
    CODE_CAPS = 0x3a,
    CODE_NUM = 0x45,
};

/* Index: the scan code. Bytes that are 0 have no character. */
static const char plain[0x3a] =
    "\0\0331234567890-=\x7f\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[0x3a] =
    "\0\033!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

/* Keys that send a sequence, and, on the numeric keypad, a digit while Num Lock is on. */
static const struct special {
    u8 code;
    char digit;
    const char *sequence;
} specials[] = {
    {0x3b, 0, "\033OP"},    {0x3c, 0, "\033OQ"},    {0x3d, 0, "\033OR"},    {0x3e, 0, "\033OS"},
    {0x3f, 0, "\033[15~"},  {0x40, 0, "\033[17~"},  {0x41, 0, "\033[18~"},  {0x42, 0, "\033[19~"},
    {0x43, 0, "\033[20~"},  {0x44, 0, "\033[21~"},  {0x57, 0, "\033[23~"},  {0x58, 0, "\033[24~"},
    {0x47, '7', "\033[H"},  {0x48, '8', "\033[A"},  {0x49, '9', "\033[5~"}, {0x4b, '4', "\033[D"},
    {0x4c, '5', "\033[E"},  {0x4d, '6', "\033[C"},  {0x4f, '1', "\033[F"},  {0x50, '2', "\033[B"},
    {0x51, '3', "\033[6~"}, {0x52, '0', "\033[2~"}, {0x53, '.', "\033[3~"}, {0x4a, '-', "-"},
    {0x4e, '+', "+"},
};

/* Shift, Ctrl, Alt: both of a pair count as one key. */
static bool modifier(struct keymap *k, u8 key, bool down)
{
    switch (key) {
    case CODE_LEFT_SHIFT:
    case CODE_RIGHT_SHIFT:
        if (!k->extended) /* extended, it is a ghost around the arrow keys */
            k->shift = down;
        return true;
    case CODE_CTRL:
        k->ctrl = down;
        return true;
    case CODE_ALT:
        k->alt = down;
        return true;
    case CODE_CAPS:
        k->caps ^= down;
        return true;
    case CODE_NUM:
        k->num ^= down;
        return true;
    default:
        return false;
    }
}

static char character(const struct keymap *k, u8 key)
{
    char c = plain[key];
    bool letter = c >= 'a' && c <= 'z';
    if (k->shift != (letter && k->caps))
        c = shifted[key];
    if (!k->ctrl)
        return c;
    if (c == ' ' || c == '2')
        return 0;
    return c == '/' ? 0x1f : (c & 0x40) ? c & 0x1f : c; /* as the VT100 did */
}

static size_t special(const struct keymap *k, u8 key, u8 *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
        const struct special *s = &specials[i];
        if (s->code != key)
            continue;
        if (s->digit && k->num && !k->extended) {
            out[0] = s->digit;
            return 1;
        }
        size_t n = strlen(s->sequence);
        memcpy(out, s->sequence, n);
        return n;
    }
    return 0;
}

static size_t press(struct keymap *k, u8 key, u8 *out)
{
    size_t n = 0;
    if (key == 0x1c || (k->extended && key == 0x35)) { /* either Enter; the keypad's slash */
        out[n++] = key == 0x1c ? '\r' : '/';
        return n;
    }
    if (key >= sizeof plain || (k->extended && key != 0x1c) || !plain[key])
        return special(k, key, out);
    if (k->alt)
        out[n++] = '\033';
    out[n++] = character(k, key);
    return n;
}

size_t keymap_code(struct keymap *k, u8 code, u8 out[KEYMAP_MAX])
{
    if (k->skip > 0) {
        k->skip--;
        return 0;
    }
    if (code == CODE_PAUSE) {
        k->skip = 5;
        return 0;
    }
    if (code == CODE_EXTENDED) {
        k->extended = true;
        return 0;
    }
    bool down = !(code & CODE_RELEASE);
    u8 key = code & ~CODE_RELEASE;
    size_t n = 0;
    if (!modifier(k, key, down) && down)
        n = press(k, key, out);
    k->extended = false;
    return n;
}
