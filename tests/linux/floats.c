/* Would catch: FPU or vector state that leaks between processes or is lost in a switch. Several
 * processes compute with x87 and SSE registers at once, longer than a time slice; each must get
 * what one alone gets. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 6, ROUNDS = 300000 };

static double series(int seed)
{
    long double x87 = seed;
    double sse = seed, a = 1.0 / (seed + 2);
    for (int i = 1; i < ROUNDS; i++) {
        x87 += 1.0L / ((long double)i * i + seed);
        sse = sse * 0.999 + a * i;
        if (sse > 1e6)
            sse -= 1e6;
    }
    return (double)x87 + sse;
}

int main(void)
{
    int p[2];
    double expected[PROCESSES], got;
    puts("BEGIN");
    for (int i = 0; i < PROCESSES; i++)
        expected[i] = series(i);
    pipe(p);
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            got = series(i);
            char same = memcmp(&got, &expected[i], sizeof got) == 0;
            write(p[1], &same, 1);
            _exit(0);
        }
    }
    int right = 0;
    for (int i = 0; i < PROCESSES; i++) {
        char same = 0;
        read(p[0], &same, 1);
        right += same;
        wait(NULL);
    }
    printf("%d of %d processes computed alike\n", right, PROCESSES);
    printf("%.12g %.12g %.17g\n", expected[0], expected[5], 0.1 + 0.2);
    puts("END");
    return right == PROCESSES ? 0 : 1;
}
