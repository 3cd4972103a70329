/* kasan_priv.h: what mm's files of the sanitizer share. */
#pragma once

#include "lib/types.h"

/* Say what the memory at a is, and whose (san_describe_hook). */
bool kasan_describe(vaddr_t a);

/* Print whose the frame at direct-map address a is, and was. */
void kasan_frame_describe(vaddr_t a);
