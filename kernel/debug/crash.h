/* Mistakes to order: `crash=NAME` on the command line makes the kernel do, at the end of boot, what
 * it must never do.
 *
 * The tests use it to see that each mistake is caught where it happens and reported as what it is;
 * a student can watch one in gdb.
 */
#pragma once

/* If the command line says crash=NAME: do it (and do not return, unless the mistake went unnoticed,
 * which is reported); an unknown name lists the known ones. On a kernel thread, with interrupts on.
 */
void crash_if_asked(void);
