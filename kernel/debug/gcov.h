/* Line coverage of the kernel itself: make COVERAGE=1, docs/testing.md.
 *
 * gcc counts how often each branch is taken; when the machine leaves, the counts go out on a port
 * of their own. In every other build there is nothing to do. */
#pragma once

#ifdef COVERAGE
/* From now on power_off and power_reboot write the counts first. */
void gcov_init(void);
/* One pointer an object, gathered by linker.ld. */
extern const struct gcov_info *const __gcov_info_start[], *const __gcov_info_end[];
#else
static inline void gcov_init(void)
{
}
#endif
