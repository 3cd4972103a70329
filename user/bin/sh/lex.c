/* Tokens. A word keeps its quotes: which of its characters are quoted matters when it is expanded.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lex.h"

/* Append the next line of the input to the current one, which ends inside something. */
static bool more(struct lexer *lx)
{
    struct input *in = lx->in;
    char *line = in->at_end ? NULL : in->next_line(in, true);

    if (!line) {
        in->at_end = true;
        return false;
    }
    size_t len = strlen(in->line);
    char *joined = realloc(in->line, len + strlen(line) + 1);
    if (!joined)
        abort();
    strcpy(joined + len, line);
    free(line);
    in->line = joined;
    return true;
}

/* Behind the ')' that closes what opens at s (just behind its '('); 0 if it is not there yet. */
static size_t skip_parentheses(const char *s)
{
    int depth = 1;
    size_t i = 0;

    while (s[i]) {
        size_t quoted = strchr("'\"\\`", s[i]) ? skip_quoted(s + i) : 0;
        if (quoted == 0 && strchr("'\"\\`", s[i]))
            return 0;
        depth += s[i] == '(';
        depth -= s[i] == ')';
        i += quoted ? quoted : 1;
        if (depth == 0)
            return i;
    }
    return 0;
}

static size_t skip_braces(const char *s)
{
    for (size_t i = 0; s[i];) {
        if (s[i] == '}')
            return i + 1;
        if (strchr("'\"\\`$", s[i])) {
            size_t quoted = skip_quoted(s + i);
            if (quoted == 0)
                return 0;
            i += quoted;
        } else {
            i++;
        }
    }
    return 0;
}

size_t skip_quoted(const char *s)
{
    size_t i = 1, inner;
    const char *end;

    switch (s[0]) {
    case '\\':
        return s[1] ? 2 : 0;
    case '\'':
    case '`':
        end = strchr(s + 1, s[0]);
        return end ? (size_t)(end - s) + 1 : 0;
    case '"':
        while (s[i] && s[i] != '"') {
            inner = strchr("\\$`", s[i]) ? skip_quoted(s + i) : 1;
            if (inner == 0)
                return 0;
            i += inner;
        }
        return s[i] ? i + 1 : 0;
    case '$':
        if (s[1] != '(' && s[1] != '{')
            return 1;
        inner = s[1] == '(' ? skip_parentheses(s + 2) : skip_braces(s + 2);
        return inner ? inner + 2 : 0;
    default:
        return 0;
    }
}

/* The word at the input's position; asks for more lines while a quote is open. */
static bool lex_word(struct lexer *lx)
{
    struct input *in = lx->in;
    size_t start = in->pos;

    while (in->line[in->pos] && !strchr(" \t\n;&|()<>", in->line[in->pos])) {
        if (!strchr("'\"\\$`", in->line[in->pos])) {
            in->pos++;
            continue;
        }
        size_t len;
        while ((len = skip_quoted(in->line + in->pos)) == 0)
            if (!more(lx)) {
                if (!interrupted)
                    complain("the input ends inside a quote");
                lx->token = T_ERROR;
                return false;
            }
        in->pos += len;
    }
    lx->token = T_WORD;
    lx->text = memory_strndup(in->line + start, in->pos - start);
    return true;
}

/* The text of a here-document: lines up to the delimiter. */
static void read_document(struct lexer *lx, const struct document *d)
{
    const char *delimiter = d->redirect->target;
    size_t n = strlen(delimiter), len = 0;
    char *text = calloc(1, 1);

    for (char *line; text && (line = lx->in->next_line(lx->in, true)); free(line)) {
        char *s = line + (d->strip_tabs ? strspn(line, "\t") : 0);
        if (strncmp(s, delimiter, n) == 0 && strchr("\n", s[n])) {
            free(line);
            break;
        }
        text = realloc(text, len + strlen(s) + 1);
        if (text)
            len = strlen(strcpy(text + len, s)) + len;
    }
    if (!text)
        abort();
    d->redirect->target = memory_strndup(text, len);
    free(text);
}

/* All that are waiting, in the order in which they were written. */
static void read_documents(struct lexer *lx)
{
    struct document *d = lx->documents;

    if (!d)
        return;
    lx->documents = d->next;
    read_documents(lx);
    read_document(lx, d);
}

static const char *operator_at(const char *s)
{
    static const char *const operators[] = {"&&", "||", ";;", ";", "&", "|", "(", ")"};

    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
        if (strncmp(s, operators[i], strlen(operators[i])) == 0)
            return operators[i];
    return NULL;
}

/* A redirection, if one stands here: digits, then an operator. */
static bool lex_redirect(struct lexer *lx)
{
    static const char *const operators[] = {"<<-", "<<", "<&", "<>", ">>", ">&", ">|", "<", ">"};
    struct input *in = lx->in;
    size_t digits = strspn(in->line + in->pos, "0123456789");

    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (strncmp(in->line + in->pos + digits, operators[i], strlen(operators[i])) != 0)
            continue;
        lx->token = T_REDIRECT;
        lx->fd = digits ? atoi(in->line + in->pos) : -1;
        lx->text = memory_strndup(operators[i], strlen(operators[i]));
        in->pos += digits + strlen(operators[i]);
        return true;
    }
    return false;
}

void lex_peek(struct lexer *lx)
{
    struct input *in = lx->in;

    if (lx->peeked)
        return;
    lx->peeked = true;
    if (!in->line || !in->line[in->pos]) {
        free(in->line);
        in->pos = 0;
        in->line = in->at_end ? NULL : in->next_line(in, lx->token != T_END);
        in->line_number++;
        in->at_end |= !in->line;
    }
    lx->token = T_END;
    if (!in->line)
        return;
    for (;;) {
        in->pos += strspn(in->line + in->pos, " \t");
        if (strncmp(in->line + in->pos, "\\\n", 2) != 0)
            break;
        in->pos += 2; /* the line goes on */
        if (!in->line[in->pos] && !more(lx))
            return;
    }
    if (in->line[in->pos] == '#')
        in->pos += strcspn(in->line + in->pos, "\n");
    if (in->line[in->pos] == '\n' || !in->line[in->pos]) {
        in->pos += in->line[in->pos] == '\n';
        lx->token = T_NEWLINE;
        read_documents(lx);
        return;
    }
    const char *op = operator_at(in->line + in->pos);
    if (op) {
        lx->token = T_OPERATOR;
        lx->text = (char *)op;
        in->pos += strlen(op);
    } else if (!lex_redirect(lx)) {
        lex_word(lx);
    }
}
