/* COM2 as the port on which test results leave the guest: KTAP lines, each behind the nonce of the
 * command line.
 *
 * The console stays for people; a program that prints "ok 1" on it proves nothing. Polled, no lock:
 * one user at a time (the kernel's own tests before process 1; after that /dev/ttyS1 belongs to the
 * test runner).
 */
#pragma once
#include "lib/types.h"

/* Write "NONCE text\n". Does nothing where there is no COM2. */
void testport_line(const char *fmt, ...) PRINTF(1, 2);
