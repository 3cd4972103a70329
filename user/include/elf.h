/* The format of programs. */
#pragma once

#include "abi/elf.h"
