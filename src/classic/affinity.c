/* Source: Levin et al. 2004, eq. 2, where sigma_r^2 stands for sigma_r sigma_s: so pixels agree on how alike they are,
 * and conjugate gradients apply. Sigma as in the program that the authors published: a part of the window's variance,
 * and not so small that even the neighbour most alike would count for nothing. */
#include "classic/affinity.h"

#include <math.h>

#include "gan/mem.h"
#include "gan/parallel.h"

#define VARIANCE_SHARE 0.6 /* of the window's variance in 2 sigma^2 */
#define LEAST 2e-6         /* of 2 sigma^2, for Y of 0 to 1 */
#define BEST_LOG 4.6051702 /* -log of the least weight of the best neighbour, 0.01 */

enum { GRAIN = 4096 }; /* pixels that are worth a thread */

struct job {
    gan_stencil *m;
    const float *x;
    float *spread; /* sqrt(2) sigma, by the pixel */
};

/* The pixel of direction d beside (x, y); -1: outside. */
static ptrdiff_t neighbour(const gan_grid *g, int x, int y, int d)
{
    int nx = x + gan_neighbour[d].x, ny = y + gan_neighbour[d].y;
    return nx < 0 || ny < 0 || nx >= g->w || ny >= g->h ? -1 : (ptrdiff_t)ny * g->w + nx;
}

static double difference(const struct job *j, ptrdiff_t p, ptrdiff_t q)
{
    return 0.5 * ((double)j->x[p] - (double)j->x[q]); /* Y is 0 to 1, x is -1 to 1 */
}

static float spread_of(const struct job *j, int x, int y)
{
    const gan_grid *g = &j->m->grid;
    ptrdiff_t p = (ptrdiff_t)y * g->w + x, q;
    double sum = 0, squares = 0, least = INFINITY;
    int count = 1;
    for (int d = 0; d < GAN_DIRECTIONS; d++) {
        if ((q = neighbour(g, x, y, d)) < 0) continue;
        double v = difference(j, q, p);
        sum += v;
        squares += v * v;
        least = fmin(least, v * v);
        count++;
    }
    if (count == 1) return 1;
    double variance = squares / count - sum / count * (sum / count);
    return (float)sqrt(fmax(fmax(VARIANCE_SHARE * variance, least / BEST_LOG), LEAST));
}

static void set_row(const struct job *j, int x, int y)
{
    gan_stencil *m = j->m;
    ptrdiff_t p = (ptrdiff_t)y * m->grid.w + x, q;
    size_t cell = gan_grid_cell(&m->grid, x, y);
    for (int d = 0; d < GAN_DIRECTIONS; d++) {
        if ((q = neighbour(&m->grid, x, y, d)) < 0) continue;
        double v = difference(j, q, p);
        m->weight[d][cell] = (float)exp(-v * v / ((double)j->spread[p] * (double)j->spread[q]));
        m->diagonal[cell] += m->weight[d][cell];
    }
}

static void set_spread(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    int w = j->m->grid.w;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < w; x++) j->spread[y * (size_t)w + (size_t)x] = spread_of(j, x, (int)y);
}

static void set_rows(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < j->m->grid.w; x++) set_row(j, x, (int)y);
}

int gan_affinity_init(gan_stencil *m, int w, int h, const float *x)
{
    size_t rows = (size_t)h, grain = GRAIN / (size_t)w + 1;
    struct job j = { m, x, gan_mem_alloc((size_t)w * rows, sizeof *j.spread) };
    int failed = gan_stencil_init(m, w, h) || !j.spread;
    if (!failed) {
        gan_parallel_range(rows, grain, set_spread, &j);
        gan_parallel_range(rows, grain, set_rows, &j);
    }
    gan_mem_free(j.spread);
    return failed ? -1 : 0;
}
