/* layout.h for host tests: "physical memory" is an array of the test's, and so are the struct
 * pages. */
#pragma once

#include "lib/types.h"

extern u8 *host_ram;
extern void *host_pages;

#define PAGES_BASE ((uptr)host_pages)
#define P2V(pa)    ((void *)(host_ram + (pa)))
#define V2P(va)    ((paddr_t)((const u8 *)(va)-host_ram))
