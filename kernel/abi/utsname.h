/* uname(2). */
#pragma once

#define UTSNAME_LEN 65 /* with the terminating NUL */

struct utsname {
    char sysname[UTSNAME_LEN];
    char nodename[UTSNAME_LEN];
    char release[UTSNAME_LEN];
    char version[UTSNAME_LEN];
    char machine[UTSNAME_LEN];
    char domainname[UTSNAME_LEN];
};
_Static_assert(sizeof(struct utsname) == 390, "struct utsname is part of the ABI");
