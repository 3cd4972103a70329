/* The environment: the array that execve left on the stack, replaced by one on the heap at the
 * first change. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **heap_environ; /* what we allocated, if environ is ours */

/* The slot of `name`, or of the final NULL. */
static char **find(const char *name, size_t len)
{
    char **p = environ;

    while (*p && !(strncmp(*p, name, len) == 0 && (*p)[len] == '='))
        p++;
    return p;
}

char *getenv(const char *name)
{
    size_t len = strlen(name);
    char **p = find(name, len);

    return *p ? *p + len + 1 : NULL;
}

/* Make environ an array of ours with room for one more entry. */
static bool grow(void)
{
    size_t count = 0;

    while (environ[count])
        count++;
    char **bigger = malloc((count + 2) * sizeof(*bigger));
    if (!bigger)
        return false;
    memcpy(bigger, environ, (count + 1) * sizeof(*bigger));
    free(heap_environ);
    environ = heap_environ = bigger;
    return true;
}

/* The strings that earlier calls allocated are not freed: the program may still hold them from
 * getenv. */
int setenv(const char *name, const char *value, int overwrite)
{
    size_t len = strlen(name);

    if (len == 0 || strchr(name, '=')) {
        errno = EINVAL;
        return -1;
    }
    if (*find(name, len) && !overwrite)
        return 0;
    char *entry = malloc(len + strlen(value) + 2);
    if (!entry || (!*find(name, len) && !grow())) {
        free(entry);
        return -1;
    }
    strcpy(entry, name);
    entry[len] = '=';
    strcpy(entry + len + 1, value);
    char **slot = find(name, len);
    if (!*slot)
        slot[1] = NULL;
    *slot = entry;
    return 0;
}

int putenv(char *string)
{
    char *eq = strchr(string, '=');

    if (!eq)
        return unsetenv(string);
    char *name = strndup(string, (size_t)(eq - string));
    int result = name ? setenv(name, eq + 1, 1) : -1;
    free(name);
    return result;
}

int unsetenv(const char *name)
{
    char **p = find(name, strlen(name));

    for (; *p; p++)
        *p = p[1];
    return 0;
}

int clearenv(void)
{
    *environ = NULL;
    return 0;
}
