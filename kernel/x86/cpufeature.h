/* Which features the processor has (CPUID), by the names that /proc/cpuinfo shows.
 */
#pragma once
#include "lib/types.h"

struct cpu_features {
    u64 have; /* bit i: row i of the table in cpu.c */
    u64 cr4;  /* bits to set on every CPU */
};
extern struct cpu_features cpu_features;
extern u8 cpu_has_smap; /* 1 or 0: also read by assembly */
extern bool cpu_has_fsgsbase;

/* Ask CPUID; false (after naming it on the early console) if something indispensable is missing.
 * Boot CPU, once. */
bool cpu_detect(void);
/* Is the feature there? Slow (compares names): remember the answer. An unknown name is false. */
bool cpu_has(const char *name);
/* For /proc/cpuinfo: the name of feature i if present, else NULL; i < cpu_feature_count(). */
const char *cpu_feature_name(unsigned i);
unsigned cpu_feature_count(void);
/* Set the control registers of this CPU as the features allow: write protection, NX, SMEP, SMAP,
 * UMIP ... */
void cpu_init(void);
