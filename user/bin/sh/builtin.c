/* Commands that run inside the shell: those that change the shell itself, and a few that are wanted
 * often. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "jobs.h"

static int builtin_true(int argc, char **argv)
{
    (void)argc;
    return argv[0][0] == 'f'; /* also called as false */
}

static int builtin_cd(int argc, char **argv)
{
    const char *to = argc > 1 ? argv[1] : var_get("HOME");
    char cwd[PATH_MAX];
    bool back = to && strcmp(to, "-") == 0;

    if (back)
        to = var_get("OLDPWD");
    if (!getcwd(cwd, sizeof(cwd)))
        *cwd = '\0';
    if (!to || chdir(to) < 0) {
        complain("cd: %s: %s", to ? to : "HOME", to ? strerror(errno) : "is not set");
        return 1;
    }
    var_set("OLDPWD", cwd);
    if (getcwd(cwd, sizeof(cwd)))
        var_set("PWD", cwd);
    if (back)
        puts(cwd);
    return 0;
}

static int builtin_pwd(int argc, char **argv)
{
    char cwd[PATH_MAX];

    (void)argc, (void)argv;
    if (!getcwd(cwd, sizeof(cwd))) {
        complain("pwd: %s", strerror(errno));
        return 1;
    }
    puts(cwd);
    return 0;
}

static int builtin_exit(int argc, char **argv)
{
    fflush(stdout);
    if (interactive)
        edit_leave();
    exit(argc > 1 ? atoi(argv[1]) & 255 : last_status);
}

static int builtin_export(int argc, char **argv)
{
    if (argc == 1 || strcmp(argv[1], "-p") == 0)
        var_print(true);
    for (int i = 1; i < argc && argv[i][0] != '-'; i++) {
        size_t n = name_length(argv[i]);
        char *name = memory_strndup(argv[i], n);
        if (n == 0 || (argv[i][n] && argv[i][n] != '=')) {
            complain("export: %s is not a name", argv[i]);
            return 1;
        }
        if (argv[i][n])
            var_set(name, argv[i] + n + 1);
        var_export(name);
    }
    return 0;
}

static int builtin_unset(int argc, char **argv)
{
    bool function = argc > 1 && strcmp(argv[1], "-f") == 0;

    for (int i = 1 + (argc > 1 && argv[1][0] == '-'); i < argc; i++)
        if (function)
            function_unset(argv[i]);
        else
            var_unset(argv[i]);
    return 0;
}

/* New $1...: copied, since the words that they came from are freed. */
static void set_positional(int count, char **words)
{
    positional = calloc((size_t)count + 1, sizeof(char *));
    if (!positional)
        abort();
    for (int i = 0; i < count; i++)
        positional[i] = strdup(words[i]);
    positional_count = count;
}

static int builtin_set(int argc, char **argv)
{
    int i = 1;

    if (argc == 1)
        var_print(false);
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            set_positional(argc - i - 1, argv + i + 1);
            return 0;
        }
        for (const char *c = argv[i] + 1; *c; c++)
            if (*c == 'e')
                option_e = argv[i][0] == '-';
            else if (*c == 'x')
                option_x = argv[i][0] == '-';
            else {
                complain("set: no option %c", *c);
                return 2;
            }
    }
    if (i < argc)
        set_positional(argc - i, argv + i);
    return 0;
}

static int builtin_shift(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1;

    if (n < 0 || n > positional_count)
        return 1;
    positional += n;
    positional_count -= n;
    return 0;
}

/* break and continue. */
static int builtin_break(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1;

    if (loop_depth == 0)
        return 0;
    leave_loops = n < 1 ? 1 : n > loop_depth ? loop_depth : n;
    continuing = argv[0][0] == 'c';
    return 0;
}

static int builtin_return(int argc, char **argv)
{
    returning = true;
    return argc > 1 ? atoi(argv[1]) & 255 : last_status;
}

static int builtin_eval(int argc, char **argv)
{
    size_t size = 1;

    for (int i = 1; i < argc; i++)
        size += strlen(argv[i]) + 1;
    char *text = memory_alloc(size);
    for (int i = 1; i < argc; i++) {
        strcat(text, argv[i]);
        strcat(text, i + 1 < argc ? " " : "");
    }
    last_status = 0;
    return run_string(text);
}

/* . FILE: run its commands here. */
static int builtin_dot(int argc, char **argv)
{
    struct input in;
    int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0) {
        complain(".: %s: %s", argc > 1 ? argv[1] : "which file?", argc > 1 ? strerror(errno) : "");
        return 1;
    }
    input_from_fd(&in, fd);
    last_status = 0;
    run_input(&in);
    free(in.line);
    close(fd);
    returning = false;
    return last_status;
}

