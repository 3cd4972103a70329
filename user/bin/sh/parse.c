/* The grammar (POSIX, "Shell Grammar"), one function a rule, recursive descent. A syntax error is
 * reported where it is found; from then on `failed` lets every rule return at once. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lex.h"

static struct lexer lx;
static bool failed;

static struct node *parse_list(void);
static struct node *parse_compound(void);

static struct node *new_node(enum kind kind, struct node *left, struct node *right)
{
    struct node *n = memory_alloc(sizeof(*n));

    n->kind = kind;
    n->left = left;
    n->right = right;
    return n;
}

static void syntax_error(const char *wanted)
{
    lex_peek(&lx);
    if (!failed && !interrupted && lx.token != T_ERROR)
        complain("syntax error: %s%s%s where %s should be",
                 lx.token == T_END || lx.token == T_NEWLINE ? "" : "'",
                 lx.token == T_END       ? "the end of the input"
                 : lx.token == T_NEWLINE ? "the end of the line"
                                         : lx.text,
                 lx.token == T_END || lx.token == T_NEWLINE ? "" : "'", wanted);
    failed = true;
}

static bool is_operator(const char *text)
{
    lex_peek(&lx);
    return lx.token == T_OPERATOR && strcmp(lx.text, text) == 0;
}

static bool is_keyword(const char *text)
{
    lex_peek(&lx);
    return lx.token == T_WORD && strcmp(lx.text, text) == 0;
}

static bool accept(bool matches)
{
    if (matches)
        lx.peeked = false;
    return matches;
}

static void expect_keyword(const char *text)
{
    if (!failed && !accept(is_keyword(text)))
        syntax_error(text);
}

static void skip_newlines(void)
{
    lex_peek(&lx);
    while (!failed && accept(lx.token == T_NEWLINE))
        lex_peek(&lx);
}

/* Take the current word. */
static char *take_word(const char *wanted)
{
    lex_peek(&lx);
    if (lx.token != T_WORD) {
        syntax_error(wanted);
        return "";
    }
    lx.peeked = false;
    return lx.text;
}

static void append_word(struct word **list, char *text)
{
    while (*list)
        list = &(*list)->next;
    *list = memory_alloc(sizeof(**list));
    (*list)->text = text;
}

/* A delimiter without its quotes; whether it had any decides if the document is expanded. */
static char *unquote(char *s)
{
    char *to = s;

    for (char *from = s; *from; from++)
        if (!strchr("'\"\\", *from))
            *to++ = *from;
    *to = '\0';
    return s;
}

static bool parse_redirect(struct redirect **list)
{
    lex_peek(&lx);
    if (lx.token != T_REDIRECT)
        return false;
    lx.peeked = false;
    struct redirect *r = memory_alloc(sizeof(*r));
    char *op = lx.text;
    r->fd = lx.fd >= 0 ? lx.fd : *op == '>';
    r->op = op[1] == '&' ? '&' : strcmp(op, ">>") == 0 ? 'a' : strcmp(op, "<>") == 0 ? 'r' : *op;
    r->target = take_word("a file name");
    while (*list)
        list = &(*list)->next;
    *list = r;
    if (strncmp(op, "<<", 2) != 0)
        return true;
    struct document *d = memory_alloc(sizeof(*d));
    r->op = 'h';
    r->expand = !strpbrk(r->target, "'\"\\");
    unquote(r->target);
    *d = (struct document){.redirect = r, .strip_tabs = op[2] == '-', .next = lx.documents};
    lx.documents = d;
    return true;
}

static bool is_assignment(const char *text)
{
    size_t n = name_length(text);

    return n > 0 && text[n] == '=';
}

/* name() body: the name has been read, and '(' is current. */
static struct node *parse_function(char *name)
{
    struct node *n = new_node(FUNCTION, NULL, NULL);

