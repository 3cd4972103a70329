/* Running the tree. Every function returns an exit status, which run() leaves in $?. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <util.h>

#include "input.h"
#include "jobs.h"

bool interactive, job_control, option_e, option_x, interrupted, continuing, returning;
int loop_depth, leave_loops;

static bool
    last_command; /* this process ends after the current simple command: no need to fork for it */
static int conditions; /* inside a condition: set -e does not apply */

/* Whether something above us is to be reached without running anything more. */
static bool leaving(void)
{
    return interrupted || returning || leave_loops > 0;
}

/* --- simple commands --- */

void find_and_exec(char **argv)
{
    environ = var_environment();
    const char *path = var_get("PATH");
    if (path && !strchr(argv[0], '/')) {
        setenv("PATH", path, 0); /* for execvp, even where it is not exported */
    }
    execvp(argv[0], argv);
    int err = errno;
    complain("%s: %s", argv[0],
             err == ENOENT && !strchr(argv[0], '/') ? "not found" : strerror(err));
    _exit(err == ENOENT ? 127 : 126);
}

static int run_external(struct node *n, char **argv)
{
    struct job *job = last_command ? NULL : job_new(n->source ? n->source : argv[0]);
    pid_t child = job ? job_fork(job, true) : 0;

    if (child < 0)
        return 126;
    if (child > 0)
        return job_wait(job);
    for (struct word *a = n->assigns; a; a = a->next)
        if (!var_assign(a->text, true))
            _exit(1);
    if (!redirect_all(n->redirects, NULL))
        _exit(1);
    find_and_exec(argv);
}

static int call_function(struct node *body, int argc, char **argv)
{
    char **outer = positional;
    int outer_count = positional_count, outer_loops = loop_depth;

    positional = argv + 1;
    positional_count = argc - 1;
    loop_depth = 0;
    run(body);
    returning = false;
    positional = outer;
    positional_count = outer_count;
    loop_depth = outer_loops;
    return last_status;
}

/* A builtin or function runs in the shell itself: variables set before it hold only for it. */
static int run_inside(struct node *n, builtin_fn builtin, struct node *function, int argc,
                      char **argv)
{
    int saved[10], status = 1, count = 0;
    const char *old[32];
    bool keep = builtin && strcmp(argv[0], "exec") == 0;

    if (!redirect_all(n->redirects, keep ? NULL : saved)) {
        if (!keep)
            redirect_undo(saved);
        return 1;
    }
    for (struct word *a = n->assigns; a && count < 32; a = a->next, count++) {
        const char *value = var_get(memory_strndup(a->text, name_length(a->text)));
        old[count] = value ? memory_strndup(value, strlen(value)) : NULL;
        var_assign(a->text, false);
    }
    bool outer_last = last_command;
    last_command = false; /* what a function runs is not the end of this process */
    status = builtin ? builtin(argc, argv) : call_function(function, argc, argv);
    last_command = outer_last;
    count = 0;
    for (struct word *a = n->assigns; a && count < 32; a = a->next, count++) {
        char *name = memory_strndup(a->text, name_length(a->text));
        if (old[count])
            var_set(name, old[count]);
        else
            var_unset(name);
    }
    if (!keep)
        redirect_undo(saved);
    return status;
}

/* Only assignments and redirections: they hold in the shell. The status is that of a $(command) in
 * them. */
static int run_assignments(struct node *n)
{
    int saved[10];
    bool ok = redirect_all(n->redirects, saved);

    redirect_undo(saved);
    last_status = 0;
    for (struct word *a = n->assigns; a; a = a->next)
        ok &= var_assign(a->text, false);
    return ok ? last_status : 1;
}

