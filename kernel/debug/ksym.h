/* Names for addresses of kernel text: the symbol table that the second link puts into the image
 * (tools/mksyms.py).
 */
#pragma once
#include "lib/types.h"

/* The function that covers addr: its name and start. False where none does. Any context. */
bool ksym_lookup(u64 addr, const char **name, u64 *start);
/* "name+0x12" into buf, or "0x..." where no symbol covers addr. Returns buf. */
const char *ksym_format(u64 addr, char *buf, size_t len);

/* The table as tools/mksyms.py lays it out: offsets from KERNEL_BASE ascending, offsets of names.
 */
extern const u32 ksym_count, ksym_addrs[], ksym_names[];
extern const char ksym_strings[];
