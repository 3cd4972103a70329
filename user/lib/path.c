/* Path names: their parts, their real form, temporary ones. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Cut the slashes at the end off, but leave the root. */
static void strip_slashes(char *path)
{
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
}

char *basename(char *path)
{
    if (!path || !*path)
        return ".";
    strip_slashes(path);
    char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

char *dirname(char *path)
{
    if (!path || !*path)
        return ".";
    strip_slashes(path);
    char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    slash[slash == path] = '\0';
    strip_slashes(path);
    return path;
}

/* The kernel knows the real name of what it has open. */
char *realpath(const char *restrict path, char *restrict resolved)
{
    char link[40], name[PATH_MAX];
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, name, sizeof(name) - 1);
    close(fd);
    if (n < 0)
        return NULL;
    name[n] = '\0';
    return resolved ? strcpy(resolved, name) : strdup(name);
}

/* Replace the six X at the end of the template by letters and digits. */
static bool fill_template(char *template)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char random[6];
    size_t len = strlen(template);

    if (len < 6 || strcmp(template + len - 6, "XXXXXX") != 0) {
        errno = EINVAL;
        return false;
    }
    getrandom(random, sizeof(random), 0);
    for (int i = 0; i < 6; i++)
        template[len - 6 + (size_t)i] = letters[random[i] % 36];
    return true;
}

int mkstemp(char *template)
{
    return fill_template(template) ? open(template, O_RDWR | O_CREAT | O_EXCL, 0600) : -1;
}

char *mkdtemp(char *template)
{
    return fill_template(template) && mkdir(template, 0700) == 0 ? template : NULL;
}
