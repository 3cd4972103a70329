/* The tab key: what the word before the cursor may become. The first word of a command is a program
 * or builtin, any other (and one with a slash) a file. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs.h"
#include "sh.h"

struct candidates {
    char **names;
    int count;
};

static void add(struct candidates *c, const char *name, const char *suffix)
{
    size_t size = strlen(name) + strlen(suffix) + 1;
    char **bigger = reallocarray(c->names, (size_t)c->count + 1, sizeof(char *));
    char *copy = malloc(size);

    if (!bigger || !copy)
        abort();
    snprintf(copy, size, "%s%s", name, suffix);
    bigger[c->count++] = copy;
    c->names = bigger;
}

/* Names in `folder` that start with `prefix`; programs only, or all, folders with a slash behind.
 */
static void add_files(struct candidates *c, const char *folder, const char *prefix, bool programs)
{
    DIR *dir = opendir(folder);

    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[PATH_MAX];
        struct stat st;
        if (strncmp(e->d_name, prefix, strlen(prefix)) != 0 ||
            (e->d_name[0] == '.' && prefix[0] != '.'))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        bool is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
        if (!programs || (!is_dir && access(path, X_OK) == 0))
            add(c, e->d_name, is_dir ? "/" : "");
    }
    if (dir)
        closedir(dir);
}

static void add_commands(struct candidates *c, const char *prefix)
{
    const char *path = var_get("PATH") ? var_get("PATH") : "/bin";

    for (int i = 0; builtin_name(i); i++)
        if (strncmp(builtin_name(i), prefix, strlen(prefix)) == 0)
            add(c, builtin_name(i), "");
    while (*path) {
        char folder[PATH_MAX];
        size_t n = strcspn(path, ":");
        snprintf(folder, sizeof(folder), "%.*s", (int)n, path);
        add_files(c, folder, prefix, true);
        path += n + (path[n] == ':');
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sort, and drop what is there twice: a builtin that is also a program. */
static void tidy(struct candidates *c)
{
    int kept = 0;

    if (c->count > 1)
        qsort(c->names, (size_t)c->count, sizeof(char *), compare);
    for (int i = 0; i < c->count; i++) {
        if (kept > 0 && strcmp(c->names[kept - 1], c->names[i]) == 0)
            free(c->names[i]);
        else
            c->names[kept++] = c->names[i];
    }
    c->count = kept;
}

int complete(const char *line, size_t pos, char ***matches)
{
    struct candidates c = {0};
    size_t start = pos;
    char word[PATH_MAX];

    while (start > 0 && line[start - 1] != ' ')
        start--;
    snprintf(word, sizeof(word), "%.*s", (int)(pos - start), line + start);
    size_t before = start;
    while (before > 0 && line[before - 1] == ' ')
        before--;
    bool command = before == 0 || strchr("|;&(", line[before - 1]);
    char *slash = strrchr(word, '/');
    if (slash) {
        *slash = '\0';
        add_files(&c, *word ? word : "/", slash + 1, false);
    } else if (command) {
        add_commands(&c, word);
    } else {
        add_files(&c, ".", word, false);
    }
    tidy(&c);
    *matches = c.names;
    return c.count;
}
