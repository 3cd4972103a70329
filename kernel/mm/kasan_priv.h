/* kasan_priv.h: what mm's files of the sanitizer share. */
#pragma once

#include "lib/types.h"

/* Say what the memory at a is, and whose (san_describe_hook). */
bool kasan_describe(vaddr_t a);

/* Is there RAM at pa, and hence a struct page? */
bool kasan_is_ram(paddr_t pa);

/* Print whose the frame at direct-map address a is, and was. */
void kasan_frame_describe(vaddr_t a);
