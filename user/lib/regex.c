/* Regular expressions: a parser that builds a tree, and a matcher that walks it with backtracking.
 *
 * The matcher is written with continuations: match(node, s, k) asks whether `node` matches a prefix
 * of s after which the continuation k matches the rest. That makes every operator three lines long.
 * Of several matches at the leftmost place it finds the first in the order "longer repetitions
 * first", which differs from POSIX's "longest of all" only for alternatives. Its worst case is
 * exponential, as with every backtracking matcher. */
#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum kind { EMPTY, CHAR, ANY, SET, START, END, CONCAT, ALTERNATE, REPEAT };

struct node {
    enum kind kind;
    int c;        /* CHAR */
    int min, max; /* REPEAT; max -1: no limit */
    struct node *left, *right;
    struct node *next_allocated;
    uint64_t set[4]; /* SET: one bit a character */
};

struct regex {
    struct node *root;
    struct node *allocated;
    bool extended, icase, bad;
    const char *p; /* while parsing */
    int depth;
};

struct continuation {
    bool (*call)(const struct continuation *k, const char *s);
    const struct node *node;
    const struct continuation *next;
    int count;        /* REPEAT: rounds done */
    const char *from; /* REPEAT: where this round began */
    const struct run *run;
};

struct run {
    const struct regex *re;
    const char *text;
    int flags;
    const char *end; /* of the match */
};

static struct node *parse_alternatives(struct regex *re);

static struct node *new_node(struct regex *re, enum kind kind, struct node *left,
                             struct node *right)
{
    struct node *n = calloc(1, sizeof(*n));

    if (!n)
        abort();
    *n = (struct node){.kind = kind, .left = left, .right = right, .next_allocated = re->allocated};
    re->allocated = n;
    return n;
}

static void set_add(struct node *n, int c)
{
    n->set[c / 64 & 3] |= UINT64_C(1) << (c % 64);
}

/* [:name:] behind '[': adds the class and returns true, with p behind it. */
static bool parse_class(struct regex *re, struct node *n)
{
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {{"alpha", isalpha},   {"digit", isdigit}, {"alnum", isalnum},
                   {"space", isspace},   {"upper", isupper}, {"lower", islower},
                   {"xdigit", isxdigit}, {"punct", ispunct}, {"blank", isblank},
                   {"print", isprint},   {"cntrl", iscntrl}, {"graph", isgraph}};

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        size_t len = strlen(classes[i].name);
        if (strncmp(re->p, "[:", 2) == 0 && strncmp(re->p + 2, classes[i].name, len) == 0 &&
            strncmp(re->p + 2 + len, ":]", 2) == 0) {
            for (int c = 1; c < 128; c++)
                if (classes[i].test(c))
                    set_add(n, c);
            re->p += len + 4;
            return true;
        }
    }
    return false;
}

static struct node *parse_set(struct regex *re)
{
    struct node *n = new_node(re, SET, NULL, NULL);
    bool invert = *re->p == '^';

    re->p += invert;
    for (const char *start = re->p; *re->p && (*re->p != ']' || re->p == start);) {
        if (parse_class(re, n))
            continue;
        int low = (unsigned char)*re->p++, high = low;
        if (re->p[0] == '-' && re->p[1] && re->p[1] != ']') {
            high = (unsigned char)re->p[1];
            re->p += 2;
        }
        for (int c = low; c <= high; c++)
            set_add(n, c);
    }
    if (*re->p == ']')
        re->p++;
    else
        re->bad = true;
    for (int i = 0; invert && i < 4; i++)
        n->set[i] = ~n->set[i];
    return n;
}

/* Whether an operator stands at p: '(' in the extended syntax is "\(" in the basic one. */
static bool at_operator(const struct regex *re, char op)
{
    return re->extended ? *re->p == op : re->p[0] == '\\' && re->p[1] == op;
}

static void skip_operator(struct regex *re)
{
    re->p += re->extended ? 1 : 2;
}

/* One character, set, or group. `first`: nothing stands before it in its alternative. */
static struct node *parse_atom(struct regex *re, bool first)
{
    struct node *n;

    if (at_operator(re, '(')) {
        skip_operator(re);
        re->depth++;
        n = parse_alternatives(re);
        re->depth--;
        if (at_operator(re, ')'))
            skip_operator(re);
        else
            re->bad = true;
        return n;
    }
    char c = *re->p++;
    if (c == '.')
        return new_node(re, ANY, NULL, NULL);
    if (c == '[')
        return parse_set(re);
    if (c == '^' && (first || re->extended))
        return new_node(re, START, NULL, NULL);
    if (c == '$' && (!*re->p || re->extended || at_operator(re, ')') || at_operator(re, '|')))
        return new_node(re, END, NULL, NULL);
    if (c == '\\' && *re->p)
        c = *re->p++;
    n = new_node(re, CHAR, NULL, NULL);
    n->c = (unsigned char)c;
    return n;
}

