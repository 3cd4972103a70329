/* sources: tests/host/machine kernel/mm/frame.c kernel/mm/frame_poison.c kernel/mm/regions.c
 * kernel/lib/cmdline.c kernel/lib/parse.c */
/* The tests of test_frame.c with check=poison: a write to a free frame must be found. */
#define POISONED 1
#include "test_frame.c"
