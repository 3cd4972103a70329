/* The line editor: one line, edited in place with the terminal in raw mode, with history and
 * completion.
 *
 *     left right home end, ^B ^F ^A ^E       move          ^H ^? ^D del       delete a character
 *     up down, ^P ^N                         history       ^W ^U ^K           delete a word, to the
 * start, to the end tab                                    complete      ^L ^C ^D           redraw,
 * drop the line, end (if it is empty)
 *
 * A line that is longer than the terminal is shown through a window that follows the cursor. Where
 * the input is not a terminal there is nothing to edit, and input.c does not call us. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <util.h>

#include "jobs.h"
#include "sh.h"

#define CTRL(c)     ((c)-64)
#define LINE_MAX    4096
#define HISTORY_MAX 200

enum { KEY_UP = 256, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END, KEY_DELETE, KEY_NONE };

static struct {
    const char *prompt;
    char text[LINE_MAX];
    size_t len, pos;
    int recalled;         /* index into the history; history_count: the new line */
    char draft[LINE_MAX]; /* the new line, while an old one is shown */
} ed;

static char *history[HISTORY_MAX];
static int history_count;

static struct termios normal;
static bool raw, newline_owed;
static char ahead[256]; /* typed while the shell was busy */
static size_t ahead_len;

/* Between a line and the program that it starts, the terminal changes hands: group, modes, and last
 * the cursor goes to the next line. Who sees that happen may type ^C at once, and it meets the
 * program. So edit_line owes the newline to whoever runs the line: job_fork pays it in the child,
 * run_input before anything else. */
void edit_newline(void)
{
    if (newline_owed) {
        newline_owed = false;
        putchar('\n');
        fflush(stdout);
    }
}

void edit_handed_over(void)
{
    raw = newline_owed = false;
}

static void enter_raw(void)
{
    struct termios t;

    if (raw)
        return;
    t = normal;
    t.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    raw = tcsetattr(0, TCSADRAIN, &t) == 0;
}

void edit_leave(void)
{
    if (raw)
        tcsetattr(0, TCSADRAIN, &normal);
    raw = false;
}

void edit_keep_modes(void)
{
    tcgetattr(0, &normal);
}

void edit_restore_modes(void)
{
    tcsetattr(0, TCSADRAIN, &normal);
    raw = false;
}

/* While the shell itself works, say in a loop without programs, ^C is a character like any other.
 */
bool edit_interrupted(int wait_ms)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};

    enter_raw();
    while (ahead_len < sizeof(ahead) && poll(&in, 1, wait_ms) > 0 &&
           read(0, ahead + ahead_len, 1) == 1) {
        if (ahead[ahead_len++] != CTRL('C'))
            continue;
        ahead_len = 0;
        fputs("^C\n", stdout);
        fflush(stdout);
        return true;
    }
    if (in.revents & POLLHUP)
        exit(1); /* the terminal is gone: nobody is left who could end a loop */
    return false;
}

static int read_byte(void)
{
    unsigned char c;

    if (ahead_len > 0) {
        c = (unsigned char)ahead[0];
        memmove(ahead, ahead + 1, --ahead_len);
        return c;
    }
    return read(0, &c, 1) == 1 ? c : EOF;
}

/* A key: a character, or one of the sequences that terminals send for the others. */
static int read_key(void)
{
    int c = read_byte();

    if (c != '\033')
        return c;
    int kind = read_byte();
    if (kind != '[' && kind != 'O')
        return KEY_NONE;
    c = read_byte();
    switch (c) {
    case 'A':
    case 'B':
    case 'C':
    case 'D':
        return KEY_UP + c - 'A';
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_END;
    }
    int number = 0;
    for (; (c >= '0' && c <= '9') || c == ';'; c = read_byte())
        number = c == ';' ? number : number * 10 + c - '0';
    if (c != '~')
        return KEY_NONE;
    return number == 3                  ? KEY_DELETE
           : number == 1 || number == 7 ? KEY_HOME
           : number == 4 || number == 8 ? KEY_END
                                        : KEY_NONE;
}

