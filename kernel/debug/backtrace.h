/* Who called whom: frame pointers, followed across trap frames and onto the stacks that they
 * interrupted.
 */
#pragma once
#include "lib/types.h"

struct ctx;

/* Print the call chain of code at rip with frame pointer rbp, one line a frame, to the log. Reads
 * only the stacks of `owner` (the context whose chain it is), the IST stacks and the boot stack,
 * so that a broken chain ends it instead of faulting. Any context. */
void backtrace_print(const struct ctx *owner, u64 rip, u64 rbp);
/* The chain of the caller. */
void backtrace_here(void);
/* Collect up to max return addresses of `owner`, starting at frame pointer rbp. Returns how many.
 * Any context. */
unsigned backtrace_collect(const struct ctx *owner, u64 rbp, u64 *out, unsigned max);
