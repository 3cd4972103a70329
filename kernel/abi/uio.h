/* readv(2), writev(2). */
#pragma once

#include <stddef.h>

struct iovec {
    void *iov_base;
    size_t iov_len;
};
_Static_assert(sizeof(struct iovec) == 16, "struct iovec is part of the ABI");
