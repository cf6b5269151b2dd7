#include "classic/stencil.h"

#include "base/simd.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { GRAIN = 16384 }; /* pixels that are worth a thread */

const gan_offset gan_neighbour[GAN_DIRECTIONS] = {
    { -1, -1 }, { 0, -1 }, { 1, -1 }, { -1, 0 }, { 1, 0 }, { -1, 1 }, { 0, 1 }, { 1, 1 },
};

gan_grid gan_grid_of(int w, int h)
{
    size_t stride = (size_t)w + 2;
    return (gan_grid){ w, h, stride, stride * ((size_t)h + 2) };
}

int gan_stencil_init(gan_stencil *m, int w, int h)
{
    *m = (gan_stencil){ .grid = gan_grid_of(w, h) };
    const gan_grid *g = &m->grid;
    float *block = gan_mem_alloc(g->cells, GAN_DIRECTIONS * sizeof *block);
    m->diagonal = gan_mem_alloc(g->cells, sizeof *m->diagonal);
    m->leak = gan_mem_alloc(g->cells, sizeof *m->leak);
    m->weight[0] = block;
    if (!block || !m->diagonal || !m->leak) return -1;
    for (int d = 0; d < GAN_DIRECTIONS; d++) {
        m->weight[d] = block + (size_t)d * g->cells;
        m->step[d] = gan_neighbour[d].y * (ptrdiff_t)g->stride + gan_neighbour[d].x;
    }
    return 0;
}

void gan_stencil_release(gan_stencil *m)
{
    gan_mem_free(m->weight[0]);
    gan_mem_free(m->diagonal);
    gan_mem_free(m->leak);
    *m = (gan_stencil){ 0 };
}

struct job {
    const gan_stencil *m;
    const float *src, *f, *scale; /* f and scale: of Jacobi's step, else NULL */
    float *dst;
    float factor;
};

/* Of the n pixels of a row that begins at cell `at`. */
GAN_SIMD static void apply_row(const struct job *j, const float *restrict src, float *restrict dst, size_t at, size_t n)
{
    const gan_stencil *m = j->m;
    float *const *w = m->weight;
    const ptrdiff_t *step = m->step;
#pragma omp simd
    for (size_t i = at; i < at + n; i++) {
        const float *v = src + i;
        float here = v[0];
        float above = w[0][i] * (here - v[step[0]]) + w[1][i] * (here - v[step[1]]) + w[2][i] * (here - v[step[2]]);
        float beside = w[3][i] * (here - v[step[3]]) + w[4][i] * (here - v[step[4]]);
        float below = w[5][i] * (here - v[step[5]]) + w[6][i] * (here - v[step[6]]) + w[7][i] * (here - v[step[7]]);
        dst[i] = m->leak[i] * here + (above + beside + below);
    }
}

GAN_SIMD static void finish_jacobi(const struct job *j, const float *src, const float *f, float *restrict dst,
                                   size_t at, size_t n)
{
    float factor = j->factor;
#pragma omp simd
    for (size_t i = at; i < at + n; i++) dst[i] = src[i] + factor * j->scale[i] * (f[i] - dst[i]);
}

static void rows(void *ctx, size_t begin, size_t end)
{
    const struct job *j = ctx;
    const gan_grid *g = &j->m->grid;
    for (size_t y = begin; y < end; y++)
        for (size_t c = 0; c < GAN_CHANNELS; c++) {
            size_t at = gan_grid_cell(g, 0, (int)y), plane = c * g->cells, n = (size_t)g->w;
            apply_row(j, j->src + plane, j->dst + plane, at, n);
            if (j->f) finish_jacobi(j, j->src + plane, j->f + plane, j->dst + plane, at, n);
        }
}

static void run(struct job *j)
{
    const gan_grid *g = &j->m->grid;
    gan_parallel_range((size_t)g->h, GRAIN / (size_t)g->w + 1, rows, j);
}

void gan_stencil_apply(const gan_stencil *m, const float *src, float *dst)
{
    run(&(struct job){ .m = m, .src = src, .dst = dst });
}

void gan_stencil_jacobi(const gan_stencil *m, const float *scale, float factor, const float *f, const float *now,
                        float *next)
{
    run(&(struct job){ m, now, f, scale, next, factor });
}
