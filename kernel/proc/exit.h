/* The end of a process, and how its parent learns of it.
 */
#pragma once
#include "abi/resource.h"
#include "lib/types.h"

/* The running thread leaves; if it is the last, the process ends with wait_status (W_EXITCODE). */
NORETURN void process_exit_thread(int wait_status);
/* exit_group(2), or a fatal signal: all threads leave. */
NORETURN void process_exit(int wait_status);

/* wait4(2). pid as there; options WNOHANG | WUNTRACED | WCONTINUED. Returns a pid (with *status
 * and *usage filled), 0 (WNOHANG, nothing yet), -ECHILD, -EINTR, -EINVAL. */
long process_wait(pid_t pid, int options, int *status, struct rusage *usage);
