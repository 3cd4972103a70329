/* Names for addresses (ksym.h), from the table that tools/mksyms.py makes: one stream in the order
 * of addresses, for each function its distance from the one before as a LEB128 number (DWARF,
 * "Variable Length Data") and its name; distance 0 ends it. A lookup reads from the start. Only
 * backtraces ask, and what a binary search needs would be as big again as the stream.
 */
#include "debug/ksym.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "x86/sections.h"

static u64 read_leb128(const u8 **at)
{
    u64 value = 0;
    u8 byte;
    unsigned shift = 0;
    do {
        byte = *(*at)++;
        value |= (u64)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

bool ksym_lookup(u64 addr, const char **name, u64 *start)
{
    if (addr < (u64)text_start || addr >= (u64)text_end)
        return false;
    const u8 *at = ksym_table;
    u64 here = KERNEL_BASE, distance;
    bool found = false;
    while ((distance = read_leb128(&at)) != 0 && here + distance <= addr) {
        here += distance;
        *start = here;
        *name = (const char *)at;
        at += strlen(*name) + 1;
        found = true;
    }
    return found;
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
