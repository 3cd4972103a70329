/* extable.c: looks a faulting instruction up in the table that usercopy.S and entry.S fill.
 *
 * A dozen entries in no particular order (the linker collects them from several files) and only
 * failed accesses ask: a plain scan. */
#include "x86/extable.h"

static u64 extable_target(const s32 *field)
{
    return (u64)field + (s64)*field;
}

u64 extable_fixup(u64 rip)
{
    for (const struct extable_entry *e = __extable_start; e < __extable_end; e++)
        if (extable_target(&e->insn) == rip)
            return extable_target(&e->fixup);
    return 0;
}
