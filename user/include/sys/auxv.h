/* What the kernel told this program at its start. */
#pragma once

#include "abi/auxvec.h"

unsigned long getauxval(unsigned long type); /* 0 where the kernel gave no such entry */
