/* Why the last failing call failed. */
#pragma once

#include "abi/errno.h"

int *__errno_location(void);
#define errno (*__errno_location())