    accept(is_operator("("));
    if (!accept(is_operator(")")))
        syntax_error(")");
    skip_newlines();
    n->name = name;
    n->right = parse_compound();
    if (!failed && !n->right)
        syntax_error("the function's body");
    memory_keep();
    return n;
}

static struct node *parse_simple(void)
{
    struct node *n = new_node(SIMPLE, NULL, NULL);

    while (!failed) {
        if (parse_redirect(&n->redirects))
            continue;
        if (lx.token != T_WORD)
            break;
        if (!n->words && is_assignment(lx.text)) {
            append_word(&n->assigns, take_word(""));
            continue;
        }
        append_word(&n->words, take_word(""));
        if (!n->words->next && name_length(n->words->text) == strlen(n->words->text) &&
            is_operator("("))
            return parse_function(n->words->text);
    }
    if (!n->words && !n->assigns && !n->redirects)
        syntax_error("a command");
    return n;
}

/* A list that must not be empty, up to a keyword that the caller expects. */
static struct node *parse_body(void)
{
    skip_newlines();
    struct node *n = parse_list();
    if (!failed && !n)
        syntax_error("a command");
    return n;
}

/* Behind "if" or "elif". */
static struct node *parse_if(void)
{
    struct node *n = new_node(IF, parse_body(), NULL);

    expect_keyword("then");
    n->right = parse_body();
    if (accept(is_keyword("elif"))) {
        n->third = parse_if();
        return n; /* the inner one took the "fi" */
    }
    if (accept(is_keyword("else")))
        n->third = parse_body();
    expect_keyword("fi");
    return n;
}

static struct node *parse_for(void)
{
    struct node *n = new_node(FOR, NULL, NULL);

    n->name = take_word("a variable's name");
    skip_newlines();
    if (accept(is_keyword("in"))) {
        lex_peek(&lx);
        while (!failed && lx.token == T_WORD) {
            append_word(&n->words, take_word(""));
            lex_peek(&lx);
        }
    } else {
        append_word(&n->words, "\"$@\"");
    }
    accept(is_operator(";"));
    skip_newlines();
    expect_keyword("do");
    n->right = parse_body();
    expect_keyword("done");
    return n;
}

static struct node *parse_case(void)
{
    struct node *n = new_node(CASE, NULL, NULL);
    struct case_item **link = &n->items;

    n->name = take_word("a word");
    skip_newlines();
    expect_keyword("in");
    skip_newlines();
    while (!failed && !accept(is_keyword("esac"))) {
        struct case_item *item = memory_alloc(sizeof(*item));
        accept(is_operator("("));
        do
            append_word(&item->patterns, take_word("a pattern"));
        while (accept(is_operator("|")));
        if (!accept(is_operator(")")))
            syntax_error(")");
        skip_newlines();
        item->body = parse_list();
        *link = item;
        link = &item->next;
        skip_newlines();
        if (!accept(is_operator(";;")) && !is_keyword("esac"))
            syntax_error(";; or esac");
        skip_newlines();
    }
    return n;
}

static struct node *parse_loop(enum kind kind)
{
    struct node *n = new_node(kind, parse_body(), NULL);

    expect_keyword("do");
    n->right = parse_body();
    expect_keyword("done");
    return n;
}

/* A compound command with its redirections, or NULL where none begins. */
static struct node *parse_compound(void)
{
    struct node *n;

    if (accept(is_operator("("))) {
        n = new_node(SUBSHELL, parse_body(), NULL);
        if (!failed && !accept(is_operator(")")))
            syntax_error(")");
    } else if (accept(is_keyword("{"))) {
        n = new_node(GROUP, parse_body(), NULL);
        expect_keyword("}");
    } else if (accept(is_keyword("if"))) {
        n = parse_if();
    } else if (accept(is_keyword("while"))) {
        n = parse_loop(WHILE);
    } else if (accept(is_keyword("until"))) {
        n = parse_loop(UNTIL);
    } else if (accept(is_keyword("for"))) {
        n = parse_for();
    } else if (accept(is_keyword("case"))) {
        n = parse_case();
    } else {
        return NULL;
    }
    while (!failed && parse_redirect(&n->redirects))
        ;
    return n;
}

