/* Limits and usage. */
#pragma once

#include "abi/resource.h"
#include <sys/types.h>

int getrlimit(unsigned int resource, struct rlimit *limit);
int setrlimit(unsigned int resource, const struct rlimit *limit);
int prlimit64(pid_t pid, unsigned int resource, const struct rlimit *new_limit,
              struct rlimit *old_limit);
/* nice: -20 (first in line) to 19. */
int setpriority(int which, int who, int nice);
int getrusage(int who, struct rusage *usage);
