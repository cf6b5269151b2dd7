/* Sources: Trottenberg, Oosterlee and Schueller 2001, "Multigrid" (cycles, Galerkin's coarse matrices); Dendy 1982, "Black
 * box multigrid" (interpolation from the matrix, so that coarse pixels reach as far as their region and stop at edges);
 * Adams et al. 2003, "Parallel multigrid smoothing" (Chebyshev's polynomial as a smoother). Jacobi's steps and sums
 * gathered by the pixel that they are for make results independent of threads.
 */
#include "classic/multigrid.h"

#include <string.h>

#include "gan/mem.h"
#include "gan/parallel.h"

enum { BASIS = 9, CENTRE = 4, GRAIN = 4096 }; /* planes of a basis: offset (dx, dy) is number 3 (dy + 1) + dx + 1 */

/* Chebyshev's polynomial of degree 2 that is 1 at 0 and smallest over eigenvalues 0.5 to 1.9. (A matrix with a unit
 * diagonal and rows that add up to 0 has none above 2.) */
static const float steps[] = { 1.42f, 0.59f };

static const float *basis_plane(const gan_level *l, const gan_grid *coarse, int dx, int dy)
{
    return l->basis + (size_t)(3 * (dy + 1) + dx + 1) * coarse->cells;
}

static int direction(int dx, int dy)
{
    int number = 3 * (dy + 1) + dx + 1;
    return number < CENTRE ? number : number - 1;
}

static float clip(float v)
{
    return v > 0 ? v < 1 ? v : 1 : 0; /* what is not a number is 0 */
}

/* Interpolation */

/* A fine pixel between two coarse ones takes this share of the one at (dx, dy), one of which is 0: it and its two
 * neighbours across are taken to be alike, so their weights are collapsed onto the line. */
static float line_share(const gan_stencil *m, size_t i, int dx, int dy)
{
    float ahead = 0, across = 0;
    for (int t = -1; t <= 1; t++) {
        ahead += m->weight[direction(dx ? dx : t, dy ? dy : t)][i];
        if (t) across += m->weight[direction(dx ? 0 : t, dy ? 0 : t)][i];
    }
    float rest = m->diagonal[i] - across;
    return rest > 1e-6f * m->diagonal[i] ? clip(ahead / rest) : 0;
}

/* A fine pixel amid four coarse ones: what its row gives to the one at (dx, dy), directly and by the two fine pixels
 * beside that. */
static float corner_share(const gan_stencil *m, size_t i, int dx, int dy)
{
    int by_row = direction(0, dy), by_column = direction(dx, 0);
    float sum = m->weight[direction(dx, dy)][i];
    sum += m->weight[by_row][i] * line_share(m, (size_t)((ptrdiff_t)i + m->step[by_row]), dx, 0);
    sum += m->weight[by_column][i] * line_share(m, (size_t)((ptrdiff_t)i + m->step[by_column]), 0, dy);
    return m->diagonal[i] > 0 ? clip(sum / m->diagonal[i]) : 0;
}

/* How much the fine pixel at (dx, dy) of a coarse one, which is fine cell i, takes of it. */
static float share(const gan_stencil *m, size_t i, int dx, int dy)
{
    if (!dx && !dy) return 1;
    size_t at = (size_t)((ptrdiff_t)i + m->step[direction(dx, dy)]);
    return dx && dy ? corner_share(m, at, -dx, -dy) : line_share(m, at, -dx, -dy);
}

struct coarsening {
    const gan_stencil *fine;
    gan_stencil *coarse;
    gan_level *level; /* the fine one */
};

static int is_inside(const gan_grid *g, int x, int y)
{
    return x >= 0 && y >= 0 && x < g->w && y < g->h;
}

static void set_basis(const struct coarsening *c, int x, int y)
{
    const gan_grid *fine = &c->fine->grid, *coarse = &c->coarse->grid;
    size_t to = gan_grid_cell(coarse, x, y), from = gan_grid_cell(fine, 2 * x, 2 * y);
    if (c->fine->diagonal[from] <= 0) return; /* fixed: no coarse pixel here */
    for (int n = 0; n < BASIS; n++) {
        int dx = n % 3 - 1, dy = n / 3 - 1;
        if (is_inside(fine, 2 * x + dx, 2 * y + dy))
            c->level->basis[(size_t)n * coarse->cells + to] = share(c->fine, from, dx, dy);
    }
}

static void set_basis_rows(void *ctx, size_t begin, size_t end)
{
    const struct coarsening *c = ctx;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < c->coarse->grid.w; x++) set_basis(c, x, (int)y);
}

/* Coarse matrices: basis^T M basis */

/* Adds value times the row of the basis that belongs to the fine pixel at (tx, ty) of coarse pixel i, |tx| and |ty| at
 * most 2, to the sums of the 3x3 coarse pixels around i. */
