/* Forward and backward-data passes by Winograd's algorithm.
 *
 * Each thread takes a stretch of the tiles, in chunks whose values at the points stay in the second cache. Of a chunk, all
 * channels go to the points; then, panel by panel of the result's channels, 25 sums of products and the way back. What is
 * read from further away are the weights, once per chunk and in the order they lie in. */
#include "core/dnn/winograd.h"

#include "base/simd.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/parallel.h"

enum { CHUNK_BYTES = 5 << 18, LINE = 16 /* floats */ };

/* Below, a thread's sums are too short for what they cost beside. */
enum { LEAST_CHANNELS = 64, LEAST_TILES = 128 };

struct winograd {
    const gan_winograd *by;
    gan_buf from, to, weights, points, work; /* points: the weights' values there; work: of all slots */
    gan_tiling cut, paste;
    int turned;
    size_t row_step, lane_step; /* floats between tiles of weights that neighbour in from's channels, in to's */
    size_t chunk;               /* tiles */
    size_t slots, slot_floats;  /* stretches of tiles, each with a part of work */
    size_t weights_step, from_step, to_step;
};

struct run {
    const struct winograd *k;
    gan_tensor from, to;
    const float *weights;
    float *points, *work;
};

/* What both passes and the gradient share. */

gan_tiling gan_winograd_tiling(const gan_shape *dst, int pad)
{
    return (gan_tiling){ ((size_t)dst->h + 1) / 2, ((size_t)dst->w + 1) / 2, pad };
}

size_t gan_winograd_count(const gan_tiling *g, const gan_tensor *t)
{
    return (size_t)t->s.n * g->h * g->w;
}

size_t gan_winograd_step(size_t n)
{
    return (n / LINE | 1) * LINE;
}

gan_md *gan_winograd_weights(const gan_conv_site *s, int src_lanes)
{
    const gan_plan *p = s->e->p;
    return gan_layout_tiles(gan_graph_param(p->g, s->nd->param[0]), p->buf[s->src].block, src_lanes);
}

/* Whether tiles of b x b channels hold the taps of a kernel next to each other. */
static int has_kernels(const gan_md *md, int b)
{
    gan_blocking at;
    return gan_layout_tiled(md) == b && !gan_md_blocking(md, &at) && at.strides[3] == b * b &&
           at.strides[2] == GAN_WINOGRAD_K * b * b;
}

int gan_winograd_fits(gan_conv_site *s)
{
    const gan_conv_desc *d = &s->d;
    const gan_md *fixed = gan_params_md(s->e->p->w, s->nd->param[0]);
    int b = s->e->p->buf[s->src].block, panel = 2 * b;
    return gan_winograd_of(b) && s->e->p->buf[s->dst].block == b && !d->transposed && d->k == GAN_WINOGRAD_K &&
           d->stride == 1 && d->dilation == 1 && d->pad < d->k && d->src.c % panel == 0 && d->dst.c % panel == 0 &&
           (!fixed || has_kernels(fixed, b));
}

int gan_winograd_suits(gan_conv_site *s)
{
    const gan_shape *dst = &s->d.dst;
    gan_tiling g = gan_winograd_tiling(dst, 0);
    int in_float = s->e->p->o.math == GAN_MATH_F32 || s->kind == GAN_CONV_BWD_WEIGHTS;
    return GAN_SIMD_LEVELS && in_float && s->d.src.c >= LEAST_CHANNELS && dst->c >= LEAST_CHANNELS &&
           (size_t)dst->n * g.h * g.w >= LEAST_TILES && gan_winograd_fits(s);
}

/* Weights */

/* All tiles of weights of one block of to's channels. */
static void weights_to_points(void *ctx, size_t block)
{
    const struct run *r = ctx;
    const struct winograd *k = r->k;
    size_t b = (size_t)k->by->lanes, rows = (size_t)r->from.s.c;
    float *points = r->points + block / 2 * rows * 2 * b + block % 2 * b;
    for (size_t i = 0; i < rows / b; i++)
        k->by->weights(r->weights + i * k->row_step + block * k->lane_step, k->turned, points + i * b * 2 * b,
                       k->weights_step);
}

/* Tiles */

/* Sums of one panel of to's channels at one point. */
static void sum_point(const struct run *r, const float *from, size_t tiles, size_t panel, size_t point, float *sums)
{
    const struct winograd *k = r->k;
    size_t width = 2 * (size_t)k->by->lanes, rows = (size_t)r->from.s.c, floats = rows * width;
    const float *weights = r->points + point * k->weights_step + panel * floats;
    const float *next = point + 1 < GAN_WINOGRAD_POINTS ? weights + k->weights_step : r->points + (panel + 1) * floats;
    for (size_t t = 0, half = 0; t < tiles; t += (size_t)k->by->tiles, half ^= 1)
        k->by->sum(from + point * k->from_step + t * width, rows / width, tiles * width, weights,
                   next + half * floats / 2, sums + point * k->to_step + t * width);
}

