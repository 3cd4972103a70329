/* usercopy.h: the instructions that touch a program's memory (usercopy.S). vm/uaccess.c checks the
 * range before and is the only caller; everybody else uses vm/uaccess.h. */
#pragma once

#include "lib/types.h"

/* Copy n bytes, one side of which is user memory; returns how many were not copied, to the byte. */
u64 usercopy(void *dst, const void *src, u64 n);
/* Write n zero bytes to user memory; returns how many were not written. */
u64 userclear(void *dst, u64 n);
/* Copy a string from user memory until its NUL (copied too) or max bytes. Returns the length
 * without the NUL, max when there was none, or -1 after an unanswerable fault. May leave junk
 * behind the NUL, within max. */
s64 userstr(char *dst, const char *src, u64 max);

/* Save the FPU and vector registers of `features` (fpu.h) to user memory, 64-byte aligned, or load
 * them from there. 0, or 1: a fault, and the registers may be partly loaded. The second pair knows
 * x87 and SSE only. */
u64 user_xsave(void *area, u64 features);
u64 user_xrstor(const void *area, u64 features);
u64 user_fxsave(void *area, u64 unused);
u64 user_fxrstor(const void *area, u64 unused);
