/* The kernel log. */
#pragma once

#include "abi/syslog.h"

int klogctl(int action, char *buf, int len);
