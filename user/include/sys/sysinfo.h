/* Memory, load and uptime. */
#pragma once

#include "abi/sysinfo.h"

int sysinfo(struct sysinfo *info);
int get_nprocs(void); /* the CPUs that this process may run on */
