#include "classic/texture.h"

#include <math.h>
#include <stddef.h>

#include "gan/parallel.h"

enum { GRAIN = 4096 }; /* pixels that are worth a thread */

struct job {
    const float *src;
    float *dst;
    int w, h;
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static float deviation_at(const struct job *j, int x, int y)
{
    int left = most(x - GAN_TEXTURE_RADIUS, 0), right = least(x + GAN_TEXTURE_RADIUS, j->w - 1);
    int top = most(y - GAN_TEXTURE_RADIUS, 0), bottom = least(y + GAN_TEXTURE_RADIUS, j->h - 1);
    double here = (double)j->src[(size_t)y * (size_t)j->w + (size_t)x], sum = 0, squares = 0;
    for (int v = top; v <= bottom; v++)
        for (int u = left; u <= right; u++) {
            double d = (double)j->src[(size_t)v * (size_t)j->w + (size_t)u] - here;
            sum += d;
            squares += d * d;
        }
    double n = (right - left + 1) * (bottom - top + 1);
    return (float)sqrt(fmax(squares / n - sum / n * (sum / n), 0));
}

static void texture_rows(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < j->w; x++) j->dst[y * (size_t)j->w + (size_t)x] = deviation_at(j, x, (int)y);
}

void gan_texture(const float *x, int w, int h, float *deviation)
{
    struct job j = { x, deviation, w, h };
    gan_parallel_range((size_t)h, GRAIN / (size_t)w + 1, texture_rows, &j);
}
