/* kasan_abi.h: what gcc (from 7) and clang (from 11) call or fill in under
 * -fsanitize=kernel-address. Names and layouts are fixed: gcc's asan.cc and libsanitizer's
 * asan_interface_internal.h, LLVM's AddressSanitizer.cpp. */
#pragma once

#include "lib/types.h"

#define DECLARE_CHECKS(size)                                                                       \
    void __asan_load##size##_noabort(vaddr_t a);                                                   \
    void __asan_store##size##_noabort(vaddr_t a);
DECLARE_CHECKS(1)
DECLARE_CHECKS(2)
DECLARE_CHECKS(4)
DECLARE_CHECKS(8)
DECLARE_CHECKS(16)
void __asan_loadN_noabort(vaddr_t a, size_t len);
void __asan_storeN_noabort(vaddr_t a, size_t len);

/* A local variable begins and ends to be in scope, where that is not all of its function. */
void __asan_poison_stack_memory(vaddr_t a, size_t len);
void __asan_unpoison_stack_memory(vaddr_t a, size_t len);

/* Before a call that does not return. */
void __asan_handle_no_return(void);

/* One for each global variable that has a redzone, in an array for each object file. */
struct asan_global {
    vaddr_t start;
    size_t size;
    size_t size_with_redzone;
    const char *name;
    const char *module;
    size_t has_dynamic_init;
    const void *location; /* gcc: file, line, column; not used by clang */
    vaddr_t odr_indicator;
};
void __asan_register_globals(struct asan_global *globals, size_t n);
void __asan_unregister_globals(struct asan_global *globals, size_t n);

/* clang fills the shadow of large frames by these: `len` shadow bytes. */
#define DECLARE_SET_SHADOW(value) void __asan_set_shadow_##value(u8 *shadow, size_t len);
DECLARE_SET_SHADOW(00)
DECLARE_SET_SHADOW(f1)
DECLARE_SET_SHADOW(f2)
DECLARE_SET_SHADOW(f3)
DECLARE_SET_SHADOW(f5)
DECLARE_SET_SHADOW(f8)

/* At the lowest address of a frame that has redzones, both compilers leave two words (and a third,
 * the function): */
#define ASAN_FRAME_MAGIC 0x41b58ab3ul
struct asan_frame {
    u64 magic;
    const char *locals; /* "n offset size length name:line offset size ..." */
    u64 function;
};

/* The constructors of all object files (linker.ld): they register the globals. */
extern void (*const __ctors_start[])(void), (*const __ctors_end[])(void);
