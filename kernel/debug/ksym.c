/* Binary search in the embedded symbol table (ksym.h). Layout: see tools/mksyms.py.
 */
#include "debug/ksym.h"
#include "lib/fmt.h"
#include "x86/sections.h"

/* Index of the last symbol at or below `offset`; the caller made sure that there is one. */
static u32 last_at_or_below(u32 offset)
{
    u32 lo = 0, hi = ksym_count;
    while (hi - lo > 1) {
        u32 mid = lo + (hi - lo) / 2;
        if (ksym_addrs[mid] <= offset)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

bool ksym_lookup(u64 addr, const char **name, u64 *start)
{
    if (addr < (u64)text_start || addr >= (u64)text_end || ksym_count == 0)
        return false;
    u32 offset = addr - KERNEL_BASE;
    if (offset < ksym_addrs[0])
        return false;
    u32 i = last_at_or_below(offset);
    *name = ksym_strings + ksym_names[i];
    *start = KERNEL_BASE + ksym_addrs[i];
    return true;
}

const char *ksym_format(u64 addr, char *buf, size_t len)
{
    const char *name;
    u64 start;
    if (ksym_lookup(addr, &name, &start))
        snprintf(buf, len, "%s+%#lx", name, addr - start);
    else
        snprintf(buf, len, "%#lx", addr);
    return buf;
}
