/* Gradient of weights by Winograd's algorithm: at each point the product of src's values, transposed, with diff_dst's, summed
 * over all tiles. Tiles are taken in chunks; all values of a chunk lie in memory, those of one point in the second cache.
 * Where someone takes gradients in pieces (gan_grad_piece), they are handed over kernel by kernel and not written. */
#include <string.h>

#include "core/dnn/kernel.h"
#include "core/dnn/winograd.h"
#include "core/params.h"
#include "gan/parallel.h"

enum { CHUNK = 128 /* tiles: a panel of them, 16 KiB, stays in the first cache */ };

struct side {
    gan_buf tensor, points;
    gan_tile_transform *cut;
    gan_tiling tiling;
    size_t step;
};

struct gradient {
    const gan_winograd *by;
    struct side side[2]; /* whose channels are rows of the gradient's tiles, and whose are lanes */
    gan_buf sums, grad;  /* grad: GAN_NONE if it goes in pieces */
    size_t sums_step;
    size_t row_step, lane_step; /* floats between tiles of the gradient */
    int param;
};

struct run {
    const struct gradient *k;
    const gan_plan *p;
    gan_tensor tensor[2];
    float *points[2], *sums, *grad;
    size_t first, count; /* of the chunk's tiles */
};

/* Block i of both sides, the first one's first. */
static void cut_block(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t b = (size_t)r->k->by->lanes, blocks = (size_t)r->tensor[0].s.c / b, which = i >= blocks;
    const struct side *s = &r->k->side[which];
    size_t block = which ? i - blocks : i;
    s->cut(&r->tensor[which], &s->tiling, (gan_tile_range){ block, r->first, r->count },
           r->points[which] + block / 2 * r->count * 2 * b + block % 2 * b, s->step);
}

/* One point and one panel of lanes: all rows. */
static void sum_panel(void *ctx, size_t i)
{
    const struct run *r = ctx;
    const struct gradient *k = r->k;
    size_t width = 2 * (size_t)k->by->lanes, rows = (size_t)r->tensor[0].s.c;
    size_t panels = (size_t)r->tensor[1].s.c / width, point = i / panels, panel = i % panels;
    const float *a = r->points[0] + point * k->side[0].step, *b = r->points[1] + point * k->side[1].step;
    float *sums = r->sums + point * k->sums_step + panel * rows * width;
    if (!r->first) memset(sums, 0, rows * width * sizeof *sums);
    for (size_t c = 0; c < rows; c += (size_t)k->by->channels)
        k->by->sum_tiles(a + c / width * r->count * width + c % width, b + panel * r->count * width, r->count,
                         sums + c * width);
}

/* One block of lanes' channels: all its tiles. */
static void to_taps(void *ctx, size_t block)
{
    const struct run *r = ctx;
    const struct gradient *k = r->k;
    size_t b = (size_t)k->by->lanes, rows = (size_t)r->tensor[0].s.c;
    const float *sums = r->sums + block / 2 * rows * 2 * b + block % 2 * b;
    _Alignas(64) float piece[GAN_PACK_GRAIN];
    for (size_t i = 0; i < rows / b; i++) {
        size_t begin = i * k->row_step + block * k->lane_step;
        k->by->diff_weights(sums + i * b * 2 * b, k->sums_step, r->grad ? r->grad + begin : piece);
        if (!r->grad && !r->p->alone)
            r->p->o.piece(r->p->o.ctx, k->param, begin, begin + GAN_WINOGRAD_TAPS * b * b, piece);
    }
}