/* tiles: count, made up to what sums take; what lies behind the last one is summed too, and not looked at. */
static void chunk(const struct run *r, float *from, size_t first, size_t count)
{
    const struct winograd *k = r->k;
    size_t b = (size_t)k->by->lanes, unit = (size_t)k->by->tiles, tiles = (count + unit - 1) / unit * unit;
    float *sums = from + GAN_WINOGRAD_POINTS * k->from_step;
    for (size_t i = 0; i < (size_t)r->from.s.c / b; i++)
        k->by->src(&r->from, &k->cut, (gan_tile_range){ i, first, count }, from + i / 2 * tiles * 2 * b + i % 2 * b,
                   k->from_step);
    for (size_t q = 0; q < (size_t)r->to.s.c / (2 * b); q++) {
        for (size_t p = 0; p < GAN_WINOGRAD_POINTS; p++) sum_point(r, from, tiles, q, p, sums);
        for (size_t i = 0; i < 2; i++)
            k->by->dst(&r->to, &k->paste, (gan_tile_range){ 2 * q + i, first, count }, sums + i * b, k->to_step);
    }
}

static void stretch(void *ctx, size_t slot)
{
    const struct run *r = ctx;
    const struct winograd *k = r->k;
    size_t all = gan_winograd_count(&k->paste, &r->to), unit = (size_t)k->by->tiles, units = (all + unit - 1) / unit;
    size_t begin = units * slot / k->slots * unit, end = units * (slot + 1) / k->slots * unit;
    if (end > all) end = all;
    for (size_t at = begin; at < end; at += k->chunk)
        chunk(r, r->work + slot * k->slot_floats, at, end - at < k->chunk ? end - at : k->chunk);
}

static int run_winograd(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct winograd *k = op->state;
    struct run r = { k,
                     gan_plan_tensor(p, k->from),
                     gan_plan_tensor(p, k->to),
                     gan_plan_data(p, k->weights),
                     gan_plan_data(p, k->points),
                     gan_plan_data(p, k->work) };
    gan_parallel_each((size_t)(r.to.s.c / k->by->lanes), weights_to_points, &r);
    gan_parallel_each(k->slots, stretch, &r);
    return 0;
}

/* Emission */

/* Sizes and scratch, from what is filled in. */
static int finish(gan_plan *p, struct winograd *k)
{
    size_t rows = (size_t)p->buf[k->from].shape.c, lanes = (size_t)p->buf[k->to].shape.c, unit = (size_t)k->by->tiles;
    size_t tile_bytes = GAN_WINOGRAD_POINTS * rows * sizeof(float), units = CHUNK_BYTES / tile_bytes / unit;
    k->chunk = (units ? units : 1) * unit;
    k->slots = (size_t)gan_parallel_threads();
    k->weights_step = gan_winograd_step(rows * lanes);
    k->from_step = gan_winograd_step(k->chunk * rows);
    k->to_step = gan_winograd_step(k->chunk * 2 * (size_t)k->by->lanes);
    k->slot_floats = GAN_WINOGRAD_POINTS * (k->from_step + k->to_step);
    k->points = gan_build_scratch(p, GAN_WINOGRAD_POINTS * k->weights_step * sizeof(float));
    k->work = gan_build_scratch(p, k->slots * k->slot_floats * sizeof(float));
    return k->points == GAN_NONE || k->work == GAN_NONE ? -1 : 0;
}

static int emit(const gan_conv_site *s, const char *what, struct winograd *k, const gan_md *md)
{
    gan_emit *e = s->e;
    gan_blocking b;
    if (!md || gan_md_blocking(md, &b)) return -1;
    int lanes = b.inner_dim[1]; /* the dimension of weights that is to's channels */
    k->by = gan_winograd_of(e->p->buf[s->src].block);
    k->row_step = (size_t)b.strides[!lanes];
    k->lane_step = (size_t)b.strides[lanes];
    k->weights = gan_build_values(e->p, s->nd->param[0], md);
    if (k->weights == GAN_NONE || finish(e->p, k)) return -1;
    gan_op *op = gan_kernel_op(e, what, 5, (gan_buf[]){ k->from, k->weights, k->points, k->work, k->to }, k, sizeof *k,
                               run_winograd);
    if (!op) return -1;
    snprintf(op->kernel, sizeof op->kernel, "winograd");
    gan_kernel_describe(op, &s->d, gan_build_md(e, s->src), md, gan_build_md(e, s->dst));
    return 0;
}

int gan_winograd_forward(gan_conv_site *s)
{
    struct winograd k = { .from = s->src,
                          .to = s->dst,
                          .cut = gan_winograd_tiling(&s->d.dst, s->d.pad),
                          .paste = gan_winograd_tiling(&s->d.dst, 0) };
    gan_md *md = gan_winograd_weights(s, 0);
    int failed = emit(s, "fwd", &k, md);
    gan_md_free(md);
    return failed;
}

int gan_winograd_backward_data(gan_conv_site *s)
{
    struct winograd k = { .from = s->dst,
                          .to = s->src,
                          .cut = gan_winograd_tiling(&s->d.src, GAN_WINOGRAD_K - 1 - s->d.pad),
                          .paste = gan_winograd_tiling(&s->d.src, 0),
                          .turned = 1 };
    gan_md *md = gan_winograd_weights(s, 1);
    int failed = emit(s, "bwd_data", &k, md);
    gan_md_free(md);
    return failed;
}
