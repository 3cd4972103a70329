/* cmdline.c: questions to the kernel's command line (lib/cmdline.h). Each question reads the line
 * anew; it is short, and asked a few dozen times in a boot. */
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/string.h"

static char line[CMDLINE_MAX];

void cmdline_init(const char *text)
{
    strlcpy(line, text ? text : "", sizeof line);
}

const char *cmdline_text(void)
{
    return line;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A piece of the line, quotes and all. */
struct span {
    const char *start;
    const char *end;
};

/* The next word at or behind p, empty at the end of the line. */
static struct span next_word(const char *p)
{
    bool quoted = false;
    while (is_blank(*p))
        p++;
    struct span word = {p, p};
    for (; *word.end && (quoted || !is_blank(*word.end)); word.end++)
        if (*word.end == '"')
            quoted = !quoted;
    return word;
}

static void copy_unquoted(struct span s, char *buf, size_t size)
{
    size_t n = 0;
    for (const char *p = s.start; p < s.end; p++)
        if (*p != '"' && n + 1 < size)
            buf[n++] = *p;
    if (size)
        buf[n] = '\0';
}

bool cmdline_next(const char **pos, char *buf, size_t size)
{
    struct span word = next_word(*pos ? *pos : line);
    *pos = word.end;
    copy_unquoted(word, buf, size);
    return word.start != word.end;
}

static bool span_is(struct span s, const char *text)
{
    size_t len = (size_t)(s.end - s.start);
    return strlen(text) == len && memcmp(s.start, text, len) == 0;
}

/* The last mention of name before `--`: as name=value, or, if bare_too, as the bare word. *value is
 * what stands behind the `=`, or an empty span at the end of a bare word. */
static bool find_last(const char *name, bool bare_too, struct span *value)
{
    size_t name_len = strlen(name);
    bool found = false;
    struct span word = next_word(line);

    for (; word.start != word.end && !span_is(word, "--"); word = next_word(word.end)) {
        const char *p =
            word.start + (*word.start == '"'); /* "name=a value" quotes the whole word */
        if (strncmp(p, name, name_len) != 0)
            continue;
        p += name_len;
        bool bare = p == word.end;
        if ((bare && bare_too) || (!bare && *p == '=')) {
            *value = (struct span){bare ? p : p + 1, word.end};
            found = true;
        }
    }
    return found;
}

bool cmdline_get(const char *name, char *buf, size_t size)
{
    struct span value = {line, line};
    bool found = find_last(name, false, &value);
    copy_unquoted(value, buf, size);
    return found;
}

bool cmdline_flag(const char *name)
{
    static const char *const off[] = {"0", "off", "no"};
    struct span value;
    char text[8];

    if (!find_last(name, true, &value))
        return false;
    copy_unquoted(value, text, sizeof text);
    for (size_t i = 0; i < ARRAY_SIZE(off); i++)
        if (strcmp(text, off[i]) == 0)
            return false;
    return true;
}

u64 cmdline_get_u64(const char *name, u64 otherwise)
{
    char text[32];
    u64 v;
    return cmdline_get(name, text, sizeof text) && str_to_size(text, &v) == 0 ? v : otherwise;
}

/* Take the next item off a list divided by commas. */
static bool next_item(struct span *list, struct span *item)
{
    if (list->start >= list->end)
        return false;
    *item = (struct span){list->start, list->start};
    while (item->end < list->end && *item->end != ',')
        item->end++;
    list->start = item->end + 1;
    return true;
}

bool cmdline_list_has(const char *name, const char *item)
{
    struct span value, given;
    if (!find_last(name, false, &value))
        return false;
    while (next_item(&value, &given))
        if (span_is(given, item))
            return true;
    return false;
}

bool cmdline_list_strange(const char *name, const char *allowed, char *buf, size_t size)
{
    struct span value, item;
    if (!find_last(name, false, &value))
        return false;
    while (next_item(&value, &item)) {
        struct span choices = {allowed, allowed + strlen(allowed)}, choice;
        bool known = false;
        copy_unquoted(item, buf, size);
        while (!known && next_item(&choices, &choice))
            known = span_is(choice, buf);
        if (!known)
            return true;
    }
    return false;
}
