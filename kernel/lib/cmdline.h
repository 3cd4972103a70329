/* cmdline.h: the kernel's command line: words divided by blanks, each a flag (`quiet`) or a setting
 * (`sched=mlfq`, `init="/bin/sh -x"`: double quotes keep blanks together and vanish). Of a setting
 * that is given twice the last counts. A word `--` ends the kernel's part: what follows is for
 * process 1.
 *
 * Nothing is registered or cached: who wants to know asks, at boot. Context: anywhere after
 * cmdline_init. */
#pragma once

#include "lib/types.h"

#define CMDLINE_MAX                                                                                \
    2048 /* bytes kept, with the NUL; the rest is cut off (Linux's limit on x86)                   \
          */

/* Keep a copy of the loader's line; NULL is an empty one. */
void cmdline_init(const char *text);

/* The whole line as it was given. */
const char *cmdline_text(void);

/* Put the value of the last `name=value` into buf (always NUL-terminated, cut to size). False, and
 * buf an empty string, when there is none; `name=` has an empty value and is true. */
bool cmdline_get(const char *name, char *buf, size_t size);

/* Is the flag `name` on the line? The last mention counts; name=0, =off and =no say false, any
 * other value true. */
bool cmdline_flag(const char *name);

/* The value as a number with an optional K, M, G, T; `otherwise` if it is missing or malformed. */
u64 cmdline_get_u64(const char *name, u64 otherwise);

/* Does the value of `name`, a list divided by commas, contain `item`? check=lock,poison has both.
 */
bool cmdline_list_has(const char *name, const char *item);

/* Put the first item of that list into buf that is not among `allowed`, which are divided by commas
 * too. False: there is none. */
bool cmdline_list_strange(const char *name, const char *allowed, char *buf, size_t size);

/* Walk the words: start with *pos NULL; each call copies the next word, without its quotes, into
 * buf (cut to size). False at the end. `--` is returned as a word like others. */
bool cmdline_next(const char **pos, char *buf, size_t size);
