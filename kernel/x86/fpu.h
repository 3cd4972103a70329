/* The floating-point and vector registers of user programs. The kernel itself never uses them.
 *
 * Each thread that has a user side owns an XSAVE area. It is saved when the thread is switched away
 * from and loaded when it is switched to; fork copies it, exec resets it.
 */
#pragma once
#include "lib/types.h"

/* Switch on SSE, AVX ... as CPUID offers; every CPU. */
void fpu_init_cpu(void);
/* A save area begins with FXSAVE's image; XSAVE's header follows (Intel SDM vol. 1, "XSAVE
 * Area"). */
enum { FPU_LEGACY_BYTES = 512, FPU_HEADER_BYTES = 64 };
/* Bytes of one save area, 64-byte aligned; FXSAVE's 512 where XSAVE is missing. */
size_t fpu_area_size(void);
/* What XSAVE saves here, as bits of XCR0; 0: there is only FXSAVE. */
u64 fpu_features(void);
/* Write the state of a fresh program (all zero, MXCSR 0x1f80, FCW 0x37f) into an area. */
void fpu_area_init(void *area);
void fpu_save(void *area);
void fpu_load(const void *area);
