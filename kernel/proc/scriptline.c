/* The first line of a script, "#!interpreter [argument]": taken apart without looking at anything
 * else, so that it can be tested without a kernel.
 *
 * The line ends at its newline or with the file. Of a longer line, as on Linux, only the head that
 * is read of a file counts: an interpreter's name that does not fit is refused, an argument is
 * cut.
 */
#include "abi/errno.h"
#include "lib/string.h"
#include "proc/exec_priv.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int script_parse(const u8 *head, size_t len, struct script_line *out)
{
    const char *s = (const char *)head, *end = s + len, *word, *tail;
    if (len < 2 || s[0] != '#' || s[1] != '!')
        return -ENOEXEC;
    for (tail = s; tail < end && *tail != '\n' && *tail != '\0'; tail++)
        ;
    bool whole_line = tail < end || len < EXEC_HEAD_BYTES; /* or the file ends here */
    for (s += 2; s < tail && is_blank(*s); s++)
        ;
    for (word = s; s < tail && !is_blank(*s); s++)
        ;
    if (s == word || (s == tail && !whole_line) || (size_t)(s - word) >= sizeof out->interp)
        return -ENOEXEC;
    memcpy(out->interp, word, (size_t)(s - word));
    out->interp[s - word] = '\0';

    while (s < tail && is_blank(*s))
        s++;
    while (tail > s && is_blank(tail[-1]))
        tail--;
    memcpy(out->arg, s, (size_t)(tail - s)); /* fits: the head is no larger */
    out->arg[tail - s] = '\0';
    return 0;
}
