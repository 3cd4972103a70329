/* chmod [-R] MODE FILE...: change permissions. MODE is octal, or like u+x,go-w,a=r. */
#include <dirent.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util.h>

static const char *mode_text;
static bool recursive, failed;

/* One clause of a symbolic mode, such as "go-w"; returns where the next one starts. */
static const char *apply_clause(const char *s, mode_t *mode, mode_t mask)
{
    mode_t who = 0, what = 0;

    for (; *s && strchr("ugoa", *s); s++)
        who |= *s == 'u' ? 04700 : *s == 'g' ? 02070 : *s == 'o' ? 01007 : 07777;
    if (!who)
        who = 07777 & ~mask;
    char op = *s;
    if (!op || !strchr("+-=", op))
        errx(2, "%s is not a mode", mode_text);
    for (s++; *s && *s != ','; s++) {
        bool any_x = S_ISDIR(*mode) || (*mode & 0111);
        what |= *s == 'r'   ? 0444
                : *s == 'w' ? 0222
                : *s == 'x' ? 0111
                : *s == 's' ? 06000
                : *s == 't' ? 01000
                            : 0;
        if (*s == 'X' && any_x)
            what |= 0111;
        if (!strchr("rwxXst", *s))
            errx(2, "%s is not a mode", mode_text);
    }
    if (op == '=')
        *mode &= ~(who & 07777);
    *mode = op == '-' ? *mode & ~(who & what) : *mode | (who & what);
    return *s ? s + 1 : s;
}

static mode_t new_mode(mode_t old)
{
    char *end;
    unsigned long octal = strtoul(mode_text, &end, 8);
    mode_t mode = old, mask = umask(0);

    umask(mask);
    if (!*end && *mode_text)
        return (mode_t)octal;
    for (const char *s = mode_text; *s;)
        s = apply_clause(s, &mode, mask);
    return mode & 07777;
}

static void change(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0 || chmod(path, new_mode(st.st_mode)) < 0) {
        warn("%s", path);
        failed = true;
        return;
    }
    DIR *dir = recursive && S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char name[4096];
        snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        if (!is_dots(e->d_name) && e->d_type != DT_LNK)
            change(name);
    }
    if (dir)
        closedir(dir);
}

int main(int argc, char **argv)
{
    int i = 1; /* no getopt: "-w" is a mode */

    if (i < argc && strcmp(argv[i], "-R") == 0) {
        recursive = true;
        i++;
    }
    if (argc - i < 2)
        errx(2, "usage: chmod [-R] MODE FILE...");
    mode_text = argv[i++];
    for (; i < argc; i++)
        change(argv[i]);
    return failed;
}
