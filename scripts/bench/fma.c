/* The machine's peak rate of fused multiply-adds in float, all threads.
 *     bench_fma           prints fma_gflops */
#include <omp.h>
#include <stdio.h>

#include "quartile.h"

enum { CHAINS = 12 /* sums in flight: more than an FMA's latency times the units */, ROUNDS = 1000000 };

struct unit { /* vectors of so many floats */
    int lanes;
    float (*run)(void);
};

#define DEFINE_UNIT(LANES, TARGET)                                                                                     \
    typedef float vector##LANES __attribute__((vector_size(LANES * sizeof(float))));                                   \
    __attribute__((TARGET)) static float run##LANES(void)                                                              \
    {                                                                                                                  \
        vector##LANES sum[CHAINS] = { { 0 } }, factor = sum[0] + 0.5f, term = factor;                                  \
        for (int i = 0; i < CHAINS; i++) sum[i] += (float)i; /* equal chains would be computed once */                 \
        for (int r = 0; r < ROUNDS; r++)                                                                               \
            for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term;                                          \
        for (int i = 1; i < CHAINS; i++) sum[0] += sum[i];                                                             \
        return sum[0][0];                                                                                              \
    }

#if defined(__x86_64__)
DEFINE_UNIT(16, target("avx512f"))
DEFINE_UNIT(8, target("avx2,fma"))

static const struct unit *widest(void)
{
    static const struct unit wide = { 16, run16 }, narrow = { 8, run8 };
    if (__builtin_cpu_supports("avx512f")) return &wide;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &narrow : NULL;
}
#else
DEFINE_UNIT(4, unused)

static const struct unit *widest(void)
{
    static const struct unit only = { 4, run4 };
    return &only;
}
#endif

struct work {
    const struct unit *unit;
    float sink; /* keeps the compiler from leaving the work out */
};

static void run(void *ctx)
{
    struct work *w = ctx;
    float sum = 0;
#pragma omp parallel reduction(+ : sum)
    sum += w->unit->run();
    w->sink = sum;
}

int main(void)
{
    struct work w = { widest(), 0 };
    if (!w.unit) {
        fputs("bench_fma: neither AVX-512 nor AVX2 with FMA here\n", stderr);
        return 1;
    }
    double seconds = bench_quartile(run, &w, 0.5);
    double flop = 2.0 * CHAINS * ROUNDS * w.unit->lanes * omp_get_max_threads();
    printf("fma_gflops %.1f\n", flop / seconds / 1e9);
    return w.sink > 0 ? 0 : 1;
}
