/* Scattered reads and gathered writes. */
#pragma once

#include "abi/uio.h"
#include <sys/types.h>

ssize_t readv(int fd, const struct iovec *iov, int iovcnt);
ssize_t writev(int fd, const struct iovec *iov, int iovcnt);
