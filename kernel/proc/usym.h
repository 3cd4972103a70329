/* Symbols of user programs: the name of a function in a program's own ELF file, for the line that
 * a crash prints.
 */
#pragma once
#include "lib/types.h"

struct file;

/* "main+0x16" into buf for the link-time address addr of the ELF program in file; false if the
 * file is stripped, damaged or larger than what is looked at. Everything read is checked: the file
 * is the program's, not ours. Sleeps. */
bool usym_lookup(struct file *file, u64 addr, char *buf, size_t len);