static int run_simple(struct node *n)
{
    struct memory *mark = memory_mark();
    int argc, status;
    char **argv = expand_words(n->words, &argc);

    if (option_x && argc > 0) {
        fputs("+", stderr);
        for (int i = 0; i < argc; i++)
            fprintf(stderr, " %s", argv[i]);
        fputc('\n', stderr);
    }
    struct node *function = argc > 0 ? function_get(argv[0]) : NULL;
    builtin_fn builtin = argc > 0 && !function ? builtin_find(argv[0]) : NULL;
    if (expansion_failed())
        status = 1;
    else if (argc == 0)
        status = run_assignments(n);
    else if (builtin || function)
        status = run_inside(n, builtin, function, argc, argv);
    else
        status = run_external(n, argv);
    memory_free(mark);
    return status;
}

/* --- everything else --- */

/* In a child of the shell: run the node and end. */
static void __attribute__((noreturn)) run_and_exit(struct node *n)
{
    last_command = n->kind == SIMPLE;
    int status = run(n);
    fflush(stdout);
    _exit(status);
}

/* Start every stage in a child of its own; the last one's id in *last_pid. */
static struct job *start_pipeline(struct node *n, bool foreground, pid_t *last_pid)
{
    struct job *job = job_new(n->source ? n->source : "(pipeline)");
    int input = -1, fds[2] = {-1, -1};

    for (bool last = false; !last; n = n->right) {
        last = n->kind != PIPE;
        struct node *stage = last ? n : n->left;
        if (!last && pipe2(fds, O_CLOEXEC) < 0) {
            complain("pipe: %s", strerror(errno));
            break;
        }
        *last_pid = job_fork(job, foreground);
        if (*last_pid == 0) {
            if (input >= 0)
                dup2(input, 0);
            if (!last)
                dup2(fds[1], 1);
            run_and_exit(stage);
        }
        if (input >= 0)
            close(input);
        if (!last)
            close(fds[1]);
        input = last ? -1 : fds[0];
        if (*last_pid < 0)
            break;
    }
    if (input >= 0)
        close(input);
    return job;
}

static int run_pipeline(struct node *n, bool foreground)
{
    pid_t last_pid = -1;
    struct job *job = start_pipeline(n, foreground, &last_pid);

    if (foreground)
        return job_wait(job);
    last_async = last_pid;
    job_background(job, interactive);
    return 0;
}

/* In a child of its own: ( list ), list & */
static int run_in_child(struct node *n, bool foreground, const char *source)
{
    struct job *job = job_new(source ? source : "( )");
    pid_t child = job_fork(job, foreground);

    if (child == 0) {
        int null = foreground || job_control ? -1 : open("/dev/null", O_RDONLY);
        if (null > 0)
            dup2(null, 0);
        run_and_exit(n);
    }
    if (child < 0)
        return 1;
    if (foreground)
        return job_wait(job);
    last_async = child;
    job_background(job, interactive);
    return 0;
}

static bool condition(struct node *n)
{
    conditions++;
    bool holds = run(n) == 0;
    conditions--;
    return holds;
}

/* After a round of a loop: whether to leave it. Takes one level off a break or continue. */
static bool leave_after_round(void)
{
    if (leave_loops > 0) {
        leave_loops--;
        if (leave_loops == 0 && continuing) {
            continuing = false;
            return interrupted;
        }
        return true;
    }
    if (job_control && edit_interrupted(0))
        interrupted = true;
    return interrupted || returning;
}

static int run_loop(struct node *n)
{
    int status = 0;

    loop_depth++;
    while (condition(n->left) == (n->kind == WHILE) && !leaving()) {
        status = run(n->right);
        if (leave_after_round())
            break;
    }
    loop_depth--;
    return status;
}

static int run_for(struct node *n)
{
    struct memory *mark = memory_mark();
    int count, status = 0;
    char **words = expand_words(n->words, &count);

    loop_depth++;
    for (int i = 0; i < count && !expansion_failed(); i++) {
        var_set(n->name, words[i]);
        status = run(n->right);
        if (leave_after_round())
            break;
    }
    loop_depth--;
    memory_free(mark);
    return status;
}

