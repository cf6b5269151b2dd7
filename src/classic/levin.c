/* Scribbles that spread: colours change little where the luminance does (Levin, Lischinski and Weiss 2004). Minimises,
 * for a and for b,
 *     sum over r of (U(r) - sum over s of w_rs U(s))^2
 * with scribbled pixels fixed. As in the program the authors published, r are the pixels that are free. There are as
 * many squares as free pixels then, so the least sum is 0, and the system is solved as it stands: colours stay between
 * those of the scribbles.
 */
#include "classic/affinity.h"
#include "classic/conjugate.h"
#include "classic/method.h"
#include "gan/error.h"
#include "gan/mem.h"

#define MOST_PIXELS ((size_t)1 << 25) /* take 4 GiB */
#define TOLERANCE 5e-6                /* of a and b over 110 */

struct system {
    gan_stencil m;       /* rows and columns of scribbled pixels are 0 */
    float *known, *rest; /* GAN_CHANNELS planes each; owned */
    float *u;
};

static void release(struct system *s)
{
    gan_mem_free(s->known);
    gan_mem_free(s->rest);
    gan_mem_free(s->u);
    gan_stencil_release(&s->m);
}

static size_t cell_of(const gan_grid *g, size_t pixel)
{
    return gan_grid_cell(g, (int)(pixel % (size_t)g->w), (int)(pixel / (size_t)g->w));
}

static void put_known(struct system *s, const gan_scribbles *known)
{
    size_t n = (size_t)known->w * (size_t)known->h;
    for (size_t p = 0; p < n; p++)
        for (size_t c = 0; c < GAN_CHANNELS && known->known[p]; c++)
            s->known[c * s->m.grid.cells + cell_of(&s->m.grid, p)] = known->ab[c * n + p];
}

/* Takes a scribbled pixel out of the system: its row, its column, and what its row would miss. What
 * neighbours gave to it leaks. */
static void fix(struct system *s, size_t cell)
{
    for (int d = 0; d < GAN_DIRECTIONS; d++) {
        size_t neighbour = (size_t)((ptrdiff_t)cell + s->m.step[d]);
        float *back = &s->m.weight[GAN_DIRECTIONS - 1 - d][neighbour];
        s->m.leak[neighbour] += *back;
        s->m.weight[d][cell] = *back = 0;
    }
    s->m.diagonal[cell] = s->m.leak[cell] = 0;
    for (size_t c = 0; c < GAN_CHANNELS; c++) s->rest[c * s->m.grid.cells + cell] = 0;
}

/* At free pixels, rest is the sum over scribbled neighbours of w_rs U(s). */
static int init(struct system *s, const gan_gray *g)
{
    *s = (struct system){ 0 };
    if (gan_affinity_init(&s->m, g->w, g->h, g->x)) return -1;
    size_t cells = s->m.grid.cells, n = (size_t)g->w * (size_t)g->h;
    s->known = gan_mem_alloc(cells, GAN_CHANNELS * sizeof *s->known);
    s->rest = gan_mem_alloc(cells, GAN_CHANNELS * sizeof *s->rest);
    s->u = gan_mem_alloc(cells, GAN_CHANNELS * sizeof *s->u);
    if (!s->known || !s->rest || !s->u) return -1;
    put_known(s, g->scribbles);
    gan_stencil_apply(&s->m, s->known, s->rest);
    for (size_t i = 0; i < GAN_CHANNELS * cells; i++) s->rest[i] = -s->rest[i];
    for (size_t p = 0; p < n; p++)
        if (g->scribbles->known[p]) fix(s, cell_of(&s->m.grid, p));
    return 0;
}

static int colour(const void *common, const gan_gray *g, float *y)
{
    struct system s;
    size_t n = (size_t)g->w * (size_t)g->h;
    (void)common;
    if (n > MOST_PIXELS) return gan_error("%dx%d pixels are too many to spread scribbles over", g->w, g->h);
    int failed = init(&s, g) || gan_conjugate_solve(&s.m, s.rest, s.u, TOLERANCE);
    for (size_t p = 0; p < n && !failed; p++)
        for (size_t c = 0; c < GAN_CHANNELS; c++) {
            size_t i = c * s.m.grid.cells + cell_of(&s.m.grid, p);
            y[c * n + p] = s.known[i] + s.u[i]; /* one of which is 0 */
        }
    release(&s);
    return failed ? -1 : 0;
}

const gan_method gan_method_levin = {
    .info = { "levin", "spreads scribbles along pixels of like luminance (Levin et al. 2004)", GAN_NEEDS_SCRIBBLES },
    .colour = colour,
};
