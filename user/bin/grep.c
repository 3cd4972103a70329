/* grep [-ivnclqhHrEFwxos] [-e PATTERN] PATTERN [FILE...]: the lines that match a regular
 * expression. */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util.h>

static bool flag[128];
static regex_t re;
static bool show_name, found, failed;

static bool is_word(int c)
{
    return isalnum(c) || c == '_';
}

/* The first match in `line` from `start` on; -w wants no word character around it, -x the whole
 * line. */
static bool find(const char *line, long start, regmatch_t *m)
{
    for (;; start++) {
        if (regexec(&re, line + start, 1, m, start ? REG_NOTBOL : 0) != 0)
            return false;
        m->rm_so += start;
        m->rm_eo += start;
        bool word = (m->rm_so == 0 || !is_word(line[m->rm_so - 1])) && !is_word(line[m->rm_eo]);
        if ((!flag['w'] || word) && (!flag['x'] || (m->rm_so == 0 && !line[m->rm_eo])))
            return true;
        start = m->rm_so;
        if (!line[start])
            return false;
    }
}

static void print_line(const char *name, long number, const char *line, regmatch_t m)
{
    do {
        if (show_name)
            printf("%s:", name);
        if (flag['n'])
            printf("%ld:", number);
        if (flag['o'])
            printf("%.*s\n", (int)(m.rm_eo - m.rm_so), line + m.rm_so);
        else
            puts(line);
    } while (flag['o'] && m.rm_eo > m.rm_so && find(line, m.rm_eo, &m));
}

static void search(FILE *f, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    long number = 0, matches = 0;

    for (ssize_t n; (n = getline(&line, &room, f)) > 0;) {
        regmatch_t m = {0};
        number++;
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        if (find(line, 0, &m) == flag['v'])
            continue;
        found = true;
        matches++;
        if (flag['q'] || flag['l'])
            break;
        if (!flag['c'] && !(flag['o'] && flag['v']))
            print_line(name, number, line, m);
    }
    if (flag['l'] && matches)
        puts(name);
    if (flag['c'] && show_name)
        printf("%s:", name);
    if (flag['c'])
        printf("%ld\n", matches);
    free(line);
}

static void search_path(const char *path)
{
    struct stat st;
    DIR *dir = flag['r'] && stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(path) : NULL;

    for (struct dirent *e; dir && (e = readdir(dir));) {
        char name[4096];
        snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        bool regular = lstat(name, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
        if (regular && !is_dots(e->d_name))
            search_path(name);
    }
    if (dir) {
        closedir(dir);
        return;
    }
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!f) {
        failed = true;
        if (!flag['s'])
            warn("%s", path);
        return;
    }
    search(f, f == stdin ? "(standard input)" : path);
    if (f != stdin)
        fclose(f);
}

/* -F: the pattern with a backslash before everything that means something. */
static char *quote(const char *s)
{
    char *quoted = malloc(2 * strlen(s) + 1), *to = quoted;

    if (!quoted)
        err(2, "grep");
    for (; *s; *to++ = *s++)
        if (strchr(".*^$[\\", *s))
            *to++ = '\\';
    *to = '\0';
    return quoted;
}

int main(int argc, char **argv)
{
    char *pattern = NULL, *input[] = {"-", NULL}, *here[] = {".", NULL};

    for (int c; (c = getopt(argc, argv, "ivnclqhHrREFwxose:")) != -1; flag[c] = true) {
        if (c == '?')
            return 2;
        if (c == 'e')
            pattern = optarg;
    }
    flag['r'] |= flag['R'];
    if (!pattern)
        pattern = optind < argc ? argv[optind++] : NULL;
    if (!pattern)
        errx(2, "usage: grep [-ivnclqhHrEFwxos] PATTERN [FILE...]");
    int how = (flag['E'] ? REG_EXTENDED : 0) | (flag['i'] ? REG_ICASE : 0);
    char *quoted = flag['F'] ? quote(pattern) : NULL;
    if (regcomp(&re, quoted ? quoted : pattern, quoted ? how & REG_ICASE : how) != 0)
        errx(2, "%s: not a regular expression", pattern);
    free(quoted);
    show_name = !flag['h'] && (flag['H'] || flag['r'] || argc - optind > 1);
    for (char **p = optind < argc ? argv + optind : flag['r'] ? here : input; *p; p++)
        search_path(*p);
    return failed && !found ? 2 : !found;
}