static int run_case(struct node *n)
{
    struct memory *mark = memory_mark();
    char *value = expand_one(n->name);
    struct node *body = NULL;
    bool found = false;

    for (struct case_item *item = n->items; item && !found; item = item->next)
        for (struct word *p = item->patterns; p && !found; p = p->next)
            if (fnmatch(expand_pattern(p->text), value, 0) == 0) {
                found = true;
                body = item->body;
            }
    memory_free(mark);
    return body ? run(body) : 0;
}

static int run_kind(struct node *n)
{
    switch (n->kind) {
    case SIMPLE:
        return run_simple(n);
    case PIPE:
        return run_pipeline(n, true);
    case AND:
        return condition(n->left) && !leaving() ? run(n->right) : last_status;
    case OR:
        return !condition(n->left) && !leaving() ? run(n->right) : last_status;
    case SEQUENCE:
        run(n->left);
        return leaving() ? last_status : run(n->right);
    case ASYNC:
        if (n->left->kind == PIPE)
            return run_pipeline(n->left, false);
        return run_in_child(n->left, false, n->source);
    case NOT:
        return condition(n->left);
    case SUBSHELL:
        return run_in_child(n->left, true, n->source);
    case GROUP:
        return run(n->left);
    case IF:
        if (condition(n->left))
            return leaving() ? last_status : run(n->right);
        return n->third && !leaving() ? run(n->third) : 0;
    case WHILE:
    case UNTIL:
        return run_loop(n);
    case FOR:
        return run_for(n);
    case CASE:
        return run_case(n);
    case FUNCTION:
        function_set(n->name, n->right);
        return 0;
    }
    return 0;
}

int run(struct node *n)
{
    int saved[10];
    bool redirected = n->kind != SIMPLE && n->redirects;

    if (redirected && !redirect_all(n->redirects, saved)) {
        redirect_undo(saved);
        return last_status = 1;
    }
    last_status = run_kind(n);
    if (redirected)
        redirect_undo(saved);
    if (option_e && last_status != 0 && conditions == 0 &&
        (n->kind == SIMPLE || n->kind == PIPE || n->kind == SUBSHELL)) {
        fflush(stdout);
        exit(last_status);
    }
    return last_status;
}

/* Whether the first thing that n does is to start a program in the foreground: then job_fork ends
 * the typed line. */
static bool starts_program(const struct node *n)
{
    while (n->kind == SEQUENCE || n->kind == AND || n->kind == OR)
        n = n->left;
    if (n->kind != SIMPLE)
        return n->kind == PIPE || n->kind == SUBSHELL;
    for (const struct word *w = n->words; w; w = w->next)
        if (strpbrk(w->text, "$`"))
            return false;
    return n->words && !n->redirects && !builtin_find(n->words->text) &&
           !function_get(n->words->text);
}

int run_input(struct input *in)
{
    for (bool end = false; !end && !returning;) {
        struct memory *mark = memory_mark();
        struct node *n = parse_command(in, &end);
        interrupted = false;
        if (n && !starts_program(n))
            edit_newline();
        if (n)
            run(n);
        fflush(stdout);
        memory_free(mark);
    }
    return last_status;
}

int run_string(const char *text)
{
    struct input in;

    input_from_string(&in, text);
    int status = run_input(&in);
    free(in.line);
    return status;
}

char *run_and_capture(const char *command)
{
    int fds[2], status;
    size_t n = 0, room = 0;
    char *text = NULL;

    fflush(stdout);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return NULL;
    pid_t child = fork();
    if (child == 0) {
        dup2(fds[1], 1);
        interactive = job_control = false;
        jobs_forget();
        run_string(command);
        fflush(stdout);
        _exit(last_status);
    }
    close(fds[1]);
    for (ssize_t got = 1; got > 0; n += (size_t)got) {
        if (n + 1024 > room && !(text = realloc(text, room = room * 2 + 4096)))
            abort();
        got = read(fds[0], text + n, room - n - 1);
        if (got < 0)
            got = 0;
    }
    close(fds[0]);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    text[n] = '\0';
    if (child > 0 && waitpid(child, &status, 0) == child)
        last_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return text;
}
