/* Words into arguments: parameters, commands and arithmetic are replaced, the results split at
 * blanks, patterns become file names, and quotes vanish (POSIX, "Word Expansions").
 *
 * The work is done on text in which every character knows where it came from, because that decides
 * what may still happen to it: what was quoted is never split or a wildcard; what was expanded is
 * split; what was written is not. */
#include <ctype.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

enum origin {
    WRITTEN,
    QUOTED,
    EXPANDED,
    BREAK, /* no character: a new field begins ("$@") */
    MARK,  /* no character: there were quotes, so that an empty field counts */
};

struct text {
    char *s;
    unsigned char *origin;
    size_t n, room;
    bool no_mark; /* "$@" without parameters: the quotes around it make no field */
};

static bool failed;

void fail_expansion(void)
{
    failed = true;
}

bool expansion_failed(void)
{
    bool was = failed;

    failed = false;
    return was;
}

static void add(struct text *t, char c, enum origin origin)
{
    if (t->n == t->room) {
        size_t room = t->room * 2 + 64;
        char *s = memory_alloc(room);
        unsigned char *o = memory_alloc(room);
        memcpy(s, t->s ? t->s : "", t->n);
        memcpy(o, t->origin ? (char *)t->origin : "", t->n);
        *t = (struct text){s, o, t->n, room, t->no_mark};
    }
    t->s[t->n] = c;
    t->origin[t->n++] = (unsigned char)origin;
}

static void add_string(struct text *t, const char *s, enum origin origin)
{
    while (s && *s)
        add(t, *s++, origin);
}

static void expand_text(struct text *t, const char *s, bool quoted, bool document);

/* $@ and $*: all parameters. "$*" joins them, the others make a field of each. */
static void add_positional(struct text *t, char which, bool quoted)
{
    for (int i = 0; i < positional_count; i++) {
        if (i > 0 && which == '*' && quoted)
            add(t, ' ', QUOTED);
        else if (i > 0)
            add(t, 0, BREAK);
        add_string(t, positional[i], quoted ? QUOTED : EXPANDED);
    }
    if (positional_count == 0 && which == '@' && quoted)
        t->no_mark = true;
}

/* ${name#pattern} and its kin: the value without its shortest or longest prefix or suffix that
 * matches. */
static const char *trim(const char *value, const char *op, const char *pattern)
{
    size_t len = strlen(value);
    bool longest = op[1] == op[0];

    pattern = expand_pattern(pattern + longest);
    for (size_t i = 0; i <= len; i++) {
        size_t cut = longest ? len - i : i; /* how much to try to remove */
        char *part =
            *op == '#' ? memory_strndup(value, cut) : memory_strndup(value + len - cut, cut);
        if (fnmatch(pattern, part, 0) == 0)
            return *op == '#' ? value + cut : memory_strndup(value, len - cut);
    }
    return value;
}

/* ${...}: `s` is what stands between the braces. */
static void expand_braces(struct text *t, char *s, bool quoted)
{
    bool length = *s == '#' && s[1];
    char *name = s + length;
    size_t n = name_length(name);

    if (n == 0)
        n = isdigit(*name) ? strspn(name, "0123456789") : *name != '\0';
    char *op = name + n;
    char first = *op;
    char *word = memory_strndup(op, strlen(op));
    *op = '\0';
    if ((*name == '@' || *name == '*') && !length && !first) {
        add_positional(t, *name, quoted);
        return;
    }
    const char *value = var_get(name);
    if (length) {
        char digits[24];
        snprintf(digits, sizeof(digits), "%zu", value ? strlen(value) : 0);
        add_string(t, digits, quoted ? QUOTED : EXPANDED);
        return;
    }
    bool colon = *word == ':';
    bool present = value && !(colon && !*value);
    word += colon;
    char kind = *word;
    if (kind)
        word++;
    if (kind == '#' || kind == '%')
        value = value ? trim(value, word - 1, word) : NULL;
    else if (kind == '+' || (strchr("-=?", kind) && kind && !present)) {
        if (kind == '+' && !present)
            return;
        if (kind == '?') {
            complain("%s: %s", name, *word ? expand_one(word) : "is not set");
            fail_expansion();
        } else if (kind == '=') {
            var_set(name, expand_one(word));
            value = var_get(name);
        } else {
            expand_text(t, word, quoted, false);
            return;
        }
    } else if (kind && !strchr("-=?", kind)) {
        complain("${%s%c: not an expansion", name, kind);
        fail_expansion();
    }
    add_string(t, value, quoted ? QUOTED : EXPANDED);
}

/* The $ item or backquote at s; returns its length. */
static size_t expand_dollar(struct text *t, const char *s, bool quoted)
{
    enum origin origin = quoted ? QUOTED : EXPANDED;
    size_t len = skip_quoted(s);
    char *inner, number[24];

    if (*s == '`' || s[1] == '(') {
        bool command = *s == '`' || s[2] != '(' || s[len - 2] != ')';
        if (command) {
            inner = *s == '`' ? memory_strndup(s + 1, len - 2) : memory_strndup(s + 2, len - 3);
            char *output = run_and_capture(inner);
            add_string(t, output, origin);
            free(output);
        } else {
            inner = memory_strndup(s + 3, len - 5);
            snprintf(number, sizeof(number), "%ld", arithmetic(expand_document(inner)));
            add_string(t, number, origin);
        }
        return len;
    }
    if (s[1] == '{') {
        expand_braces(t, memory_strndup(s + 2, len - 3), quoted);
        return len;
    }
    if (s[1] == '@' || s[1] == '*') {
        add_positional(t, s[1], quoted);
        return 2;
    }
    len = name_length(s + 1);
    if (len == 0 && (isdigit(s[1]) || (s[1] && strchr("?$!#-", s[1]))))
        len = 1;
    if (len == 0)
        add(t, '$', quoted ? QUOTED : WRITTEN);
    else
        add_string(t, var_get(memory_strndup(s + 1, len)), origin);
    return len + 1;
}

