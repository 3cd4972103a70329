/* sources: kernel/dev/ansi.c kernel/dev/ansi_seq.c kernel/lib/fmt.c kernel/lib/bitmap.c */
/* The terminal emulator: what stands on the screen after programs have written to it. Catches:
 * wrapping a place too early, scrolling outside the region, cells written outside the grid, a
 * sequence that leaves its tail on the screen. */
#include "shim.h"
#include <string.h>
#include "dev/ansi.h"

enum { ROWS = 5, COLUMNS = 10 };
static struct ansi a;
static struct ansi_cell *cells;

static void start(void)
{
    free(cells);
    cells = malloc(ROWS * COLUMNS * sizeof *cells); /* exactly: the sanitizer sees the edges */
    ansi_init(&a, ROWS, COLUMNS, cells);
}

static void type(const char *s)
{
    ansi_write(&a, (const u8 *)s, strlen(s));
}

/* A row without the blanks at its end. */
static const char *row(unsigned r)
{
    static char text[4][COLUMNS + 1];
    static int turn;
    char *t = text[turn++ & 3];
    int end = 0;
    for (int c = 0; c < COLUMNS; c++) {
        u16 ch = cells[r * COLUMNS + c].ch;
        t[c] = ch < 0x80 ? ch : '?';
        end = t[c] != ' ' ? c + 1 : end;
    }
    t[end] = '\0';
    return t;
}

#define CHECK_ROW(r, want)                                                                         \
    do {                                                                                           \
        const char *_is = row(r);                                                                  \
        if (strcmp(_is, want) != 0) {                                                              \
            printf("# line %d: row %d: \"%s\", not \"%s\"\n", __LINE__, r, _is, want);             \
            longjmp(host_abort, 1);                                                                \
        }                                                                                          \
    } while (0)

static void check_cursor(unsigned r, unsigned c)
{
    CHECK_EQ(a.row, r);
    CHECK_EQ(a.column, c);
}

TEST(ansi_text_and_scrolling)
{
    start();
    type("one\r\ntwo\r\n\r\nfour\r\nfive\r\nsix");
    CHECK_ROW(0, "two");
    CHECK_ROW(3, "five");
    CHECK_ROW(4, "six");
    check_cursor(4, 3);
    type("\b\bX\tY");
    CHECK_ROW(4, "sXx     Y");
}

TEST(ansi_wraps_only_when_something_follows)
{
    start();
    type("0123456789");
    check_cursor(0, 9);
    type("\r\nnext");
    CHECK_ROW(1, "next"); /* no empty line after a full one */
    type("\033[2J\033[Habcdefghijk");
    CHECK_ROW(0, "abcdefghij");
    CHECK_ROW(1, "k");
    type("\033[5;1H0123456789"); /* a full last line does not scroll */
    CHECK_ROW(0, "abcdefghij");
    type("\033[?7l\033[1;9HXYZ"); /* without wrapping the last place is overwritten */
    CHECK_ROW(0, "abcdefghXZ");
}

TEST(ansi_moves_the_cursor)
{
    start();
    type("\033[3;4H");
    check_cursor(2, 3);
    type("\033[A\033[2C");
    check_cursor(1, 5);
    type("\033[99B\033[99D");
    check_cursor(4, 0);
    type("\033[7G\033[2d");
    check_cursor(1, 6);
    type("\0337\033[H\0338");
    check_cursor(1, 6);
    type("\033[0;0H"); /* 0 counts as 1 */
    check_cursor(0, 0);
}

TEST(ansi_erases)
{
    start();
    type("aaaaaaaaaa\r\nbbbbbbbbbb\r\ncccccccccc\033[2;5H\033[K");
    CHECK_ROW(1, "bbbb");
    type("\033[1K");
    CHECK_ROW(1, "");
    type("\033[J");
    CHECK_ROW(0, "aaaaaaaaaa");
    CHECK_ROW(2, "");
    type("\033[1;3H\033[2P");
    CHECK_ROW(0, "aaaaaaaa");
    type("\033[2@");
    CHECK_ROW(0, "aa  aaaaaa");
    type("\033[3X");
    CHECK_ROW(0, "aa   aaaaa");
}