/* Without a command, only its redirections count: run_inside leaves them in place. */
static int builtin_exec(int argc, char **argv)
{
    if (argc == 1)
        return 0;
    if (interactive)
        edit_leave();
    find_and_exec(argv + 1);
}

/* One line, a byte at a time, since what follows belongs to others. -r: backslashes mean nothing.
 */
static bool read_line(char *line, size_t size, bool raw)
{
    size_t n = 0;
    char c;

    while (read(0, &c, 1) == 1) {
        if (c == '\n') {
            line[n] = '\0';
            return true;
        }
        if (c == '\\' && !raw) {
            if (read(0, &c, 1) != 1)
                break;
            if (c == '\n')
                continue;
        }
        if (n + 1 < size)
            line[n++] = c;
    }
    line[n] = '\0';
    return false;
}

/* read [-r] [-p PROMPT] NAME...: the line's fields; the last name gets the rest. */
static int builtin_read(int argc, char **argv)
{
    static char line[16384];
    static char *reply[] = {"REPLY", NULL};
    const char *ifs = var_get("IFS") ? var_get("IFS") : " \t\n";
    bool raw = false;
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        raw |= strcmp(argv[i], "-r") == 0;
        if (strcmp(argv[i], "-p") == 0 && i + 1 < argc)
            fprintf(stderr, "%s", argv[++i]);
    }
    fflush(stdout);
    if (interactive)
        edit_leave();
    bool complete_line = read_line(line, sizeof(line), raw);
    char *s = line;
    for (char **name = i < argc ? argv + i : reply; *name; name++) {
        while (*s && isspace(*s) && strchr(ifs, *s))
            s++;
        size_t len = name[1] ? strcspn(s, ifs) : strlen(s);
        size_t shown = len;
        while (!name[1] && shown > 0 && isspace(s[shown - 1]) && strchr(ifs, s[shown - 1]))
            shown--;
        var_set(*name, memory_strndup(s, shown));
        s += len;
        s += *s != '\0';
    }
    return !complete_line;
}

static int builtin_type(int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc; i++) {
        const char *path = var_get("PATH") ? var_get("PATH") : "/bin";
        bool found = function_get(argv[i]) || builtin_find(argv[i]);
        if (found)
            printf("%s is a %s\n", argv[i], function_get(argv[i]) ? "function" : "builtin");
        while (!found && *path) {
            char name[PATH_MAX];
            size_t n = strcspn(path, ":");
            snprintf(name, sizeof(name), "%.*s/%s", (int)n, path, argv[i]);
            found = access(name, X_OK) == 0;
            if (found)
                printf("%s is %s\n", argv[i], name);
            path += n + (path[n] == ':');
        }
        if (!found) {
            complain("%s: not found", argv[i]);
            status = 1;
        }
    }
    return status;
}

static int builtin_umask(int argc, char **argv)
{
    mode_t mask = umask(0);

    umask(argc > 1 ? (mode_t)strtoul(argv[1], NULL, 8) : mask);
    if (argc == 1)
        printf("%04o\n", mask);
    return 0;
}

static const struct {
    const char *name;
    builtin_fn fn;
} builtins[] = {
    {".", builtin_dot},          {":", builtin_true},        {"[", builtin_test},
    {"bg", builtin_fg},          {"break", builtin_break},   {"cd", builtin_cd},
    {"continue", builtin_break}, {"eval", builtin_eval},     {"exec", builtin_exec},
    {"exit", builtin_exit},      {"export", builtin_export}, {"false", builtin_true},
    {"fg", builtin_fg},          {"help", builtin_help},     {"history", builtin_history},
    {"jobs", builtin_jobs},      {"kill", builtin_kill},     {"pwd", builtin_pwd},
    {"read", builtin_read},      {"return", builtin_return}, {"set", builtin_set},
    {"shift", builtin_shift},    {"source", builtin_dot},    {"test", builtin_test},
    {"true", builtin_true},      {"type", builtin_type},     {"umask", builtin_umask},
    {"unset", builtin_unset},    {"wait", builtin_wait},
};

builtin_fn builtin_find(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
        if (strcmp(builtins[i].name, name) == 0)
            return builtins[i].fn;
    return NULL;
}

const char *builtin_name(int i)
{
    return (size_t)i < sizeof(builtins) / sizeof(builtins[0]) ? builtins[i].name : NULL;
}
