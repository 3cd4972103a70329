/* Small things that several programs need: text for modes and sizes, and what /proc says. */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util.h>

void strmode(mode_t mode, char text[11])
{
    static const char types[] = "?pc?d?b?-?l?s???"; /* by the four highest bits */

    text[0] = types[mode >> 12 & 15];
    for (int i = 0; i < 9; i++)
        text[1 + i] = mode >> (8 - i) & 1 ? "rwxrwxrwx"[i] : '-';
    if (mode & S_ISUID)
        text[3] = text[3] == 'x' ? 's' : 'S';
    if (mode & S_ISGID)
        text[6] = text[6] == 'x' ? 's' : 'S';
    if (mode & S_ISVTX)
        text[9] = text[9] == 'x' ? 't' : 'T';
    text[10] = '\0';
}

const char *human_size(uint64_t bytes, char text[16])
{
    uint64_t tenths = bytes * 10;
    int unit = 0;

    for (; tenths >= 10240; tenths = (tenths + 512) / 1024)
        unit++;
    if (unit == 0)
        snprintf(text, 16, "%lu", bytes);
    else if (tenths < 100)
        snprintf(text, 16, "%lu.%lu%c", tenths / 10, tenths % 10, " KMGTPE"[unit]);
    else
        snprintf(text, 16, "%lu%c", (tenths + 5) / 10, " KMGTPE"[unit]);
    return text;
}

long proc_value(const char *path, const char *name)
{
    char line[256];
    long value = -1;
    size_t len = strlen(name);
    FILE *f = fopen(path, "r");

    while (f && value < 0 && fgets(line, sizeof(line), f))
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            value = strtol(line + len + 1, NULL, 10);
    if (f)
        fclose(f);
    return value;
}

/* The name stands in parentheses and may contain anything, parentheses too: the last ')' ends it.
 */
bool proc_read(pid_t pid, struct proc_stat *ps)
{
    char path[32], line[1024];

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    size_t n = fread(line, 1, sizeof(line) - 1, f);
    fclose(f);
    line[n] = '\0';
    char *open = strchr(line, '('), *close = strrchr(line, ')');
    if (!open || !close)
        return false;
    *close = '\0';
    ps->pid = pid;
    strlcpy(ps->comm, open + 1, sizeof(ps->comm));
    return sscanf(
               close + 1,
               " %c %d %d %d %d %d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %ld %*d %lu %lu %ld",
               &ps->state, &ps->ppid, &ps->pgrp, &ps->session, &ps->tty, &ps->tpgid, &ps->utime,
               &ps->stime, &ps->threads, &ps->start, &ps->vsize, &ps->rss) == 12;
}

static int by_pid(const void *a, const void *b)
{
    return ((const struct proc_stat *)a)->pid - ((const struct proc_stat *)b)->pid;
}

int proc_list(struct proc_stat **list)
{
    int count = 0;
    DIR *dir = opendir("/proc");

    *list = NULL;
    if (!dir)
        return -1;
    for (struct dirent *e; (e = readdir(dir));) {
        if (!isdigit(e->d_name[0]))
            continue;
        struct proc_stat *bigger = reallocarray(*list, (size_t)count + 1, sizeof(**list));
        if (!bigger)
            break;
        *list = bigger;
        count += proc_read(atoi(e->d_name), &bigger[count]); /* it may have ended meanwhile */
    }
    closedir(dir);
    qsort(*list, (size_t)count, sizeof(**list), by_pid);
    return count;
}

bool write_all(int fd, const void *buf, size_t len)
{
    const char *p = buf;

    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return true;
}

bool copy_fd(int from, int to)
{
    static char buf[65536];
    ssize_t n;

    while ((n = read(from, buf, sizeof(buf))) > 0)
        if (!write_all(to, buf, (size_t)n))
            return false;
    return n == 0;
}

bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool confirm(const char *question, const char *name)
{
    char answer[16] = "";

    fprintf(stderr, "%s: %s %s? ", program_invocation_short_name, question, name);
    return fgets(answer, sizeof(answer), stdin) && tolower(*answer) == 'y';
}

char *target_path(const char *source, const char *target, bool into, char *path, size_t size)
{
    char name[PATH_MAX];

    strlcpy(name, source, sizeof(name)); /* basename may cut off slashes */
    snprintf(path, size, into ? "%s/%s" : "%s", target, basename(name));
    return path;
}
