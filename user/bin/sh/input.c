/* Where commands come from, line by line. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "jobs.h"

/* A byte at a time: what follows this line belongs to the commands in it, if they read the same
 * descriptor. */
static char *line_from_fd(struct input *in, bool continued)
{
    char *line = NULL;
    size_t n = 0, room = 0;
    char c = 0;

    (void)continued;
    while (c != '\n' && read(in->fd, &c, 1) == 1) {
        if (n + 2 > room && !(line = realloc(line, room = room * 2 + 128)))
            return NULL;
        if (c != '\0')
            line[n++] = c;
    }
    if (line)
        line[n] = '\0';
    return line;
}

void input_from_fd(struct input *in, int fd)
{
    *in = (struct input){.next_line = line_from_fd, .fd = fd};
}

static char *line_from_string(struct input *in, bool continued)
{
    (void)continued;
    if (!*in->string)
        return NULL;
    size_t len = strcspn(in->string, "\n");
    char *line = strndup(in->string, len + (in->string[len] == '\n'));
    in->string += strlen(line);
    return line;
}

void input_from_string(struct input *in, const char *text)
{
    *in = (struct input){.next_line = line_from_string, .string = text};
}

/* The prompt with \w (the folder), \u, \h, \$, \e and \n filled in. */
static void make_prompt(const char *format, char *out, size_t size)
{
    char cwd[512], host[65] = "";
    const char *home = var_get("HOME");
    size_t home_len = home && strcmp(home, "/") != 0 ? strlen(home) : 0;

    if (!getcwd(cwd, sizeof(cwd)))
        strcpy(cwd, "?");
    bool in_home = home_len && strncmp(cwd, home, home_len) == 0 && strchr("/", cwd[home_len]);
    gethostname(host, sizeof(host));
    *out = '\0';
    for (; *format; format++) {
        char one[2] = {*format};
        if (*format != '\\' || !format[1]) {
            strlcat(out, one, size);
            continue;
        }
        switch (*++format) {
        case 'w':
            strlcat(out, in_home ? "~" : "", size);
            strlcat(out, in_home ? cwd + home_len : cwd, size);
            break;
        case 'h':
            strlcat(out, host, size);
            break;
        case 'u':
            strlcat(out, getuid() == 0 ? "root" : "user", size);
            break;
        case '$':
            strlcat(out, getuid() == 0 ? "#" : "$", size);
            break;
        case 'e':
            strlcat(out, "\033", size);
            break;
        case 'n':
            strlcat(out, "\n", size);
            break;
        }
    }
}

static char *line_from_terminal(struct input *in, bool continued)
{
    char prompt[1024];
    const char *format = var_get(continued ? "PS2" : "PS1");

    jobs_update(true);
    make_prompt(format ? format : "\\$ ", prompt, sizeof(prompt));
    interrupted = false;
    char *line = edit_line(prompt);
    if (interrupted)
        last_status = 128 + SIGINT;
    in->cut_short = continued && (interrupted || !line);
    if (in->cut_short) {
        if (!line)
            putchar('\n');
        free(line);
        return NULL;
    }
    if (line && *line)
        history_add(line);
    char *with_newline = line ? realloc(line, strlen(line) + 2) : NULL;
    return with_newline ? strcat(with_newline, "\n") : NULL;
}

void input_from_terminal(struct input *in)
{
    *in = (struct input){.next_line = line_from_terminal};
}
