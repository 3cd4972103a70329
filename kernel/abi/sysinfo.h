/* sysinfo(2). */
#pragma once

#define SI_LOAD_SHIFT 16 /* loads are fixed-point numbers with this many fraction bits */

struct sysinfo {
    long uptime; /* seconds */
    unsigned long loads[3];
    unsigned long totalram; /* this and the next five in units of mem_unit bytes */
    unsigned long freeram;
    unsigned long sharedram;
    unsigned long bufferram;
    unsigned long totalswap;
    unsigned long freeswap;
    unsigned short procs;
    unsigned short __pad0;
    unsigned long totalhigh;
    unsigned long freehigh;
    unsigned int mem_unit;
};
_Static_assert(sizeof(struct sysinfo) == 112, "struct sysinfo is part of the ABI");
