/* The system's name and version. */
#pragma once

#include "abi/utsname.h"

int uname(struct utsname *name);