/* Append the expansion of s. quoted: it stands in double quotes; document: in a here-document,
 * where '"' means nothing. */
static void expand_text(struct text *t, const char *s, bool quoted, bool document)
{
    while (*s) {
        size_t len;
        if (*s == '$' || *s == '`') {
            len = skip_quoted(s);
            if (len == 0) {
                add(t, *s++, QUOTED);
                continue;
            }
            s += expand_dollar(t, s, quoted);
        } else if (*s == '\\' && quoted) {
            if (s[1] && strchr(document ? "$`\\\n" : "$`\"\\\n", s[1]))
                s++;
            if (*s != '\n' || s[-1] != '\\')
                add(t, *s, QUOTED);
            s++;
        } else if (*s == '\\') {
            if (s[1] && s[1] != '\n')
                add(t, s[1], QUOTED);
            s += s[1] ? 2 : 1;
        } else if (*s == '"' && !document) {
            len = quoted ? 0 : skip_quoted(s);
            if (len >= 2) {
                add(t, 0, MARK);
                expand_text(t, memory_strndup(s + 1, len - 2), true, false);
            }
            s += len ? len : 1;
        } else if (*s == '\'' && !quoted && (len = skip_quoted(s)) > 0) {
            add(t, 0, MARK);
            add_string(t, memory_strndup(s + 1, len - 2), QUOTED);
            s += len;
        } else {
            add(t, *s++, quoted ? QUOTED : WRITTEN);
        }
    }
}

/* ~ at the start of a word. */
static const char *expand_tilde(struct text *t, const char *s)
{
    const char *home = var_get("HOME");

    if (*s != '~' || (s[1] && s[1] != '/') || !home)
        return s;
    add_string(t, home, QUOTED);
    return s + 1;
}

/* --- from text to fields --- */

struct field {
    char *plain;   /* the characters */
    char *pattern; /* the same with quoted ones escaped */
    size_t n, m;
    bool wild, started;
};

static void field_add(struct field *f, char c, enum origin origin)
{
    f->started = true;
    f->plain[f->n++] = c;
    if (origin == QUOTED && strchr("*?[]\\!-", c))
        f->pattern[f->m++] = '\\';
    else if (strchr("*?[", c))
        f->wild = true;
    f->pattern[f->m++] = c;
}

static void field_start(struct field *f, size_t room)
{
    *f = (struct field){.plain = memory_alloc(room + 1), .pattern = memory_alloc(2 * room + 1)};
}

struct list {
    char **v;
    int n, room;
};

static void list_add(struct list *l, char *s)
{
    if (l->n + 1 >= l->room) {
        int room = l->room * 2 + 16;
        char **v = memory_alloc((size_t)room * sizeof(char *));
        memcpy(v, l->v ? (void *)l->v : "", (size_t)l->n * sizeof(char *));
        l->v = v;
        l->room = room;
    }
    l->v[l->n++] = s;
}

/* A field is finished: file names if it is a pattern that matches some, else itself. */
static void field_end(struct field *f, struct list *out, size_t room)
{
    glob_t g;

    if (f->started && f->wild && glob(f->pattern, 0, NULL, &g) == 0) {
        for (size_t i = 0; i < g.gl_pathc; i++)
            list_add(out, memory_strndup(g.gl_pathv[i], strlen(g.gl_pathv[i])));
        globfree(&g);
    } else if (f->started) {
        list_add(out, f->plain);
    }
    field_start(f, room);
}

/* Split at the characters of IFS that came from an expansion: blanks count once, others each. */
static void split(const struct text *t, struct list *out)
{
    const char *ifs = var_get("IFS");
    struct field f;

    ifs = ifs ? ifs : " \t\n";
    field_start(&f, t->n);
    for (size_t i = 0; i < t->n; i++) {
        char c = t->s[i];
        if (t->origin[i] == BREAK) {
            f.started = true;
            field_end(&f, out, t->n);
        } else if (t->origin[i] == MARK) {
            f.started |= !t->no_mark;
        } else if (t->origin[i] == EXPANDED && c && strchr(ifs, c)) {
            f.started |= !isspace(c);
            field_end(&f, out, t->n);
        } else {
            field_add(&f, c, (enum origin)t->origin[i]);
        }
    }
    field_end(&f, out, t->n);
}

char **expand_words(const struct word *words, int *count)
{
    struct list out = {0};

    for (; words; words = words->next) {
        struct text t = {0};
        const char *rest = expand_tilde(&t, words->text);
        expand_text(&t, rest, false, false);
        split(&t, &out);
    }
    list_add(&out, NULL);
    out.v[--out.n] = NULL;
    *count = out.n;
    return out.v;
}

static struct field join(const struct text *t)
{
    struct field f;

    field_start(&f, t->n);
    for (size_t i = 0; i < t->n; i++)
        if (t->origin[i] == BREAK)
            field_add(&f, ' ', QUOTED);
        else if (t->origin[i] != MARK)
            field_add(&f, t->s[i], (enum origin)t->origin[i]);
    return f;
}

char *expand_one(const char *text)
{
    struct text t = {0};

    text = expand_tilde(&t, text);
    expand_text(&t, text, false, false);
    return join(&t).plain;
}

char *expand_pattern(const char *text)
{
    struct text t = {0};

    text = expand_tilde(&t, text);
    expand_text(&t, text, false, false);
    return join(&t).pattern;
}

char *expand_document(const char *text)
{
    struct text t = {0};

    expand_text(&t, text, true, true);
    return join(&t).plain;
}
