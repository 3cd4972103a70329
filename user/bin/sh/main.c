/* sh [-c COMMAND | SCRIPT] [ARGUMENTS...]: the shell. Without a script it reads standard input; if
 * that is a terminal, it edits lines and controls jobs. Options -e (end at the first failure), -x
 * (show commands), -i (be interactive). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "jobs.h"

void complain(const char *fmt, ...)
{
    char text[512];
    va_list ap;

    edit_newline();
    fflush(stdout);
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    dprintf(2, "sh: %s\n", text);
}

static void import_environment(void)
{
    for (char **e = environ; *e; e++) {
        size_t n = name_length(*e);
        if (n == 0 || (*e)[n] != '=')
            continue;
        char *name = strndup(*e, n);
        var_set(name, *e + n + 1);
        var_export(name);
        free(name);
    }
}

static void set_default(const char *name, const char *value, bool export)
{
    if (!var_get(name))
        var_set(name, value);
    if (export)
        var_export(name);
}

static void run_file(const char *path)
{
    struct input in;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    input_from_fd(&in, fd);
    run_input(&in);
    free(in.line);
    close(fd);
}

static int run_interactive(void)
{
    struct input in;

    jobs_init();
    set_default("PS1", "\\e[1;32mlucid\\e[0m:\\e[1;34m\\w\\e[0m\\$ ", false);
    set_default("PS2", "> ", false);
    run_file("/etc/profile");
    input_from_terminal(&in);
    while (!in.at_end) {
        run_input(&in);
        returning = false; /* `return` outside a function */
        in.at_end &= !in.cut_short;
    }
    puts("exit");
    return last_status;
}

static int run_script(const char *path)
{
    struct input in;
    int fd = path ? open(path, O_RDONLY) : 0;

    if (fd < 0) {
        complain("%s: %s", path, strerror(errno));
        return 127;
    }
    if (path) { /* out of the way of redirections, and of the programs that it runs */
        int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
        close(fd);
        fd = high;
    }
    input_from_fd(&in, fd);
    return run_input(&in);
}

int main(int argc, char **argv)
{
    char *command = NULL, cwd[PATH_MAX];
    bool force_interactive = false;

    for (int c; (c = getopt(argc, argv, "+c:eixl")) != -1;) {
        if (c == '?')
            return 2;
        option_e |= c == 'e';
        option_x |= c == 'x';
        force_interactive |= c == 'i';
        if (c == 'c')
            command = optarg;
    }
    shell_pid = getpid();
    shell_name = argv[0];
    import_environment();
    set_default("PATH", "/bin", true);
    set_default("HOME", "/", true);
    if (getcwd(cwd, sizeof(cwd)))
        var_set("PWD", cwd);
    if (optind < argc)
        shell_name = argv[optind++]; /* the script, or $0 for -c */
    positional = argv + (optind < argc ? optind : argc);
    positional_count = optind < argc ? argc - optind : 0;
    if (command)
        return run_string(command);
    if (shell_name != argv[0])
        return run_script(shell_name);
    interactive = force_interactive || (isatty(0) && isatty(2));
    return interactive && isatty(0) ? run_interactive() : run_script(NULL);
}
