/* Timing of something short: the lower quartile of many runs, which other programs' moments on the machine disturb less
 * than the mean, and luck less than the minimum. */
#ifndef BENCH_QUARTILE_H
#define BENCH_QUARTILE_H

#include <stdlib.h>

#include "gan/progress.h"

enum { BENCH_LEAST_RUNS = 5, BENCH_MOST_RUNS = 200 };

static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds that run(ctx) takes, of at least BENCH_LEAST_RUNS and about `budget` seconds of runs, after two that warm up. */
static inline double bench_quartile(void (*run)(void *ctx), void *ctx, double budget)
{
    double seconds[BENCH_MOST_RUNS], total = 0;
    int n = 0;
    run(ctx);
    run(ctx);
    while (n < BENCH_LEAST_RUNS || (total < budget && n < BENCH_MOST_RUNS)) {
        double begin = gan_clock_s();
        run(ctx);
        seconds[n] = gan_clock_s() - begin;
        total += seconds[n++];
    }
    qsort(seconds, (size_t)n, sizeof *seconds, bench_by_value);
    return seconds[n / 4];
}

#endif
