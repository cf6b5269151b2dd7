/* Hestenes and Stiefel 1952, preconditioned by a multigrid cycle C, so that a dozen or two of steps do whatever the
 * size. Inner products are added in fixed blocks. */
#include "classic/conjugate.h"

#include <math.h>
#include <string.h>

#include "classic/multigrid.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { MOST_STEPS = 200, GRAIN = 65536 };

typedef struct solver {
    const gan_stencil *m;
    gan_multigrid c;
    float *u;                 /* borrowed */
    float *rest, *smooth;     /* what M u misses of f; C rest */
    float *direction, *image; /* of the step; M direction */
    double rho[GAN_CHANNELS]; /* rest * smooth */
} solver;                     /* planes: GAN_CHANNELS each, owned */

static int init(solver *s, const gan_stencil *m, const float *f, float *u)
{
    size_t bytes = GAN_CHANNELS * sizeof(float), cells = m->grid.cells;
    *s = (solver){ .m = m, .u = u };
    s->rest = gan_mem_alloc(cells, bytes);
    s->smooth = gan_mem_alloc(cells, bytes);
    s->direction = gan_mem_alloc(cells, bytes);
    s->image = gan_mem_alloc(cells, bytes);
    if (!s->rest || !s->smooth || !s->direction || !s->image || gan_multigrid_init(&s->c, m)) return -1;
    memcpy(s->rest, f, cells * bytes);
    memset(u, 0, cells * bytes);
    return 0;
}

static void release(solver *s)
{
    float *owned[] = { s->rest, s->smooth, s->direction, s->image };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) gan_mem_free(owned[i]);
    gan_multigrid_release(&s->c);
}

struct pair {
    const float *a, *b;
};

static double product_block(void *ctx, size_t begin, size_t end)
{
    const struct pair *p = ctx;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = begin; i < end; i++) sum += (double)p->a[i] * (double)p->b[i];
    return sum;
}

/* a * b of one channel. */
static double product(const solver *s, const float *a, const float *b, size_t channel)
{
    size_t cells = s->m->grid.cells;
    return gan_parallel_sum(cells, product_block, &(struct pair){ a + channel * cells, b + channel * cells });
}

struct sum { /* dst = x + factor * y */
    float *dst;
    const float *x, *y;
    float factor;
};

static void sum_range(void *ctx, size_t begin, size_t end)
{
    const struct sum *t = ctx;
#pragma omp simd
    for (size_t i = begin; i < end; i++) t->dst[i] = t->x[i] + t->factor * t->y[i];
}

/* dst = x + factor * y of one channel; dst may be x or y. */
static void set_sum(const solver *s, size_t channel, float *dst, const float *x, double factor, const float *y)
{
    size_t cells = s->m->grid.cells, at = channel * cells;
    gan_parallel_range(cells, GRAIN, sum_range, &(struct sum){ dst + at, x + at, y + at, (float)factor });
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

/* The next direction, at right angles to all before it as M measures them. */
static void turn(solver *s)
{
    gan_multigrid_cycle(&s->c, s->rest, s->smooth);
    for (size_t c = 0; c < GAN_CHANNELS; c++) {
        double rho = product(s, s->rest, s->smooth, c);
        set_sum(s, c, s->direction, s->smooth, ratio(rho, s->rho[c]), s->direction);
        s->rho[c] = rho;
    }
}

/* Goes as far in the direction as pays; returns the root mean square of what that changes, of the channel where it is
 * larger. */
static double go(const solver *s)
{
    double most = 0;
    gan_stencil_apply(s->m, s->direction, s->image);
    for (size_t c = 0; c < GAN_CHANNELS; c++) {
        double length = ratio(s->rho[c], product(s, s->direction, s->image, c));
        most = fmax(most, length * sqrt(product(s, s->direction, s->direction, c) / (double)s->m->grid.cells));
        set_sum(s, c, s->u, s->u, length, s->direction);
        set_sum(s, c, s->rest, s->rest, -length, s->image);
    }
    return most;
}

int gan_conjugate_solve(const gan_stencil *m, const float *f, float *u, double tolerance)
{
    solver s;
    int failed = init(&s, m, f, u);
    for (int step = 0; step < MOST_STEPS && !failed; step++) {
        turn(&s);
        if (go(&s) < tolerance) break;
    }
    release(&s);
    return failed;
}
