/* Times as programs hand them over.
 */
#pragma once
#include "lib/types.h"
#include "vm/uaccess.h"

/* Read a struct timespec that says how long from now; *deadline_ns: when that is, on now_ns's
 * scale, never 0. 0, -EFAULT, -EINVAL (no time). */
MUST_CHECK int deadline_in(uaddr_t timespec, u64 *deadline_ns);
