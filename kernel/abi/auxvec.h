/* The auxiliary vector: what execve(2) tells a program on its initial stack, after the environment.
 */
#pragma once

#define AT_NULL         0
#define AT_IGNORE       1
#define AT_EXECFD       2
#define AT_PHDR         3 /* user address of the program headers */
#define AT_PHENT        4
#define AT_PHNUM        5
#define AT_PAGESZ       6
#define AT_BASE         7
#define AT_FLAGS        8
#define AT_ENTRY        9
#define AT_UID          11
#define AT_EUID         12
#define AT_GID          13
#define AT_EGID         14
#define AT_PLATFORM     15 /* user address of the string "x86_64" */
#define AT_HWCAP        16 /* CPUID leaf 1, EDX */
#define AT_CLKTCK       17
#define AT_SECURE       23
#define AT_RANDOM       25 /* user address of 16 random bytes */
#define AT_HWCAP2       26 /* bit 1: FSGSBASE instructions allowed */
#define AT_EXECFN       31 /* user address of the path given to execve */
#define AT_SYSINFO_EHDR 33
#define AT_MINSIGSTKSZ  51
