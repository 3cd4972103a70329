/* sources: tests/host/machine kernel/mm/slab.c kernel/mm/slab_pages.c kernel/mm/kmalloc.c
 * kernel/mm/frame.c kernel/mm/frame_poison.c kernel/mm/regions.c kernel/lib/cmdline.c
 * kernel/lib/parse.c kernel/lib/xarray.c */
/* The tests of test_slab.c with check=poison: misuse must be found, and correct use must not be
 * taken for it. */
#define POISONED 1
#include "test_slab.c"
