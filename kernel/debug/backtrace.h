/* Who called whom: frame pointers, followed across trap frames and onto the stacks they interrupted.
 */
#pragma once
#include "lib/types.h"

struct trapframe;

/* Print the call chain that starts at frame pointer rbp, one symbolised line a frame, to the log (or, in panic,
 * straight to the early console). Reads only mapped kernel stacks, so a broken chain ends it. */
void backtrace_print(u64 rip, u64 rbp);
void backtrace_here(void);
/* Collect up to max return addresses; returns how many. */
unsigned backtrace_collect(u64 rbp, u64 *out, unsigned max);
/* "name+0x12" of a kernel text address into buf; "0x..." where no symbol covers it. Returns buf. */
const char *ksym_format(u64 addr, char *buf, size_t len);
/* Start address of the function that covers addr, and its name; false where none does. */
bool ksym_lookup(u64 addr, const char **name, u64 *start);
