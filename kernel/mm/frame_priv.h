/* frame_priv.h: what boot tells the frame allocator. */
#pragma once

#include "mm/regions.h"

/* Start the allocator. `ram` is all RAM (its struct pages are mapped and zeroed, for whole blocks
 * of the largest order), `free` the part of it that nobody uses, page aligned. Both are copied. */
void frame_init(const struct region_set *ram, const struct region_set *free);
