/* frame_priv.h: what boot tells the frame allocator. */
#pragma once

#include "mm/regions.h"

/* Start the allocator. `ram` is all RAM (its struct pages are mapped, for whole blocks of the
 * largest order), `free` the part of it that nobody uses, page aligned. */
void frame_init(const struct region_set *ram, const struct region_set *free);
