/* The shell's parts and what they say to each other.
 *
 *     input.c   lines from the terminal, a script, a string
 *     lex.c     lines into tokens         parse.c   tokens into a tree of nodes
 *     expand.c  words into arguments: $x, $(command), *, quotes        arith.c   $((expression))
 *     exec.c    runs the tree             jobs.c    processes, groups, the terminal
 *     vars.c    variables, functions      builtin.c, test.c, help.c    what runs inside the shell
 *     redirect.c  < > >> <<               edit.c, complete.c  the line editor (jobs.h)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* --- the tree --- */
enum kind {
    SIMPLE,   /* assigns, words */
    PIPE,     /* left | right */
    AND,      /* left && right */
    OR,       /* left || right */
    SEQUENCE, /* left ; right (right may be NULL) */
    ASYNC,    /* left & */
    NOT,      /* ! left */
    SUBSHELL, /* ( left ) */
    GROUP,    /* { left } */
    IF,       /* if left; then right; else third; fi */
    WHILE,    /* while left; do right; done */
    UNTIL,
    FOR,      /* for name in words; do right; done */
    CASE,     /* case name in items esac */
    FUNCTION, /* name() right */
};

struct word {
    char *text; /* as written, with its quotes */
    struct word *next;
};

struct redirect {
    int fd;
    char op;      /* '<' '>' 'a' for >>, '&' for >& and <&, 'r' for <>, 'h' for a here-document */
    bool expand;  /* 'h': its delimiter was not quoted */
    char *target; /* file, descriptor, or the document's text */
    struct redirect *next;
};

struct case_item {
    struct word *patterns;
    struct node *body;
    struct case_item *next;
};

struct node {
    enum kind kind;
    struct node *left, *right, *third;
    struct word *assigns, *words;
    struct redirect *redirects;
    struct case_item *items;
    char *name;
    char *source; /* the text that it was written as, for job messages */
};

/* --- memory: freed all at once --- */
/* mark = memory_mark(); ...; memory_free(mark) frees what was allocated between, unless
 * memory_keep() was called (a function was defined: its tree stays). */
struct memory;
void *memory_alloc(size_t size);
char *memory_strndup(const char *s, size_t n);
struct memory *memory_mark(void);
void memory_free(struct memory *mark);
void memory_keep(void);

/* --- expansion --- */
char **expand_words(const struct word *words,
                    int *count);         /* argv, NULL at the end; in memory_alloc's memory */
char *expand_one(const char *text);      /* to one string: no splitting, no globbing */
char *expand_pattern(const char *text);  /* the same with quoted characters escaped by '\' */
char *expand_document(const char *text); /* a here-document's text */
long arithmetic(const char *expression);
size_t skip_quoted(
    const char *s); /* the length of the quoted or $ item at s; 0 if there is none or it is open */
bool expansion_failed(void); /* since the last call */
void fail_expansion(void);

/* --- variables --- */
const char *var_get(const char *name); /* NULL where it is unset; special ones too */
void var_set(const char *name, const char *value);
void var_export(const char *name);
void var_unset(const char *name);
bool var_assign(const char *assignment, bool export); /* "name=text" with text expanded */
void var_print(bool exported_only);
size_t name_length(const char *s); /* of the variable name at s, 0 for none */
char **var_environment(void);
void function_set(const char *name, struct node *body);
struct node *function_get(const char *name);
void function_unset(const char *name);

extern char **positional; /* $1... ; NULL at the end */
extern int positional_count;
extern char *shell_name; /* $0 */
extern int last_status;
extern pid_t last_async, shell_pid;

/* --- execution --- */
extern bool interactive; /* talks to a person */
extern bool job_control; /* each job in a process group of its own */
extern bool option_e, option_x, interrupted;
extern int loop_depth, leave_loops; /* break and continue: how many loops are still to be left */
extern bool continuing, returning;

int run(struct node *n);
struct input;
int run_input(struct input *in); /* until its end */
int run_string(const char *text);
char *run_and_capture(const char *command); /* $(command) */
void find_and_exec(char **argv) __attribute__((noreturn));
bool redirect_all(const struct redirect *list, int saved[10]); /* saved: what to undo, or NULL */
void redirect_undo(int saved[10]);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- builtins --- */
typedef int (*builtin_fn)(int argc, char **argv);
builtin_fn builtin_find(const char *name);
const char *builtin_name(int i); /* NULL behind the last */
int builtin_test(int argc, char **argv);
int builtin_help(int argc, char **argv);
int builtin_history(int argc, char **argv);