/* {m}, {m,} or {m,n} behind its brace. */
static void parse_bounds(struct regex *re, struct node *n)
{
    char *end;

    n->min = (int)strtol(re->p, &end, 10);
    n->max = n->min;
    if (*end == ',')
        n->max = isdigit(end[1]) ? (int)strtol(end + 1, &end, 10) : (end++, -1);
    re->p = end;
    if (at_operator(re, '}'))
        skip_operator(re);
    else
        re->bad = true;
}

static struct node *parse_repeat(struct regex *re, bool first)
{
    struct node *n = parse_atom(re, first);

    for (;;) {
        struct node *r;
        if (*re->p == '*' && !(first && n->kind == START && !re->extended)) {
            re->p++;
            r = new_node(re, REPEAT, n, NULL);
            r->max = -1;
        } else if (at_operator(re, '+') || at_operator(re, '?')) {
            r = new_node(re, REPEAT, n, NULL);
            r->min = at_operator(re, '+');
            r->max = r->min ? -1 : 1;
            skip_operator(re);
        } else if (at_operator(re, '{')) {
            skip_operator(re);
            r = new_node(re, REPEAT, n, NULL);
            parse_bounds(re, r);
        } else {
            return n;
        }
        n = r;
    }
}

static struct node *parse_sequence(struct regex *re)
{
    struct node *n = NULL;

    while (*re->p && !at_operator(re, '|') && !(re->depth > 0 && at_operator(re, ')'))) {
        struct node *next = parse_repeat(re, !n || n->kind == START);
        n = n ? new_node(re, CONCAT, n, next) : next;
    }
    return n ? n : new_node(re, EMPTY, NULL, NULL);
}

static struct node *parse_alternatives(struct regex *re)
{
    struct node *n = parse_sequence(re);

    while (at_operator(re, '|')) {
        skip_operator(re);
        n = new_node(re, ALTERNATE, n, parse_sequence(re));
    }
    return n;
}

int regcomp(regex_t *out, const char *pattern, int flags)
{
    struct regex *re = calloc(1, sizeof(*re));

    if (!re)
        return REG_ESPACE;
    re->extended = flags & REG_EXTENDED;
    re->icase = flags & REG_ICASE;
    re->p = pattern;
    re->root = parse_alternatives(re);
    out->re_prog = re;
    if (re->bad || *re->p) {
        regfree(out);
        return REG_BADPAT;
    }
    return 0;
}

void regfree(regex_t *out)
{
    struct regex *re = out->re_prog;

    for (struct node *n = re->allocated, *next; n; n = next) {
        next = n->next_allocated;
        free(n);
    }
    free(re);
}

static bool match(const struct node *n, const char *s, const struct continuation *k);

static bool match_char(const struct node *n, const struct run *run, int c)
{
    if (c == '\0')
        return false;
    if (n->kind == ANY)
        return true;
    bool fold = run->re->icase;
    if (n->kind == CHAR)
        return fold ? tolower(n->c) == tolower(c) : n->c == c;
#define IN_SET(ch) (n->set[(ch) / 64] >> ((ch) % 64) & 1)
    return IN_SET(c) || (fold && (IN_SET(tolower(c)) || IN_SET(toupper(c))));
}

/* After the left part of a CONCAT: now its right part, then the rest. */
static bool then_right(const struct continuation *k, const char *s)
{
    return match(k->node->right, s, k->next);
}

/* After a round of a REPEAT: as many more as there are, then the rest. A round that matched nothing
 * ends it. */
static bool then_repeat(const struct continuation *k, const char *s)
{
    struct continuation again = *k;

    if (s == k->from && k->count > k->node->min)
        return false;
    again.count++;
    again.from = s;
    if ((k->node->max < 0 || k->count < k->node->max) && match(k->node->left, s, &again))
        return true;
    return k->count >= k->node->min && k->next->call(k->next, s);
}

static bool match(const struct node *n, const char *s, const struct continuation *k)
{
    struct continuation then = {.node = n, .next = k, .run = k->run};

    switch (n->kind) {
    case EMPTY:
        return k->call(k, s);
    case CHAR:
    case ANY:
    case SET:
        return match_char(n, k->run, (unsigned char)*s) && k->call(k, s + 1);
    case START:
        return s == k->run->text && !(k->run->flags & REG_NOTBOL) && k->call(k, s);
    case END:
        return *s == '\0' && k->call(k, s);
    case CONCAT:
        then.call = then_right;
        return match(n->left, s, &then);
    case ALTERNATE:
        return match(n->left, s, k) || match(n->right, s, k);
    case REPEAT:
        then.call = then_repeat;
        return then_repeat(&then, s);
    }
    return false;
}

static bool finish(const struct continuation *k, const char *s)
{
    ((struct run *)k->run)->end = s;
    return true;
}

int regexec(const regex_t *re, const char *text, size_t nmatch, regmatch_t m[], int flags)
{
    struct run run = {.re = re->re_prog, .text = text, .flags = flags};
    struct continuation last = {.call = finish, .run = &run};

    for (const char *s = text;; s++) {
        if (match(run.re->root, s, &last)) {
            if (nmatch > 0)
                m[0] = (regmatch_t){s - text, run.end - text};
            return 0;
        }
        if (!*s)
            return REG_NOMATCH;
    }
}
