/* The lock order within sys/: its locks guard small tables and nothing is taken under them but
 * lower layers' locks. (An open file's offset lock has a rank of sys/ too: fs/limits.h.)
 */
#pragma once
#include "lock/rank.h"

enum { RANK_SYS = RANK(SYS, 0) };
