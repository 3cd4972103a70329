/* Tokens: what lex.c gives to parse.c. */
#pragma once

#include "input.h"

enum token {
    T_END,
    T_NEWLINE,
    T_WORD,
    T_OPERATOR, /* ; & | && || ;; ( ) */
    T_REDIRECT, /* < > >> << >& <& <>, with a descriptor before it perhaps */
    T_ERROR,    /* an open quote at the end of the input; reported */
};

/* A here-document whose text begins behind the next newline. */
struct document {
    struct redirect *redirect; /* its target is the delimiter, and becomes the text */
    bool strip_tabs;
    struct document *next;
};

struct lexer {
    struct input *in;
    enum token token; /* the current one */
    char *text;       /* of a word or operator */
    int fd;           /* of a redirection: the number before it, -1 for none */
    bool peeked;
    struct document *documents; /* those still to be read, last one first */
};

/* Make sure that a token is current; accept it by setting lx->peeked = false. */
void lex_peek(struct lexer *lx);
