/* uname(2). */
#pragma once

#define UTSNAME_LEN 65 /* with the terminating NUL */

/* The system says its own name. The release begins with that of the Linux whose interface it has,
 * because C libraries compare it with the oldest they can run on. */
#define UTS_SYSNAME "Lucid"
#define UTS_RELEASE "6.1.0-lucid"
#define UTS_VERSION "#1 SMP PREEMPT"

struct utsname {
    char sysname[UTSNAME_LEN];
    char nodename[UTSNAME_LEN];
    char release[UTSNAME_LEN];
    char version[UTSNAME_LEN];
    char machine[UTSNAME_LEN];
    char domainname[UTSNAME_LEN];
};
_Static_assert(sizeof(struct utsname) == 390, "struct utsname is part of the ABI");
