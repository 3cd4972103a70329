/* A benchmark of one operation, and the bare means to write one.
 *
 * The program speaks only system calls that Linux has too, so the same file measures both kernels.
 * System calls are made inline, and time is the TSC: under `qemu -icount shift=0` it counts
 * instructions. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096L

/* Linux's numbers, from the kernel's own table ... */
enum {
#define SYSCALL(nr, name, ...) NR_##name = nr,
#include "abi/syscalls.def"
#undef SYSCALL
    NR_futex = 202, /* ... and those of calls that it may not have yet */
};

/* run(n) does the operation n times and returns the ticks that took, or a negative errno. What it
 * needs besides it prepares and clears away outside the time that it takes. */
struct bench {
    const char *name; /* NULL ends a table */
    long (*run)(long n);
    long n;
};

extern const struct bench call_benches[], file_benches[], map_benches[], fault_benches[],
    process_benches[], switch_benches[], thread_benches[], signal_benches[];

/* The path of this program, for execve. */
extern const char *bench_path;

/* rdtsc may run before what precedes it is done; lfence waits for that. */
static inline long ticks(void)
{
    unsigned low, high;
    asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
    return (long)((uint64_t)high << 32 | low);
}

static inline long sys3(long nr, long a, long b, long c)
{
    long result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(nr), "D"(a), "S"(b), "d"(c)
                 : "rcx", "r11", "memory");
    return result;
}

static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
    register long r10 asm("r10") = d, r8 asm("r8") = e, r9 asm("r9") = f;
    long result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

static inline long sys0(long nr)
{
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(nr) : "rcx", "r11", "memory");
    return result;
}

static inline long sys1(long nr, long a)
{
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(nr), "D"(a) : "rcx", "r11", "memory");
    return result;
}

static inline long sys2(long nr, long a, long b)
{
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b) : "rcx", "r11", "memory");
    return result;
}

/* Private, or else shared, memory without a file: `bytes` of it, untouched; much of it begins where
 * a page table does, so that the figures do not depend on what else is mapped. Large pages are
 * asked not to be used. Ends the program where there is none. */
char *memory(long bytes, int map_flags);
void memory_free(char *p, long bytes);

/* Write the first word of each page. */
void touch(char *p, long bytes);

/* A child that runs fn(arg) and ends; join waits for it. */
long child_start(void (*fn)(void *arg), void *arg);
void child_join(long pid);

/* End the program with a message if a call that must work did not; its result otherwise. */
long must(long result, const char *what);
