/* Random bytes. */
#pragma once

#include "abi/random.h"
#include <sys/types.h>

ssize_t getrandom(void *buf, size_t count, unsigned int flags);
