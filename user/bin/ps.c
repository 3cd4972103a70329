/* ps [-ef] [-l] [-p PID]: the processes. -l adds state, priority and sizes in full; -f the whole
 * command line. */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <util.h>

/* The command line, its NULs as blanks; the name in brackets where there is none (a kernel thread,
 * a zombie). */
static void command_line(const struct proc_stat *p, char *text, size_t size)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/%d/cmdline", p->pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0) {
        snprintf(text, size, "[%s]", p->comm);
        return;
    }
    text[n] = '\0';
    for (ssize_t i = 0; i < n - 1; i++)
        if (text[i] == '\0')
            text[i] = ' ';
}

static const char *tty_name(int tty, char text[16])
{
    unsigned int major = DEV_MAJOR((unsigned long)tty), minor = DEV_MINOR((unsigned long)tty);

    if (tty == 0)
        return "?";
    if (major == 136)
        snprintf(text, 16, "pts/%u", minor);
    else if (major == 4)
        snprintf(text, 16, minor < 64 ? "tty%u" : "ttyS%u", minor < 64 ? minor : minor - 64);
    else if (major == 5)
        return "console";
    else
        snprintf(text, 16, "%u:%u", major, minor);
    return text;
}

int main(int argc, char **argv)
{
    struct proc_stat *list;
    bool full = false, long_form = false;
    pid_t only = 0;

    for (int c; (c = getopt(argc, argv, "eAaflp:")) != -1;) {
        if (c == '?')
            return 2;
        full |= c == 'f';
        long_form |= c == 'l';
        if (c == 'p')
            only = atoi(optarg);
    }
    int count = proc_list(&list);
    if (count < 0)
        err(1, "/proc");
    printf("%5s %5s %5s%s S %-7s %6s %7s COMMAND\n", "PID", "PPID", "PGRP",
           long_form ? "   SID THR      VSZ" : "", "TTY", "RSS", "TIME");
    for (int i = 0; i < count; i++) {
        struct proc_stat *p = &list[i];
        char tty[16], rss[16], vsize[16], command[4096];
        if (only && p->pid != only)
            continue;
        unsigned long ticks = p->utime + p->stime;
        printf("%5d %5d %5d ", p->pid, p->ppid, p->pgrp);
        if (long_form)
            printf("%5d %3ld %8s ", p->session, p->threads, human_size(p->vsize, vsize));
        if (full || long_form)
            command_line(p, command, sizeof(command));
        else
            strlcpy(command, p->comm, sizeof(command));
        printf("%c %-7s %6s %4lu.%02lu %s\n", p->state, tty_name(p->tty, tty),
               human_size((uint64_t)p->rss * 4096, rss), ticks / 100, ticks % 100, command);
    }
    return 0;
}
