#include "gan/parallel.h"

#include <omp.h>
#include <stdlib.h>

#include "base/cgroup.h"

enum { ROUND = 256 }; /* blocks summed at a time: their results fit on the stack */

double gan_parallel_sum(size_t n, double (*block)(void *ctx, size_t begin, size_t end), void *ctx)
{
    double total = 0;
    size_t blocks = (n + GAN_SUM_BLOCK - 1) / GAN_SUM_BLOCK;
    for (size_t first = 0; first < blocks; first += ROUND) {
        double part[ROUND];
        size_t count = blocks - first < ROUND ? blocks - first : ROUND;
#pragma omp parallel for schedule(static) if (count > 1)
        for (size_t i = 0; i < count; i++) {
            size_t begin = (first + i) * GAN_SUM_BLOCK, end = begin + GAN_SUM_BLOCK;
            part[i] = block(ctx, begin, end < n ? end : n);
        }
        for (size_t i = 0; i < count; i++) total += part[i];
    }
    return total;
}

void gan_parallel_each(size_t n, void (*body)(void *ctx, size_t i), void *ctx)
{
#pragma omp parallel for schedule(dynamic, 1) if (n > 1)
    for (size_t i = 0; i < n; i++) body(ctx, i);
}

void gan_parallel_range(size_t n, size_t grain, void (*body)(void *ctx, size_t begin, size_t end), void *ctx)
{
    size_t pieces = (n + grain - 1) / grain;
#pragma omp parallel if (pieces > 1)
    {
        size_t threads = (size_t)omp_get_num_threads(), me = (size_t)omp_get_thread_num();
        size_t begin = pieces * me / threads * grain, end = pieces * (me + 1) / threads * grain;
        if (end > n) end = n;
        if (begin < end) body(ctx, begin, end);
    }
}

/* The first number of OMP_NUM_THREADS, which has one per level of nesting; 0: none that can be used. */
static int of_environment(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    long n = text ? strtol(text, NULL, 10) : 0;
    return n >= 1 && n <= GAN_MOST_THREADS ? (int)n : 0;
}

/* CPUs that the process may run on, and no more than its quota lets it use. */
static int of_machine(void)
{
    int cpus = omp_get_num_procs(), allowed = gan_cgroup_cpus("");
    int n = cpus < allowed ? cpus : allowed;
    return n < GAN_MOST_THREADS ? n : GAN_MOST_THREADS;
}

int gan_parallel_threads(void)
{
    return omp_get_max_threads();
}

void gan_parallel_use(int threads)
{
    if (threads <= 0) threads = of_environment();
    if (threads <= 0) threads = of_machine();
    omp_set_num_threads(threads < GAN_MOST_THREADS ? threads : GAN_MOST_THREADS);
}
