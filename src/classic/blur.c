#include "classic/blur.h"

#include <stddef.h>

#include "gan/mem.h"
#include "gan/parallel.h"

enum { GRAIN = 4096 }; /* pixels that are worth a thread */

struct job {
    const float *src;
    float *dst;
    int w, h, radius;
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* Means of n numbers, `step` apart, in windows of radius r. */
static void blur_line(const float *src, float *dst, int n, size_t step, int r)
{
    double sum = 0;
    for (int i = 0; i < least(r, n); i++) sum += (double)src[(size_t)i * step];
    for (int i = 0; i < n; i++) {
        if (i + r < n) sum += (double)src[(size_t)(i + r) * step];
        if (i - r - 1 >= 0) sum -= (double)src[(size_t)(i - r - 1) * step];
        dst[(size_t)i * step] = (float)(sum / (least(i + r, n - 1) - most(i - r, 0) + 1));
    }
}

static void blur_rows(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    size_t w = (size_t)j->w;
    for (size_t y = begin; y < end; y++) blur_line(j->src + y * w, j->dst + y * w, j->w, 1, j->radius);
}

static void blur_columns(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    for (size_t x = begin; x < end; x++) blur_line(j->src + x, j->dst + x, j->h, (size_t)j->w, j->radius);
}

int gan_box_blur(const float *src, int w, int h, int radius, float *dst)
{
    float *between = gan_mem_alloc((size_t)w * (size_t)h, sizeof *between);
    if (!between) return -1;
    gan_parallel_range((size_t)h, GRAIN / (size_t)w + 1, blur_rows, &(struct job){ src, between, w, h, radius });
    gan_parallel_range((size_t)w, GRAIN / (size_t)h + 1, blur_columns, &(struct job){ between, dst, w, h, radius });
    gan_mem_free(between);
    return 0;
}
