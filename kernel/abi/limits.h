/* Limits that programs can see. */
#pragma once

#define PATH_MAX         4096   /* a path name with its NUL */
#define NAME_MAX         255    /* one component, without NUL */
#define SYMLOOP_MAX      40     /* symbolic links followed in one lookup; more: ELOOP */
#define LINK_MAX         127    /* the least that any file system offers */
#define PIPE_BUF         4096   /* a write of at most this many bytes to a pipe is not torn apart */
#define PIPE_CAPACITY    65536  /* what a pipe holds before a writer waits */
#define ARG_MAX          131072 /* the least that execve takes; in fact RLIMIT_STACK / 4 */
#define MAX_ARG_STRLEN   131072 /* one argument or environment string, with its NUL */
#define IOV_MAX          1024
#define NGROUPS_MAX      65536
#define OPEN_DEFAULT_MAX 1024    /* RLIMIT_NOFILE at boot */
#define NR_OPEN          1048576 /* RLIMIT_NOFILE cannot be raised beyond this */
