/* Catches: a forbidden act that the kernel answers otherwise than the program `faults` expects. */
#include <lucid.h>

#include "ut.h"

int main(void)
{
    struct lucid_stats stats;

    if (lucid_stats(&stats, 0) < 0)
        SKIP("not on Lucid");
    execl("/bin/faults", "faults", "all", NULL);
    CHECK(!"/bin/faults runs");
    return ut_result();
}
