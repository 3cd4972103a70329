/* What the compiler calls when a function's canary (percpu.canary, checked against the copy on its
 * stack) has changed: someone wrote past the end of a local array. Returning would jump to wherever
 * the overrun says. */
#include "debug/panic.h"
#include "debug/stackguard.h"

void __stack_chk_fail(void)
{
    panic("a function overran its stack frame (stack protector)");
}