static void spread(const struct coarsening *c, size_t i, int tx, int ty, float value, float *sum)
{
    const gan_grid *g = &c->coarse->grid;
    for (int dy = -1; dy <= 1; dy++) {
        if (ty - 2 * dy < -1 || ty - 2 * dy > 1) continue;
        for (int dx = -1; dx <= 1; dx++) {
            if (tx - 2 * dx < -1 || tx - 2 * dx > 1) continue;
            size_t at = (size_t)((ptrdiff_t)i + dy * (ptrdiff_t)g->stride + dx);
            sum[3 * (dy + 1) + dx + 1] += value * basis_plane(c->level, g, tx - 2 * dx, ty - 2 * dy)[at];
        }
    }
}

static void set_row(const struct coarsening *c, int x, int y)
{
    const gan_stencil *fine = c->fine;
    size_t to = gan_grid_cell(&c->coarse->grid, x, y), from = gan_grid_cell(&fine->grid, 2 * x, 2 * y);
    float sum[BASIS] = { 0 };
    for (int n = 0; n < BASIS; n++) {
        int dx = n % 3 - 1, dy = n / 3 - 1;
        float mine = basis_plane(c->level, &c->coarse->grid, dx, dy)[to];
        if (mine == 0) continue;
        size_t i = n == CENTRE ? from : (size_t)((ptrdiff_t)from + fine->step[direction(dx, dy)]);
        spread(c, to, dx, dy, mine * fine->diagonal[i], sum);
        for (int d = 0; d < GAN_DIRECTIONS; d++)
            spread(c, to, dx + gan_neighbour[d].x, dy + gan_neighbour[d].y, -mine * fine->weight[d][i], sum);
    }
    c->coarse->diagonal[to] = sum[CENTRE];
    for (int n = 0; n < BASIS; n++) c->coarse->leak[to] += sum[n];
    for (int d = 0; d < GAN_DIRECTIONS; d++) c->coarse->weight[d][to] = -sum[d < CENTRE ? d : d + 1];
}

static void set_matrix_rows(void *ctx, size_t begin, size_t end)
{
    const struct coarsening *c = ctx;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < c->coarse->grid.w; x++) set_row(c, x, (int)y);
}

static int coarsen(gan_level *fine, gan_level *coarse)
{
    const gan_grid *g = &fine->m->grid;
    if (gan_stencil_init(&coarse->own, (g->w + 1) / 2, (g->h + 1) / 2)) return -1;
    coarse->m = &coarse->own;
    const gan_grid *to = &coarse->own.grid;
    fine->basis = gan_mem_alloc(to->cells, BASIS * sizeof *fine->basis);
    coarse->f = gan_mem_alloc(to->cells, GAN_CHANNELS * sizeof *coarse->f);
    coarse->u = gan_mem_alloc(to->cells, GAN_CHANNELS * sizeof *coarse->u);
    if (!fine->basis || !coarse->f || !coarse->u) return -1;
    struct coarsening c = { fine->m, &coarse->own, fine };
    size_t grain = GRAIN / (size_t)to->w + 1;
    gan_parallel_range((size_t)to->h, grain, set_basis_rows, &c);
    gan_parallel_range((size_t)to->h, grain, set_matrix_rows, &c);
    return 0;
}

static int set_inverse(gan_level *l)
{
    const gan_grid *g = &l->m->grid;
    l->inverse = gan_mem_alloc(g->cells, sizeof *l->inverse);
    l->next = gan_mem_alloc(g->cells, GAN_CHANNELS * sizeof *l->next);
    if (!l->inverse || !l->next) return -1;
    for (size_t i = 0; i < g->cells; i++) l->inverse[i] = l->m->diagonal[i] > 0 ? 1 / l->m->diagonal[i] : 0;
    return 0;
}

int gan_multigrid_init(gan_multigrid *g, const gan_stencil *finest)
{
    *g = (gan_multigrid){ .count = 1, .level[0].m = finest };
    if (set_inverse(&g->level[0])) return -1;
    for (;; g->count++) {
        gan_level *last = &g->level[g->count - 1];
        if (last->m->grid.w == 1 && last->m->grid.h == 1) return 0;
        GAN_ASSERT(g->count < GAN_MOST_LEVELS);
        if (coarsen(last, last + 1) || set_inverse(last + 1)) return -1;
    }
}

void gan_multigrid_release(gan_multigrid *g)
{
    for (int i = 0; i < GAN_MOST_LEVELS; i++) {
        gan_level *l = &g->level[i];
        void *owned[] = { l->inverse, l->basis, l->f, l->u, l->next };
        for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) gan_mem_free(owned[k]);
        gan_stencil_release(&l->own);
    }
    *g = (gan_multigrid){ 0 };
}

