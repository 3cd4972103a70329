/* Files on tmpfs, and data through a pipe. Every file lies in /tmp, two components deep. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define FILE_BYTES (1L << 20)
#define PIPE_BYTES (1L << 16) /* what a pipe holds at least (pipe(7)) */

static const char path[] = "/tmp/bench-file";
static char block[PIPE_BYTES];

/* A file of `bytes`, open; its name is gone again at once unless it is to stay. */
static int new_file(long bytes)
{
    long fd = must(sys3(NR_open, (long)path, O_RDWR | O_CREAT | O_TRUNC, 0600), "open");
    for (long done = 0; done < bytes; done += PAGE)
        must(sys3(NR_write, fd, (long)block, PAGE), "write");
    return (int)fd;
}

static void remove_file(int fd)
{
    must(sys1(NR_close, fd), "close");
    must(sys1(NR_unlink, (long)path), "unlink");
}

static long open_close(long n)
{
    int file = new_file(PAGE);
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys1(NR_close, sys3(NR_open, (long)path, O_RDONLY, 0));
    long spent = ticks() - start;
    remove_file(file);
    return spent;
}

static long stat_path(long n)
{
    struct stat st;
    int file = new_file(PAGE);
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys2(NR_stat, (long)path, (long)&st);
    long spent = ticks() - start;
    remove_file(file);
    return spent;
}

static long stat_fd(long n)
{
    struct stat st;
    int file = new_file(PAGE);
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys2(NR_fstat, file, (long)&st);
    long spent = ticks() - start;
    remove_file(file);
    return spent;
}

static long create_unlink(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++) {
        sys1(NR_close, sys3(NR_open, (long)path, O_WRONLY | O_CREAT | O_EXCL, 0600));
        sys1(NR_unlink, (long)path);
    }
    return ticks() - start;
}

static long make_remove_dir(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++) {
        sys2(NR_mkdir, (long)path, 0700);
        sys1(NR_rmdir, (long)path);
    }
    return ticks() - start;
}

/* Read the beginning of a file, which is in memory. */
static long read_pieces(long n, long bytes)
{
    int file = new_file(PAGE);
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys6(NR_pread64, file, (long)block, bytes, 0, 0, 0);
    long spent = ticks() - start;
    remove_file(file);
    return spent;
}

static long read_1(long n)
{
    return read_pieces(n, 1);
}

static long read_4k(long n)
{
    return read_pieces(n, PAGE);
}

static long seek(long n)
{
    int file = new_file(PAGE);
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys3(NR_lseek, file, i, SEEK_SET);
    long spent = ticks() - start;
    remove_file(file);
    return spent;
}

/* Each write brings a page that the file did not have. */
static long write_4k(long n)
{
    int file = new_file(0);
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys3(NR_write, file, (long)block, PAGE);
    long spent = ticks() - start;
    remove_file(file);
    return spent;
}

static long rewrite_4k(long n)
{
    int file = new_file(FILE_BYTES);
    must(sys3(NR_lseek, file, 0, SEEK_SET), "lseek");
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys3(NR_write, file, (long)block, PAGE);
    long spent = ticks() - start;
    remove_file(file);
    return spent;
}

/* In and out again, by one process. */
static long pipe_pieces(long n, long bytes)
{
    int fds[2] = {0};
    must(sys1(NR_pipe, (long)fds), "pipe");
    long start = ticks();
    for (long i = 0; i < n; i++) {
        sys3(NR_write, fds[1], (long)block, bytes);
        sys3(NR_read, fds[0], (long)block, bytes);
    }
    long spent = ticks() - start;
    sys1(NR_close, fds[0]);
    sys1(NR_close, fds[1]);
    return spent;
}

static long pipe_1(long n)
{
    return pipe_pieces(n, 1);
}

static long pipe_64k(long n)
{
    return pipe_pieces(n, PIPE_BYTES);
}

static long dup_close(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++)
        sys1(NR_close, sys1(NR_dup, 1));
    return ticks() - start;
}

/* Names of a folder of 100 files. */
static long list_dir(long n)
{
    char name[64];
    must(sys2(NR_mkdir, (long)"/tmp/many", 0700), "mkdir");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "/tmp/many/file-%d", i);
        sys1(NR_close, must(sys3(NR_open, (long)name, O_CREAT | O_WRONLY, 0600), "open"));
    }
    long fd = must(sys3(NR_open, (long)"/tmp/many", O_RDONLY | O_DIRECTORY, 0), "open");
    long start = ticks();
    for (long i = 0; i < n; i++) {
        sys3(NR_lseek, fd, 0, SEEK_SET);
        while (sys3(NR_getdents64, fd, (long)block, sizeof(block)) > 0)
            ;
    }
    long spent = ticks() - start;
    sys1(NR_close, fd);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "/tmp/many/file-%d", i);
        sys1(NR_unlink, (long)name);
    }
    sys1(NR_rmdir, (long)"/tmp/many");
    return spent;
}

const struct bench file_benches[] = {
    {"open_close", open_close, 500},
    {"stat", stat_path, 500},
    {"fstat", stat_fd, 500},
    {"create_unlink", create_unlink, 200},
    {"mkdir_rmdir", make_remove_dir, 200},
    {"list_100_files", list_dir, 20},
    {"dup_close", dup_close, 500},
    {"lseek", seek, 1000},
    {"read_1", read_1, 1000},
    {"read_4k", read_4k, 256},
    {"write_4k_fresh", write_4k, 256},
    {"write_4k_again", rewrite_4k, 256},
    {"pipe_1", pipe_1, 500},
    {"pipe_64k", pipe_64k, 20},
    {0},
};
