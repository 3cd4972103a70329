/* nproc: the CPUs that this process may run on. */
#include <stdio.h>
#include <sys/sysinfo.h>

int main(void)
{
    printf("%d\n", get_nprocs());
    return 0;
}
