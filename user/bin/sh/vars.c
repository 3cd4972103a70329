/* Variables and functions: two lists, searched by name. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

struct var {
    char *name, *value; /* value NULL: only marked for export */
    bool exported;
    struct var *next;
};

struct function {
    char *name;
    struct node *body;
    struct function *next;
};

static struct var *vars; /* by name */
static struct function *functions;

char **positional;
int positional_count;
char *shell_name;
int last_status;
pid_t last_async, shell_pid;

size_t name_length(const char *s)
{
    size_t n = 0;

    if (isdigit(*s))
        return 0;
    while (isalnum(s[n]) || s[n] == '_')
        n++;
    return n;
}

/* The variable, or where it would be inserted. */
static struct var **find(const char *name)
{
    struct var **link = &vars;

    while (*link && strcmp((*link)->name, name) < 0)
        link = &(*link)->next;
    return link;
}

static struct var *find_or_make(const char *name)
{
    struct var **link = find(name);

    if (*link && strcmp((*link)->name, name) == 0)
        return *link;
    struct var *v = calloc(1, sizeof(*v));
    if (!v || !(v->name = strdup(name)))
        abort();
    v->next = *link;
    *link = v;
    return v;
}

/* $? and the other names that are no variables. */
static const char *special(const char *name)
{
    static char text[24];
    long number;

    switch (*name) {
    case '?':
        number = last_status;
        break;
    case '$':
        number = shell_pid;
        break;
    case '#':
        number = positional_count;
        break;
    case '!':
        if (!last_async)
            return NULL;
        number = last_async;
        break;
    case '-':
        snprintf(text, sizeof(text), "%s%s%s", option_e ? "e" : "", option_x ? "x" : "",
                 interactive ? "i" : "");
        return text;
    case '0':
        return shell_name;
    default:
        number = strtol(name, NULL, 10);
        return isdigit(*name) && number <= positional_count ? positional[number - 1] : NULL;
    }
    snprintf(text, sizeof(text), "%ld", number);
    return text;
}

const char *var_get(const char *name)
{
    if (!name_length(name))
        return special(name);
    struct var *v = *find(name);
    return v && strcmp(v->name, name) == 0 ? v->value : NULL;
}

void var_set(const char *name, const char *value)
{
    struct var *v = find_or_make(name);
    char *copy = strdup(value); /* before the old value goes: it may be the same string */

    free(v->value);
    v->value = copy;
}

void var_export(const char *name)
{
    find_or_make(name)->exported = true;
}

void var_unset(const char *name)
{
    struct var **link = find(name), *v = *link;

    if (!v || strcmp(v->name, name) != 0)
        return;
    *link = v->next;
    free(v->name);
    free(v->value);
    free(v);
}

bool var_assign(const char *assignment, bool export)
{
    size_t n = name_length(assignment);
    char *name = memory_strndup(assignment, n);

    var_set(name, expand_one(assignment + n + 1));
    if (export)
        var_export(name);
    return !expansion_failed();
}

void var_print(bool exported_only)
{
    for (struct var *v = vars; v; v = v->next)
        if (v->value && (v->exported || !exported_only))
            printf("%s%s='%s'\n", exported_only ? "export " : "", v->name, v->value);
}

char **var_environment(void)
{
    size_t count = 0;

    for (struct var *v = vars; v; v = v->next)
        count++;
    char **env = memory_alloc((count + 1) * sizeof(char *));
    count = 0;
    for (struct var *v = vars; v; v = v->next) {
        if (!v->exported || !v->value)
            continue;
        size_t size = strlen(v->name) + strlen(v->value) + 2;
        env[count] = memory_alloc(size);
        snprintf(env[count++], size, "%s=%s", v->name, v->value);
    }
    return env;
}

struct node *function_get(const char *name)
{
    for (struct function *f = functions; f; f = f->next)
        if (strcmp(f->name, name) == 0)
            return f->body;
    return NULL;
}

void function_set(const char *name, struct node *body)
{
    function_unset(name);
    struct function *f = calloc(1, sizeof(*f));
    if (!f || !(f->name = strdup(name)))
        abort();
    f->body = body;
    f->next = functions;
    functions = f;
}

void function_unset(const char *name)
{
    for (struct function **link = &functions; *link; link = &(*link)->next) {
        struct function *f = *link;
        if (strcmp(f->name, name) != 0)
            continue;
        *link = f->next;
        free(f->name);
        free(f);
        return;
    }
}
