/* Small things that several programs need and POSIX has no function for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* "-rw-r--r--" for a file's mode. */
void strmode(mode_t mode, char text[11]);

/* "1.5M" for a number of bytes; below 1024 the number itself. */
const char *human_size(uint64_t bytes, char text[16]);

/* A value in a file of lines "name: value ..." such as /proc/meminfo; -1 where there is none. */
long proc_value(const char *path, const char *name);

/* What /proc/PID/stat tells about a process. Times in ticks of 1/100 s. */
struct proc_stat {
    pid_t pid, ppid, pgrp, session, tpgid;
    int tty;
    char comm[64];
    char state;
    unsigned long utime, stime, start, vsize;
    long rss, threads; /* rss in pages */
};

/* All processes, by ascending pid; the array is to be freed. -1 with errno. */
int proc_list(struct proc_stat **list);
bool proc_read(pid_t pid, struct proc_stat *ps);

/* Write all of buf; false on an error. */
bool write_all(int fd, const void *buf, size_t len);

/* Copy the rest of one descriptor to another; false with errno on an error. */
bool copy_fd(int from, int to);

/* "INT" for SIGINT, NULL for an unknown number; and back, with or without "SIG", or from a number;
 * -1 for an unknown one. */
const char *sig_name(int sig);
int sig_number(const char *name);

/* Where cp, mv and ln put `source`: at target itself or, if that is a folder to put it into, at a
 * name in it. Written to path, cut to size; returns path. */
char *target_path(const char *source, const char *target, bool into, char *path, size_t size);

/* "." or ".." */
bool is_dots(const char *name);

/* Ask "PROGRAM: `question` `name`? " on stderr; true for an answer that begins with y. */
bool confirm(const char *question, const char *name);