/* Cycles */

struct transfer {
    const gan_level *fine;
    const gan_grid *from, *to; /* fine and coarse grid */
    const float *src;
    float *dst;
};

/* dst = basis^T src */
static void restrict_rows(void *ctx, size_t begin, size_t end)
{
    const struct transfer *t = ctx;
    size_t fine_plane = t->from->cells, coarse_plane = t->to->cells;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < t->to->w; x++) {
            size_t to = gan_grid_cell(t->to, x, (int)y), from = gan_grid_cell(t->from, 2 * x, 2 * (int)y);
            float sum[GAN_CHANNELS] = { 0 };
            for (int n = 0; n < BASIS; n++) {
                float basis = t->fine->basis[(size_t)n * coarse_plane + to];
                ptrdiff_t step = (n / 3 - 1) * (ptrdiff_t)t->from->stride + n % 3 - 1;
                for (size_t c = 0; c < GAN_CHANNELS; c++)
                    sum[c] += basis * t->src[(size_t)((ptrdiff_t)(c * fine_plane + from) + step)];
            }
            for (size_t c = 0; c < GAN_CHANNELS; c++) t->dst[c * coarse_plane + to] = sum[c];
        }
}

/* dst += basis src, at fine pixel (x, y). An even pixel is a coarse one, an odd one lies between two. */
static void prolong_pixel(const struct transfer *t, int x, int y)
{
    size_t plane = t->to->cells, at = gan_grid_cell(t->from, x, y);
    for (int dy = -(y & 1); dy <= (y & 1); dy += 2) {
        for (int dx = -(x & 1); dx <= (x & 1); dx += 2) {
            size_t from = gan_grid_cell(t->to, (x + dx) / 2, (y + dy) / 2);
            float basis = basis_plane(t->fine, t->to, -dx, -dy)[from];
            for (size_t c = 0; c < GAN_CHANNELS; c++)
                t->dst[c * t->from->cells + at] += basis * t->src[c * plane + from];
        }
    }
}

static void prolong_rows(void *ctx, size_t begin, size_t end)
{
    const struct transfer *t = ctx;
    for (size_t y = begin; y < end; y++)
        for (int x = 0; x < t->from->w; x++) prolong_pixel(t, x, (int)y);
}

static void subtract(float *restrict dst, const float *f, size_t n)
{
    for (size_t i = 0; i < n; i++) dst[i] = f[i] - dst[i];
}

static void jacobi(gan_level *l, int step, const float *f, float **u, float **other)
{
    gan_stencil_jacobi(l->m, l->inverse, steps[step], f, *u, *other);
    float *swap = *u;
    *u = *other;
    *other = swap;
}

/* The first step of Jacobi's iteration from 0. */
static void begin_at_zero(const gan_level *l, const float *f, float *u)
{
    size_t cells = l->m->grid.cells;
    for (size_t c = 0; c < GAN_CHANNELS; c++)
        for (size_t i = 0; i < cells; i++) u[c * cells + i] = steps[0] * l->inverse[i] * f[c * cells + i];
}

static void solve_pixel(const gan_level *l, const float *f, float *u)
{
    size_t cells = l->m->grid.cells;
    for (size_t c = 0; c < GAN_CHANNELS; c++)
        for (size_t i = 0; i < cells; i++) u[c * cells + i] = l->inverse[i] * f[c * cells + i];
}

static void cycle(gan_multigrid *g, int number, const float *f, float *u)
{
    gan_level *l = &g->level[number], *below = l + 1;
    const gan_grid *grid = &l->m->grid;
    float *now = u, *other = l->next;
    if (number == g->count - 1) {
        solve_pixel(l, f, u);
        return;
    }
    begin_at_zero(l, f, now);
    jacobi(l, 1, f, &now, &other);

    gan_stencil_apply(l->m, now, other);
    subtract(other, f, GAN_CHANNELS * grid->cells);
    struct transfer down = { l, grid, &below->m->grid, other, below->f };
    gan_parallel_range((size_t)below->m->grid.h, GRAIN / (size_t)below->m->grid.w + 1, restrict_rows, &down);
    cycle(g, number + 1, below->f, below->u);
    struct transfer up = { l, grid, &below->m->grid, below->u, now };
    gan_parallel_range((size_t)grid->h, GRAIN / (size_t)grid->w + 1, prolong_rows, &up);

    jacobi(l, 1, f, &now, &other);
    jacobi(l, 0, f, &now, &other);
    if (now != u) memcpy(u, now, GAN_CHANNELS * grid->cells * sizeof *u);
}

void gan_multigrid_cycle(gan_multigrid *g, const float *f, float *u)
{
    cycle(g, 0, f, u);
}
