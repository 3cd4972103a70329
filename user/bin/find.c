/* find [PATH...] [-name PATTERN] [-iname PATTERN] [-path PATTERN] [-type X] [-size [+-]N[ck]]
 * [-maxdepth N] [-mindepth N] [!]
 * [-print] [-exec COMMAND {} ;] [-delete]: walk folders; all tests must hold. */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <util.h>

static char **terms; /* the expression: argv behind the paths */
static int status;
static long max_depth = 1000, min_depth;

/* Run the command behind -exec with {} replaced; returns the term behind its ";". */
static char **execute(char **term, const char *path, bool run, bool *ok)
{
    char *argv[64];
    int n = 0, result;

    for (; *term && strcmp(*term, ";") != 0 && n < 63; term++)
        argv[n++] = strcmp(*term, "{}") == 0 ? (char *)path : *term;
    argv[n] = NULL;
    if (!*term)
        errx(2, "-exec wants a ';' at its end");
    if (!run)
        return term;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[0], argv);
        err(127, "%s", argv[0]);
    }
    *ok = child > 0 && waitpid(child, &result, 0) > 0 && result == 0;
    return term;
}

static bool size_matches(const char *want, off_t size)
{
    long unit = strchr(want, 'c') ? 1 : strchr(want, 'k') ? 1024 : 512;
    long n = labs(atol(want)), have = (size + unit - 1) / unit;

    return *want == '+' ? have > n : *want == '-' ? have < n : have == n;
}

static bool test(const char *name, const char *value, const char *path, const struct stat *st)
{
    const char *base = strrchr(path, '/') && strrchr(path, '/')[1] ? strrchr(path, '/') + 1 : path;
    char low_base[256], low_value[256];

    if (strcmp(name, "-name") == 0)
        return fnmatch(value, base, 0) == 0;
    if (strcmp(name, "-path") == 0)
        return fnmatch(value, path, 0) == 0;
    if (strcmp(name, "-iname") == 0) {
        for (size_t i = strlcpy(low_base, base, 256); i-- > 0;)
            low_base[i] = (char)tolower(low_base[i]);
        for (size_t i = strlcpy(low_value, value, 256); i-- > 0;)
            low_value[i] = (char)tolower(low_value[i]);
        return fnmatch(low_value, low_base, 0) == 0;
    }
    if (strcmp(name, "-type") == 0) {
        char mode[11];
        strmode(st->st_mode, mode);
        return *mode == *value || (*value == 'f' && *mode == '-');
    }
    if (strcmp(name, "-size") == 0)
        return size_matches(value, st->st_size);
    errx(2, "unknown test %s", name);
}

/* All terms from left to right while they hold; prints the path unless an action did something else
 * with it. */
static void evaluate(const char *path, const struct stat *st, bool count)
{
    bool holds = count, acted = false, negate = false;

    for (char **t = terms; *t; t++) {
        bool ok = true;
        if (strcmp(*t, "!") == 0) {
            negate = !negate;
            continue;
        }
        if (strcmp(*t, "-print") == 0) {
            acted = true;
            if (holds)
                puts(path);
        } else if (strcmp(*t, "-delete") == 0) {
            acted = true;
            if (holds && (S_ISDIR(st->st_mode) ? rmdir : unlink)(path) < 0)
                warn("%s", path);
        } else if (strcmp(*t, "-exec") == 0) {
            acted = true;
            t = execute(t + 1, path, holds, &ok);
        } else if (!t[1]) {
            errx(2, "%s wants an argument", *t);
        } else if (strcmp(*t, "-maxdepth") == 0 || strcmp(*t, "-mindepth") == 0) {
            t++;
        } else {
            ok = test(t[0], t[1], path, st);
            t++;
        }
        holds &= ok != negate;
        negate = false;
    }
    if (holds && !acted)
        puts(path);
}

static void walk(const char *path, long depth, bool contents_first)
{
    struct stat st;

    if (lstat(path, &st) < 0) {
        warn("%s", path);
        status = 1;
        return;
    }
    if (!contents_first)
        evaluate(path, &st, depth >= min_depth);
    DIR *dir = S_ISDIR(st.st_mode) && depth < max_depth ? opendir(path) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char name[4096];
        if (is_dots(e->d_name))
            continue;
        snprintf(name, sizeof(name), "%s%s%s", path, strcmp(path, "/") == 0 ? "" : "/", e->d_name);
        walk(name, depth + 1, contents_first);
    }
    if (dir)
        closedir(dir);
    if (contents_first)
        evaluate(path, &st, depth >= min_depth);
}

int main(int argc, char **argv)
{
    bool delete = false;
    int first = 1;

    while (first < argc && argv[first][0] != '-' && strcmp(argv[first], "!") != 0)
        first++;
    terms = argv + first;
    for (char **t = terms; *t; t++) {
        delete |= strcmp(*t, "-delete") == 0;
        if (t[1] && strcmp(*t, "-maxdepth") == 0)
            max_depth = atol(t[1]);
        if (t[1] && strcmp(*t, "-mindepth") == 0)
            min_depth = atol(t[1]);
    }
    if (first == 1)
        walk(".", 0, delete);
    for (int i = 1; i < first; i++)
        walk(argv[i], 0, delete);
    return status;
}
