/* Waiting for children. */
#pragma once

#include "abi/wait.h"
#include <sys/resource.h>
#include <sys/types.h>

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);