static size_t terminal_width(void)
{
    struct winsize ws;

    return ioctl(1, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 20 ? ws.ws_col : 80;
}

/* How many columns the prompt takes: escape sequences take none. */
static size_t prompt_width(void)
{
    size_t n = 0;
    const char *start = strrchr(ed.prompt, '\n');

    for (const char *p = start ? start + 1 : ed.prompt; *p; p++) {
        if (*p == '\033' && p[1] == '[')
            p += 2 + strcspn(p + 2, "mKHJ");
        else
            n++;
    }
    return n;
}

static void redraw(void)
{
    size_t width = terminal_width(), used = prompt_width() + 1;
    size_t room = width > used + 10 ? width - used : 10;
    size_t first = ed.pos > room ? ed.pos - room : 0;
    size_t shown = ed.len - first < room ? ed.len - first : room;

    printf("\r\033[K%s%.*s", ed.prompt, (int)shown, ed.text + first);
    if (ed.pos < first + shown)
        printf("\033[%zuD", first + shown - ed.pos);
    fflush(stdout);
}

static void insert(const char *s, size_t n)
{
    if (ed.len + n >= LINE_MAX)
        return;
    memmove(ed.text + ed.pos + n, ed.text + ed.pos, ed.len - ed.pos);
    memcpy(ed.text + ed.pos, s, n);
    ed.len += n;
    ed.pos += n;
    if (ed.pos == ed.len &&
        prompt_width() + ed.len < terminal_width()) { /* the usual case needs no redrawing */
        fwrite(s, 1, n, stdout);
        fflush(stdout);
    } else {
        redraw();
    }
}

static void erase(size_t from, size_t to)
{
    memmove(ed.text + from, ed.text + to, ed.len - to);
    ed.len -= to - from;
    ed.pos = from;
    redraw();
}

static size_t word_start(void)
{
    size_t i = ed.pos;

    while (i > 0 && ed.text[i - 1] == ' ')
        i--;
    while (i > 0 && ed.text[i - 1] != ' ')
        i--;
    return i;
}

/* Show the entry `step` away in the history. */
static void recall(int step)
{
    int to = ed.recalled + step;

    if (to < 0 || to > history_count)
        return;
    ed.text[ed.len] = '\0';
    if (ed.recalled == history_count)
        strcpy(ed.draft, ed.text);
    ed.recalled = to;
    strlcpy(ed.text, to == history_count ? ed.draft : history[to], sizeof(ed.text));
    ed.pos = ed.len = strlen(ed.text);
    redraw();
}

/* Extend the word before the cursor by what all candidates share; a second tab lists them. */
static void tab(bool again)
{
    char **matches;

    ed.text[ed.len] = '\0';
    int count = complete(ed.text, ed.pos, &matches);
    size_t typed = 0, common = count > 0 ? strlen(matches[0]) : 0;
    if (count == 0)
        return;
    const char *slash = NULL;
    size_t start = word_start();
    for (size_t i = start; i < ed.pos; i++)
        if (ed.text[i] == '/')
            slash = ed.text + i;
    typed = ed.pos - (slash ? (size_t)(slash - ed.text) + 1 : start);
    for (int i = 1; i < count; i++)
        while (strncmp(matches[0], matches[i], common) != 0)
            common--;
    if (common > typed)
        insert(matches[0] + typed, common - typed);
    if (count == 1 && matches[0][common - 1] != '/')
        insert(" ", 1);
    if (again && count > 1) {
        putchar('\n');
        for (int i = 0; i < count; i++)
            printf("%s  ", matches[i]);
        putchar('\n');
        redraw();
    }
    for (int i = 0; i < count; i++)
        free(matches[i]);
    free(matches);
}

static void move_or_edit(int key)
{
    switch (key) {
    case KEY_LEFT:
    case CTRL('B'):
        ed.pos -= ed.pos > 0;
        break;
    case KEY_RIGHT:
    case CTRL('F'):
        ed.pos += ed.pos < ed.len;
        break;
    case KEY_HOME:
    case CTRL('A'):
        ed.pos = 0;
        break;
    case KEY_END:
    case CTRL('E'):
        ed.pos = ed.len;
        break;
    case CTRL('L'):
        fputs("\033[H\033[J", stdout);
        break;
    case KEY_UP:
    case CTRL('P'):
        recall(-1);
        return;
    case KEY_DOWN:
    case CTRL('N'):
        recall(1);
        return;
    case 127:
    case CTRL('H'):
        if (ed.pos > 0)
            erase(ed.pos - 1, ed.pos);
        return;
    case KEY_DELETE:
    case CTRL('D'):
        if (ed.pos < ed.len)
            erase(ed.pos, ed.pos + 1);
        return;
    case CTRL('U'):
        erase(0, ed.pos);
        return;
    case CTRL('K'):
        erase(ed.pos, ed.len);
        return;
    case CTRL('W'):
        erase(word_start(), ed.pos);
        return;
    default:
        return;
    }
    redraw();
}

char *edit_line(const char *prompt)
{
    int key = 0, last;

    ed.prompt = prompt;
    ed.len = ed.pos = 0;
    ed.recalled = history_count;
    edit_newline();
    enter_raw();
    fputs(prompt, stdout);
    fflush(stdout);
    for (;;) {
        last = key;
        key = read_key();
        if (key == EOF || (key == CTRL('D') && ed.len == 0)) {
            edit_leave();
            return NULL;
        }
        if (key == '\r' || key == '\n')
            break;
        if (key == CTRL('C')) {
            fputs("^C", stdout);
            ed.len = 0;
            interrupted = true;
            break;
        }
        char c = (char)key;
        if (key == '\t')
            tab(last == '\t');
        else if (key >= ' ' && key < 256 && key != 127)
            insert(&c, 1);
        else
            move_or_edit(key);
    }
    newline_owed = true;
    return strndup(ed.text, ed.len);
}

void history_add(const char *line)
{
    if (history_count > 0 && strcmp(history[history_count - 1], line) == 0)
        return;
    if (history_count == HISTORY_MAX) {
        free(history[0]);
        memmove(history, history + 1, (HISTORY_MAX - 1) * sizeof(history[0]));
        history_count--;
    }
    history[history_count] = strdup(line);
    history_count += history[history_count] != NULL;
}

int builtin_history(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (int i = 0; i < history_count; i++)
        printf("%4d  %s\n", i + 1, history[i]);
    return 0;
}
