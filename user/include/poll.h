/* Waiting until a descriptor is ready. */
#pragma once

#include "abi/poll.h"

int poll(struct pollfd *fds, nfds_t nfds, int timeout_ms); /* timeout -1: none */
