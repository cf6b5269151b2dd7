/* Adam's pass at the speed of memory: four arrays read, three written, 128 MiB each, all threads.
 *     bench_stream        prints adam_s_per_million (parameters) and stream_gb_s */
#include <math.h>
#include <stdio.h>

#include "base/simd.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "quartile.h"

enum { ARRAYS = 4, MOVED = 7 /* arrays read or written */, GRAIN = 16384 };
static const size_t COUNT = (size_t)32 << 20;

struct arrays {
    float *values, *grad, *mean, *square;
};

GAN_SIMD static void update(void *ctx, size_t begin, size_t end)
{
    const struct arrays *a = ctx;
    float *restrict values = a->values, *restrict mean = a->mean, *restrict square = a->square;
    const float *restrict grad = a->grad;
    for (size_t i = begin; i < end; i++) {
        mean[i] = 0.5f * mean[i] + 0.5f * grad[i];
        square[i] = 0.999f * square[i] + 0.001f * grad[i] * grad[i];
        values[i] -= 2e-4f * mean[i] / (sqrtf(square[i]) + 1e-8f);
    }
}

static void fill(void *ctx, size_t begin, size_t end)
{
    const struct arrays *a = ctx;
    for (size_t i = begin; i < end; i++) {
        a->values[i] = a->square[i] = 1;
        a->grad[i] = a->mean[i] = 1e-3f;
    }
}

static void pass(void *ctx)
{
    gan_parallel_range(COUNT, GRAIN, update, ctx);
}

int main(void)
{
    float *all = gan_mem_alloc_large(ARRAYS * COUNT * sizeof(float));
    if (!all) {
        fprintf(stderr, "bench_stream: %s\n", gan_error_message());
        return 1;
    }
    struct arrays a = { all, all + COUNT, all + 2 * COUNT, all + 3 * COUNT };
    gan_parallel_range(COUNT, GRAIN, fill, &a);
    double seconds = bench_quartile(pass, &a, 1.0);
    printf("adam_s_per_million %.6f\nstream_gb_s %.2f\n", seconds * 1e6 / (double)COUNT,
           (double)(MOVED * COUNT * sizeof(float)) / seconds / 1e9);
    gan_mem_free(all);
    return 0;
}
