/* CPU time of this process and its children. */
#pragma once

#include "abi/time.h"

clock_t times(struct tms *buf);
