/* The stack protector's alarm; the compiler emits the calls.
 */
#pragma once
#include "lib/types.h"

NORETURN void __stack_chk_fail(void);
