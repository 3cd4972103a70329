/* Labels of entry.S that C must know: for the IDT, and to recognise a trap in a backtrace.
 */
#pragma once

extern const char trap_stubs[]; /* 256 stubs of ENTRY_STUB_BYTES */
extern const char syscall_entry[];
extern const char trap_call_return[]; /* where trap(), trap_ist() and syscall() return to: ... */
extern const char trap_ist_return[];  /* ... their caller's frame is a struct trapframe */
extern const char syscall_call_return[];

enum { ENTRY_STUB_BYTES = 16 };
