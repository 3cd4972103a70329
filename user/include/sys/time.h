/* Time of day. */
#pragma once

#include "abi/time.h"

int gettimeofday(struct timeval *tv, void *tz);
