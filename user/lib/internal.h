/* What the library's files say to each other; programs never include this. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

void __libc_start(long *stack) __attribute__((noreturn));
void __stdio_flush_all(void);

/* The core of the printf family: hands the text to `put` piece by piece and returns its whole
 * length. */
typedef void (*__put_fn)(void *to, const char *s, size_t len);
int __format(__put_fn put, void *to, const char *fmt, va_list args);

/* The kernel's calls under the names that C functions of another shape do not take (syscalls.S).
 * They return as all stubs do: -1 with errno set on an error. */
long sys_brk(void *addr);
long sys_getcwd(char *buf, size_t size);
long sys_clock_nanosleep(int clock, int flags, const void *req, void *rem);
long sys_sched_getaffinity(int pid, size_t len, void *mask);
long sys_faccessat(int dirfd, const char *path, int mode);
long sys_fchmodat(int dirfd, const char *path, unsigned int mode);
long sys_reboot(int magic1, int magic2, unsigned int cmd, void *arg);
long sys_getcpu(unsigned int *cpu, unsigned int *node, void *unused);
long sys_rt_sigaction(int sig, const void *act, void *old, size_t sigsetsize);
long sys_rt_sigprocmask(int how, const void *set, void *old, size_t sigsetsize);
/* ... and some under their own, which no C function has. */
long rt_sigpending(void *set, size_t sigsetsize);
long rt_sigsuspend(const void *mask, size_t sigsetsize);
long rt_sigtimedwait(const void *set, void *info, const void *timeout, size_t sigsetsize);
long rt_sigqueueinfo(int tgid, int sig, const void *info);
