/* Stopping or restarting the machine: reboot(RB_POWER_OFF). */
#pragma once

#include "abi/reboot.h"

int reboot(unsigned int cmd);
