/* Names for addresses of kernel text: the symbol table that the second link puts into the image
 * (tools/mksyms.py).
 */
#pragma once
#include "lib/types.h"

/* The function that covers addr: its name and start. False where none does. Any context. */
bool ksym_lookup(u64 addr, const char **name, u64 *start);
/* "name+0x12" into buf, or "0x..." where no symbol covers addr. Returns buf. */
const char *ksym_format(u64 addr, char *buf, size_t len);

/* The table (ksym.c says how it reads). */
extern const u8 ksym_table[];