TEST(ansi_scrolls_a_region)
{
    start();
    type("1\r\n2\r\n3\r\n4\r\n5\033[2;4r\033[4;1H\n");
    CHECK_ROW(0, "1");
    CHECK_ROW(1, "3");
    CHECK_ROW(3, "");
    CHECK_ROW(4, "5");
    type("\033[2;1H\033M"); /* up at the region's top: down it scrolls */
    CHECK_ROW(1, "");
    CHECK_ROW(2, "3");
    type("\033[2;1H\033[M"); /* delete a line: only the region closes up */
    CHECK_ROW(1, "3");
    CHECK_ROW(4, "5");
    type("\033[9L");
    CHECK_ROW(1, "");
    CHECK_ROW(4, "5");
}

TEST(ansi_colours)
{
    start();
    type("\033[1;31;44mA\033[0mB\033[7mC\033[38;5;196;48;5;21mD\033[27mE");
    CHECK_EQ(cells[0].foreground, 9);
    CHECK_EQ(cells[0].background, 4);
    CHECK_EQ(cells[1].foreground, 7);
    CHECK_EQ(cells[2].foreground, 0);
    CHECK_EQ(cells[2].background, 7);
    CHECK_EQ(cells[4].foreground, 9);  /* 196 is red */
    CHECK_EQ(cells[4].background, 12); /* 21 is blue */
    type("\033[2J");
    CHECK_EQ(cells[20].background, 12); /* erasing fills with the colour that is set */
}

TEST(ansi_swallows_what_it_does_not_know)
{
    start();
    type("\033[>4;2m\033[?2004h\033]0;a title\a\033]1;x\033\\\033(B\033[1;2;3;4zok");
    CHECK_ROW(0, "ok");
    type("\033[1\rX"); /* a control character in the middle acts, then the sequence goes on */
    CHECK_ROW(0, " k");
}

TEST(ansi_utf8)
{
    start();
    type("\xc3\xa9\xe2\x94\x80z");
    CHECK_EQ(cells[0].ch, 0xe9);
    CHECK_EQ(cells[1].ch, 0x2500);
    CHECK_EQ(cells[2].ch, 'z');
    type("\xf0\x9f\x98\x80\xff\xc3z"); /* too big; no UTF-8; broken off */
    CHECK_EQ(cells[3].ch, 0xfffd);
    CHECK_EQ(cells[4].ch, 0xfffd);
    CHECK_EQ(cells[5].ch, 0xfffd);
    CHECK_EQ(cells[6].ch, 'z');
}

TEST(ansi_answers)
{
    start();
    type("\033[3;4H\033[6n");
    CHECK_EQ(a.answer_len, 6);
    CHECK(memcmp(a.answer, "\033[3;4R", 6) == 0);
}

TEST(ansi_marks_what_changed)
{
    start();
    bitmap_clear_range(a.dirty, 0, ROWS);
    type("\033[3;1H");
    CHECK(bitmap_test(a.dirty, 0) && bitmap_test(a.dirty, 2)); /* where the cursor was and is */
    bitmap_clear_range(a.dirty, 0, ROWS);
    type("x");
    CHECK_EQ(bitmap_count(a.dirty, ROWS), 1);
}

TEST(ansi_survives_random_bytes)
{
    start();
    static const char likely_bytes[] = "\033\033[[[;;0123456789?hlmHJKLMPST@XrABCDsunc\n\r\t\b";
    for (int i = 0; i < 2000000; i++) {
        u8 c = rnd_below(4) ? likely_bytes[rnd_below(sizeof likely_bytes - 1)] : (char)rnd();
        ansi_write(&a, &c, 1);
        CHECK(a.row < ROWS && a.column < COLUMNS && a.top < a.bottom && a.bottom <= ROWS);
    }
}

int main(void)
{
    return run_tests();
}
