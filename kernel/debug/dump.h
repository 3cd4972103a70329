/* What the whole machine is doing, on demand: stacks, run queues, locks, sleepers.
 *
 * A panic prints it, the watchdog does, the test runner asks for it by NMI when nothing is heard
 * any more, and so can anyone: `echo t > /proc/sysrq-trigger`, two breaks in a row on a serial
 * line, or `nmi` at QEMU's monitor. docs/hangs.md explains how to read one.
 *
 * Layers above add what they know by hooks, which run in NMI context while the state that they
 * print may be half changed or destroyed: they take no lock, look at nothing that dump_readable has
 * not said may be read, and follow no chain of unknown length.
 */
#pragma once
#include "lib/types.h"

struct trapframe;

/* A function of each kind that is not NULL is called: `cpu` in the section of each CPU, `all` once,
 * after them. Registered at boot, for ever. */
struct dump_hook {
    const char *name;
    void (*cpu)(unsigned cpu);
    void (*all)(void);
    struct dump_hook *next;
};
void dump_register(struct dump_hook *h);

/* Print everything, CPU `first` first (-1: in order), unless that was done within the last second.
 * Other CPUs are made to stand still by NMI while their section is printed; one that does not
 * answer costs a bounded time. Any context. */
void dump_machine(int first);

/* The NMI handler, on the IST stack. An NMI of ours: note where this CPU was and stand still (in a
 * panic: for ever). One from outside: dump_machine. */
void dump_nmi(const struct trapframe *tf);

/* May [p, p + len) be read without a fault? Any context. */
bool dump_readable(const void *p, size_t len);
/* s if it can be read and ends within a few dozen bytes, else "?". */
const char *dump_string(const char *s);
/* Set by mm/ at boot: says whether a range of the kernel's half is mapped memory. Until then only
 * the image is readable. */
extern bool (*dump_mapped_hook)(vaddr_t va, size_t len);
