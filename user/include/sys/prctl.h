/* Process and thread attributes. */
#pragma once

#include "abi/prctl.h"

int prctl(int option, ...);
int arch_prctl(int code, unsigned long addr);
