/* The end of a process, and how its parent learns of it.
 */
#pragma once
#include "abi/resource.h"
#include "abi/signal.h"
#include "lib/types.h"

/* The running thread leaves; if it is the last, the process ends with wait_status (W_EXITCODE). */
NORETURN void process_exit_thread(int wait_status);
/* exit_group(2), or a fatal signal: all threads leave. */
NORETURN void process_exit(int wait_status);

/* wait4(2). pid as there; options WNOHANG | WUNTRACED | WCONTINUED. Returns a pid (with *status
 * and *usage filled), 0 (WNOHANG, nothing yet), -ECHILD, -EINTR, -EINVAL. */
long process_wait(pid_t pid, int options, int *status, struct rusage *usage);
/* waitid(2): P_ALL, P_PID, P_PGID. 0 (info->si_pid 0: WNOHANG, nothing yet), -ECHILD, -EINTR,
 * -EINVAL. */
long process_waitid(int idtype, pid_t id, int options, siginfo_t *info, struct rusage *usage);
