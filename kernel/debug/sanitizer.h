/* sanitizer.h: how the sanitizers of `make SAN=1` report (kasan*.c, ubsan.c), and what they ask of
 * higher layers. */
#pragma once

#include "lib/types.h"

/* Is this kernel built with them? A constant: what depends on it costs nothing elsewhere. */
#ifdef SAN
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Begin a report. False when one is being written on this CPU already: a mistake in the report's
 * own code must not hide the first. */
bool san_begin(const char *fmt, ...) PRINTF(1, 2);
/* A line of it. */
void san_line(const char *fmt, ...) PRINTF(1, 2);
/* End it: panic with the first line, unless the command line says `san=report`: then print the
 * chain of callers, and the kernel goes on. */
void san_end(u64 ip, u64 rbp);

/* A test puts its own function here: it gets a report's first line, and the kernel goes on. */
extern void (*san_caught_hook)(const char *headline);

/* Set by mm/: say what memory a belongs to, object, frame or area, and who allocated and freed it.
 * False when mm knows nothing of it. */
extern bool (*san_describe_hook)(vaddr_t a);

/* Call chains, each kept once. Save the present one; its handle, 0 when there is no room. Any
 * context but NMI. */
u32 san_stack_save(void);
/* Print the chain of a handle, one line a function. */
void san_stack_print(u32 handle);