static struct node *parse_pipeline(void)
{
    bool negate = accept(is_keyword("!"));
    struct node *n = parse_compound();

    if (!n)
        n = parse_simple();
    if (!failed && accept(is_operator("|"))) {
        skip_newlines();
        n = new_node(PIPE, n, parse_pipeline());
    }
    return negate ? new_node(NOT, n, NULL) : n;
}

static struct node *parse_and_or(void)
{
    struct node *n = parse_pipeline();

    while (!failed && (is_operator("&&") || is_operator("||"))) {
        enum kind kind = lx.text[0] == '&' ? AND : OR;
        lx.peeked = false;
        skip_newlines();
        n = new_node(kind, n, parse_pipeline());
    }
    return n;
}

/* The input's text from `start` to where the parser is, without blanks at its ends. */
static char *source_text(size_t start, unsigned int start_line)
{
    size_t end = lx.in->pos - (lx.peeked && lx.token == T_OPERATOR ? strlen(lx.text) : 0);
    const char *line = lx.in->line;

    if (lx.in->line_number != start_line || !line || end < start || end > strlen(line))
        return "(several lines)";
    while (end > start && strchr(" \t\n;&", line[end - 1]))
        end--;
    return memory_strndup(line + start, end - start);
}

/* Whether a list ends here: at a closing word or operator of something around it. */
static bool at_list_end(void)
{
    static const char *const words[] = {"then", "else", "elif", "fi", "do", "done", "esac", "}"};

    lex_peek(&lx);
    if (lx.token == T_END || lx.token == T_ERROR || is_operator(")") || is_operator(";;"))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (is_keyword(words[i]))
            return true;
    return false;
}

/* One and-or list with its separator; *newline: it was a newline, which is not taken. */
static struct node *parse_item(bool *newline)
{
    lex_peek(&lx);
    size_t start =
        lx.in->pos - (lx.token == T_WORD || lx.token == T_OPERATOR ? strlen(lx.text) : 0);
    unsigned int start_line = lx.in->line_number;
    struct node *n = parse_and_or();

    if (failed)
        return n;
    lex_peek(&lx);
    n->source = source_text(start, start_line);
    *newline = lx.token == T_NEWLINE;
    if (accept(is_operator("&"))) {
        struct node *async = new_node(ASYNC, n, NULL);
        async->source = n->source;
        return async;
    }
    if (!accept(is_operator(";")) && !*newline && !at_list_end())
        syntax_error("; or a newline");
    return n;
}

/* Items up to a closing word; newlines separate them, too. NULL where there is none. */
static struct node *parse_list(void)
{
    struct node *list = NULL;
    bool newline;

    while (!failed) {
        skip_newlines();
        if (at_list_end())
            break;
        struct node *n = parse_item(&newline);
        list = list ? new_node(SEQUENCE, list, n) : n;
    }
    return list;
}

struct node *parse_command(struct input *in, bool *end)
{
    struct node *list = NULL;
    bool newline = false;

    lx = (struct lexer){.in = in};
    failed = false;
    lex_peek(&lx);
    *end = lx.token == T_END;
    if (*end || accept(lx.token == T_NEWLINE))
        return NULL;
    while (!failed && !newline && lx.token != T_END) {
        if (at_list_end() && lx.token != T_END)
            syntax_error("a command");
        if (failed || lx.token == T_END)
            break;
        struct node *n = parse_item(&newline);
        list = list ? new_node(SEQUENCE, list, n) : n;
        lex_peek(&lx);
        newline = lx.token == T_NEWLINE;
    }
    if (!failed && !interrupted)
        return list;
    if (!interrupted)
        last_status = 2;
    free(in->line); /* the rest of a line in error is dropped */
    in->line = NULL;
    *end = in->at_end;
    return NULL;
}