static int run_gradient(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct gradient *k = op->state;
    struct run r = { .k = k, .p = p, .sums = gan_plan_data(p, k->sums), .grad = gan_plan_data(p, k->grad) };
    for (int i = 0; i < 2; i++) {
        r.tensor[i] = gan_plan_tensor(p, k->side[i].tensor);
        r.points[i] = gan_plan_data(p, k->side[i].points);
    }
    size_t lanes = (size_t)k->by->lanes, tiles = gan_winograd_count(&k->side[0].tiling, &r.tensor[0]);
    size_t blocks[2] = { (size_t)r.tensor[0].s.c / lanes, (size_t)r.tensor[1].s.c / lanes };
    for (; r.first < tiles; r.first += CHUNK) {
        r.count = tiles - r.first < CHUNK ? tiles - r.first : CHUNK;
        gan_parallel_each(blocks[0] + blocks[1], cut_block, &r);
        gan_parallel_each(GAN_WINOGRAD_POINTS * blocks[1] / 2, sum_panel, &r);
    }
    gan_parallel_each(blocks[1], to_taps, &r);
    if (!r.grad && !p->alone) p->o.ready(p->o.ctx, k->param, NULL);
    return 0;
}

/* Emission */

static int side_init(gan_plan *p, struct side *s, gan_buf tensor, gan_tile_transform *cut, gan_tiling tiling)
{
    size_t step = gan_winograd_step(CHUNK * (size_t)p->buf[tensor].shape.c);
    *s = (struct side){ tensor, gan_build_scratch(p, GAN_WINOGRAD_POINTS * step * sizeof(float)), cut, tiling, step };
    return s->points == GAN_NONE ? -1 : 0;
}

/* Points and sums, of what is filled in. */
static int add_scratch(const gan_conv_site *s, struct gradient *k, int lanes)
{
    gan_plan *p = s->e->p;
    gan_tiling src = gan_winograd_tiling(&s->d.dst, s->d.pad), diff_dst = gan_winograd_tiling(&s->d.dst, 0);
    if (side_init(p, &k->side[lanes], s->src, k->by->src, src) ||
        side_init(p, &k->side[!lanes], s->dst, k->by->diff, diff_dst))
        return -1;
    k->sums_step = gan_winograd_step((size_t)s->d.src.c * (size_t)s->d.dst.c);
    k->sums = gan_build_scratch(p, GAN_WINOGRAD_POINTS * k->sums_step * sizeof(float));
    return k->sums == GAN_NONE ? -1 : 0;
}

static int emit(const gan_conv_site *s, const gan_md *md)
{
    gan_emit *e = s->e;
    gan_blocking b;
    if (gan_md_blocking(md, &b)) return -1;
    int lanes = b.inner_dim[1], param = s->nd->param[0]; /* the dimension of weights: 0 is dst's channels, 1 src's */
    struct gradient k = { .by = gan_winograd_of(e->p->buf[s->src].block),
                          .grad = GAN_NONE,
                          .row_step = (size_t)b.strides[!lanes],
                          .lane_step = (size_t)b.strides[lanes],
                          .param = param };
    int pieces = gan_kernel_in_pieces(e, param, md);
    if ((!pieces && (k.grad = gan_build_grad(e, param, md)) == GAN_NONE) || add_scratch(s, &k, lanes)) return -1;
    gan_op *op = gan_kernel_op(e, pieces ? "bwd_weights, update" : "bwd_weights", 6,
                               (gan_buf[]){ s->src, s->dst, k.side[0].points, k.side[1].points, k.sums, k.grad }, &k,
                               sizeof k, run_gradient);
    if (!op) return -1;
    snprintf(op->kernel, sizeof op->kernel, "winograd");
    gan_kernel_describe(op, &s->d, gan_build_md(e, s->src), md, gan_build_md(e, s->dst));
    return 0;
}

int gan_winograd_backward_weights(gan_conv_site *s)
{
    const gan_md *fixed = gan_params_md(s->e->p->w, s->nd->param[0]);
    gan_md *md = fixed ? gan_md_clone(fixed) : gan_winograd_weights(s, 0);
    int failed = !md || gan_params_fix(s->e->p->w, s->nd->param[0], md) || emit(s, md);
    gan_md_free(md);
    return failed ? -1 : 0;
}
