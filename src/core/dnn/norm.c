/* Batch and instance normalisation with an absorbed activation: y = act(gamma (x - mean) / sqrt(variance + eps) + beta).
 * One kernel for all: instance norm is batch norm with a group per picture. A unit of work is one block of channels of
 * one group: it is read twice, the second time from cache, and nobody else touches it, so that results do not depend on
 * the threads. Backward computes the activation's derivative from x again: neither y nor a mask is kept. */
#include <math.h>
#include <string.h>

#include "base/simd.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { WIDEST = 16, WIDTH = 64, ROUNDS = 64 };

struct norm {
    gan_norm_geometry c;
    gan_act act;
    gan_buf x, y;                                   /* forward: src and dst; backward: src and diff_dst */
    gan_buf diff_x, diff_gamma, diff_beta;          /* backward only */
    gan_buf gamma, beta, running_mean, running_var; /* GAN_NONE without affine */
    gan_buf stats;                                  /* per group: mean[c], then 1 / deviation[c] */
    gan_buf sums;                                   /* backward, per group: sum d[c], then sum d * xhat[c] */
    gan_buf shared; /* doubles laid out like stats and sums, added up over all parts; GAN_NONE if there is one */
    int update;
};

struct work {
    const struct norm *k;
    gan_tensor x, y, diff_x;
    const float *gamma, *beta;
    float *mean, *istd, *sum, *sum_x;              /* [group][channel], with 2 * channels between groups */
    double *shared, count;                         /* count: values that a channel's statistics are of */
    size_t channels, blocks, plane, run, pictures; /* run: floats of a block; pictures: of one group */
};

struct unit {           /* of work: a block of channels over a group */
    size_t c0, at;      /* its first channel, and where the numbers of that one are */
    size_t first, last; /* pictures: from, and up to */
};

/* Per-channel numbers of a block, repeated to a fixed width: floats at distance WIDTH in a block of channels are of the
 * same channel, whatever the layout (WIDTH is a multiple of every block; in a plain tensor all are). */
typedef float pattern[WIDTH];

struct affine { /* y = act(scale x + shift) */
    pattern scale, shift, mean;
};

static const float *picture(const gan_tensor *t, const struct work *w, size_t n, size_t c0)
{
    return t->data + n * t->stride_n + c0 * w->plane;
}

/* Adds what WIDTH partial sums hold to the sums of their channels. */
static void fold(const pattern part, int lanes, double *sum)
{
    for (int j = 0; j < WIDTH; j++) sum[j % lanes] += (double)part[j];
}

/* The kernels: n floats of one block. Sums are kept in float for ROUNDS rounds, then added in double. */

GAN_SIMD static void moments_round(const float *restrict x, size_t n, const float *restrict origin, float *restrict s,
                                   float *restrict q)
{
    size_t k = 0;
    for (; k + WIDTH <= n; k += WIDTH)
        for (int j = 0; j < WIDTH; j++) {
            float d = x[k + (size_t)j] - origin[j];
            s[j] += d;
            q[j] += d * d;
        }
    for (size_t j = 0; k + j < n; j++) {
        float d = x[k + j] - origin[j];
        s[j] += d;
        q[j] += d * d;
    }
}

static void moments(const float *x, size_t n, int lanes, const pattern origin, double *sum, double *square)
{
    for (size_t at = 0; at < n; at += ROUNDS * WIDTH) {
        pattern s = { 0 }, q = { 0 };
        moments_round(x + at, n - at < ROUNDS * WIDTH ? n - at : ROUNDS * WIDTH, origin, s, q);
        fold(s, lanes, sum);
        fold(q, lanes, square);
    }
}

GAN_SIMD static void apply(const float *restrict x, float *restrict y, size_t n, const struct affine *restrict a,
                           float slope)
{
    for (size_t k = 0; k < n; k += WIDTH) {
        size_t width = n - k < WIDTH ? n - k : WIDTH;
        for (size_t j = 0; j < width; j++) {
            float v = x[k + j] * a->scale[j] + a->shift[j];
            y[k + j] = v > 0 ? v : slope * v;
        }
    }
}

GAN_SIMD static void diff_sums_round(const float *restrict x, const float *restrict dy, size_t n,
                                     const struct affine *restrict a, float slope, float *restrict s, float *restrict q)
{
    size_t k = 0;
    for (; k + WIDTH <= n; k += WIDTH)
        for (int j = 0; j < WIDTH; j++) {
            float v = x[k + (size_t)j], d = dy[k + (size_t)j];
            d = v * a->scale[j] + a->shift[j] > 0 ? d : slope * d;
            s[j] += d;
            q[j] += d * (v - a->mean[j]);
        }
    for (size_t j = 0; k + j < n; j++) {
        float v = x[k + j], d = dy[k + j];
        d = v * a->scale[j] + a->shift[j] > 0 ? d : slope * d;
        s[j] += d;
        q[j] += d * (v - a->mean[j]);
    }
}

static void diff_sums(const float *x, const float *dy, size_t n, int lanes, const struct affine *a, float slope,
                      double *sum, double *sum_x)
{
    for (size_t at = 0; at < n; at += ROUNDS * WIDTH) {
        pattern s = { 0 }, q = { 0 };
        diff_sums_round(x + at, dy + at, n - at < ROUNDS * WIDTH ? n - at : ROUNDS * WIDTH, a, slope, s, q);
        fold(s, lanes, sum);
        fold(q, lanes, sum_x);
    }
}

struct correction { /* dx = scale d + rate (x - mean) + level, with d = dy act'(y) */
    pattern rate, level;
};

GAN_SIMD static void diff(const float *restrict x, const float *restrict dy, float *restrict dx, size_t n,
                          const struct affine *restrict a, float slope, const struct correction *restrict c)
{
    for (size_t k = 0; k < n; k += WIDTH) {
        size_t width = n - k < WIDTH ? n - k : WIDTH;
        for (size_t j = 0; j < width; j++) {
            float v = x[k + j], d = dy[k + j];
            d = v * a->scale[j] + a->shift[j] > 0 ? d : slope * d;
            dx[k + j] = a->scale[j] * d + c->rate[j] * (v - a->mean[j]) + c->level[j];
        }
    }
}

static float slope_of(gan_act act)
{
    return act.kind == GAN_LRELU ? act.slope : 1.0f;
}

static struct unit unit_of(const struct work *w, size_t i)
{
    size_t group = i / w->blocks, c0 = i % w->blocks * (size_t)w->x.block, first = group * w->pictures;
    return (struct unit){ c0, group * 2 * w->channels + c0, first, first + w->pictures };
}

static struct affine affine_of(const struct work *w, const struct unit *u)
{
    struct affine a;
    for (size_t j = 0; j < WIDTH; j++) {
        size_t i = j % (size_t)w->x.block, c = u->c0 + i;
        a.mean[j] = w->mean[u->at + i];
        a.scale[j] = (w->gamma ? w->gamma[c] : 1.0f) * w->istd[u->at + i];
        a.shift[j] = (w->beta ? w->beta[c] : 0.0f) - a.mean[j] * a.scale[j];
    }
    return a;
}

static void set_stats(const struct work *w, size_t at, double mean, double variance)
{
    w->mean[at] = (float)mean;
    w->istd[at] = (float)(1.0 / sqrt((variance > 0 ? variance : 0) + (double)w->k->c.eps));
}

/* Mean and 1 / deviation of a block over a group; sums are taken relative to the first pixel, so that a large mean does
 * not cancel the digits of the variance. Of one part among several: mean and mean square, to be added up; in double they
 * keep the digits. */
static void find_stats(const struct work *w, const struct unit *u)
{
    int lanes = w->x.block;
    double sum[WIDEST] = { 0 }, square[WIDEST] = { 0 }, count = (double)(w->pictures * w->plane);
    const float *first = picture(&w->x, w, u->first, u->c0);
    pattern origin;
    for (int j = 0; j < WIDTH; j++) origin[j] = first[j % lanes];
    for (size_t n = u->first; n < u->last; n++)
        moments(picture(&w->x, w, n, u->c0), w->run, lanes, origin, sum, square);
    for (int i = 0; i < lanes; i++) {
        double near = sum[i] / count, variance = square[i] / count - near * near, mean = near + (double)origin[i];
        if (!w->shared) {
            set_stats(w, u->at + (size_t)i, mean, variance);
            continue;
        }
        w->shared[u->at + (size_t)i] = mean;
        w->shared[u->at + (size_t)i + w->channels] = variance + mean * mean;
    }
}

static void stats_unit(void *ctx, size_t i)
{
    const struct work *w = ctx;
    struct unit u = unit_of(w, i);
    find_stats(w, &u);
}

static void forward_unit(void *ctx, size_t i)
{
    const struct work *w = ctx;
    struct unit u = unit_of(w, i);
    if (w->k->c.batch_stats && !w->shared) find_stats(w, &u);
    struct affine a = affine_of(w, &u);
    for (size_t n = u.first; n < u.last; n++)
        apply(picture(&w->x, w, n, u.c0), w->y.data + n * w->y.stride_n + u.c0 * w->plane, w->run, &a,
              slope_of(w->k->act));
}

static struct work work_of(const gan_plan *p, const struct norm *k)
{
    struct work w = { .k = k, .x = gan_plan_tensor(p, k->x), .y = gan_plan_tensor(p, k->y) };
    w.channels = (size_t)w.x.s.c;
    w.blocks = w.channels / (size_t)w.x.block;
    w.plane = (size_t)w.x.s.h * (size_t)w.x.s.w;
    w.run = w.plane * (size_t)w.x.block;
    w.pictures = (size_t)(w.x.s.n / k->c.groups);
    w.gamma = gan_plan_data(p, k->gamma);
    w.beta = gan_plan_data(p, k->beta);
    w.mean = gan_plan_data(p, k->stats);
    w.istd = w.mean + w.channels;
    w.shared = (double *)(void *)gan_plan_data(p, k->shared);
    w.count = (double)(w.pictures * w.plane) * k->c.parts;
    return w;
}

/* Frozen statistics come from the running ones. */
static void take_running(const gan_plan *p, const struct norm *k, struct work *w)
{
    const float *mean = gan_plan_data(p, k->running_mean), *variance = gan_plan_data(p, k->running_var);
    for (int g = 0; g < k->c.groups; g++)
        for (size_t c = 0; c < w->channels; c++) {
            w->mean[(size_t)g * 2 * w->channels + c] = mean[c];
            w->istd[(size_t)g * 2 * w->channels + c] = (float)(1.0 / sqrt((double)variance[c] + (double)k->c.eps));
        }
}

/* The running variance is the unbiased one, as PyTorch keeps it. */
static void move_running(const gan_plan *p, const struct norm *k, const struct work *w)
{
    float *mean = gan_plan_data(p, k->running_mean), *variance = gan_plan_data(p, k->running_var);
    double unbias = w->count > 1 ? w->count / (w->count - 1) : 1;
    for (int g = 0; g < k->c.groups; g++)
        for (size_t c = 0; c < w->channels; c++) {
            size_t at = (size_t)g * 2 * w->channels + c;
            double istd = (double)w->istd[at], now = (1.0 / (istd * istd) - (double)k->c.eps) * unbias;
            mean[c] += k->c.momentum * (w->mean[at] - mean[c]);
            variance[c] += k->c.momentum * ((float)(now > 0 ? now : 0) - variance[c]);
        }
}

static int exchange(gan_plan *p, const struct work *w)
{
    return p->o.part.exchange(p->o.part.ctx, w->shared, 2 * w->channels * (size_t)w->k->c.groups);
}

/* Statistics over all parts of the batch, which are of one size. */
static int share_stats(gan_plan *p, const struct norm *k, struct work *w)
{
    size_t groups = (size_t)k->c.groups;
    gan_parallel_each(w->blocks * groups, stats_unit, w);
    if (exchange(p, w)) return -1;
    for (size_t g = 0; g < groups; g++)
        for (size_t c = 0; c < w->channels; c++) {
            size_t at = g * 2 * w->channels + c;
            double mean = w->shared[at] / k->c.parts, square = w->shared[at + w->channels] / k->c.parts;
            set_stats(w, at, mean, square - mean * mean);
        }
    return 0;
}

static int run_forward(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct norm *k = op->state;
    struct work w = work_of(p, k);
    if (!k->c.batch_stats) take_running(p, k, &w);
    if (w.shared && share_stats(p, k, &w)) return -1;
    gan_parallel_each(w.blocks * (size_t)k->c.groups, forward_unit, &w);
    if (k->update) move_running(p, k, &w);
    return 0;
}

/* What the statistics' own dependence on x takes off the diff (Ioffe and Szegedy 2015, section 3). */
static struct correction correction_of(const struct work *w, const struct affine *a, const double *sum,
                                       const double *sum_x, size_t at)
{
    struct correction c = { { 0 }, { 0 } };
    for (size_t j = 0; w->k->c.batch_stats && j < WIDTH; j++) {
        size_t i = j % (size_t)w->x.block;
        double istd = (double)w->istd[at + i], scale = (double)a->scale[j];
        c.rate[j] = (float)(-scale * istd * istd * sum_x[i] / w->count);
        c.level[j] = (float)(-scale * sum[i] / w->count);
    }
    return c;
}

/* Sums of a block over a group of this part: the parameters' gradients. */
static void find_sums(const struct work *w, const struct unit *u, const struct affine *a, double *sum, double *sum_x)
{
    int lanes = w->x.block;
    for (size_t n = u->first; n < u->last; n++)
        diff_sums(picture(&w->x, w, n, u->c0), picture(&w->y, w, n, u->c0), w->run, lanes, a, slope_of(w->k->act), sum,
                  sum_x);
    for (size_t i = 0; i < (size_t)lanes; i++) {
        w->sum[u->at + i] = (float)sum[i];
        w->sum_x[u->at + i] = (float)(sum_x[i] * (double)w->istd[u->at + i]);
    }
}

static void sums_unit(void *ctx, size_t i)
{
    const struct work *w = ctx;
    struct unit u = unit_of(w, i);
    struct affine a = affine_of(w, &u);
    double sum[WIDEST] = { 0 }, sum_x[WIDEST] = { 0 };
    find_sums(w, &u, &a, sum, sum_x);
    memcpy(w->shared + u.at, sum, (size_t)w->x.block * sizeof *sum);
    memcpy(w->shared + u.at + w->channels, sum_x, (size_t)w->x.block * sizeof *sum_x);
}

static void backward_unit(void *ctx, size_t i)
{
    const struct work *w = ctx;
    struct unit u = unit_of(w, i);
    struct affine a = affine_of(w, &u);
    double sum[WIDEST] = { 0 }, sum_x[WIDEST] = { 0 };
    if (!w->shared) find_sums(w, &u, &a, sum, sum_x);
    struct correction c = w->shared ? correction_of(w, &a, w->shared + u.at, w->shared + u.at + w->channels, u.at)
                                    : correction_of(w, &a, sum, sum_x, u.at);
    for (size_t n = u.first; n < u.last && w->diff_x.data; n++)
        diff(picture(&w->x, w, n, u.c0), picture(&w->y, w, n, u.c0),
             w->diff_x.data + n * w->diff_x.stride_n + u.c0 * w->plane, w->run, &a, slope_of(w->k->act), &c);
}

static void add_groups(const struct work *w, int groups, const float *from, float *into)
{
    for (size_t c = 0; into && c < w->channels; c++) {
        double total = 0;
        for (int g = 0; g < groups; g++) total += (double)from[(size_t)g * 2 * w->channels + c];
        into[c] = (float)total;
    }
}

static int run_backward(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct norm *k = op->state;
    struct work w = work_of(p, k);
    if (k->diff_x != GAN_NONE) w.diff_x = gan_plan_tensor(p, k->diff_x);
    w.sum = gan_plan_data(p, k->sums);
    w.sum_x = w.sum + w.channels;
    if (w.shared) {
        gan_parallel_each(w.blocks * (size_t)k->c.groups, sums_unit, &w);
        if (exchange(p, &w)) return -1;
    }
    gan_parallel_each(w.blocks * (size_t)k->c.groups, backward_unit, &w);
    add_groups(&w, k->c.groups, w.sum_x, gan_plan_data(p, k->diff_gamma));
    add_groups(&w, k->c.groups, w.sum, gan_plan_data(p, k->diff_beta));
    return 0;
}

/* Emission */

static int take_params(gan_emit *e, const gan_node *nd, struct norm *k)
{
    gan_buf *of[] = { &k->gamma, &k->beta, &k->running_mean, &k->running_var };
    for (int i = 0; i < 4; i++) {
        *of[i] = i < nd->nparam ? gan_build_values(e->p, nd->param[i], NULL) : GAN_NONE;
        if (i < nd->nparam && *of[i] == GAN_NONE) return -1;
    }
    return 0;
}

static size_t stats_bytes(const gan_emit *e, const gan_node *nd, int groups)
{
    return (size_t)groups * 2 * (size_t)gan_emit_shape(e, nd->src[0]).c * sizeof(float);
}

/* Room for the sums over all parts, if there are several: *b stays GAN_NONE if there is one. */
static int take_shared(gan_emit *e, const gan_node *nd, const gan_norm_geometry *c, gan_buf *b)
{
    *b = GAN_NONE;
    if (c->parts < 2) return 0;
    *b = gan_build_scratch(e->p, stats_bytes(e, nd, c->groups) / sizeof(float) * sizeof(double));
    return *b == GAN_NONE ? -1 : 0;
}

int gan_dnn_norm(gan_emit *e, const gan_node *nd, gan_norm_geometry c)
{
    struct norm k = {
        .c = c, .act = gan_emit_act(e), .diff_x = GAN_NONE, .diff_gamma = GAN_NONE, .diff_beta = GAN_NONE
    };
    k.x = gan_emit_dst(e, nd->src[0]);
    k.y = gan_emit_dst(e, gan_emit_self(e));
    k.stats = gan_build_scratch(e->p, stats_bytes(e, nd, c.groups));
    if (k.x == GAN_NONE || k.y == GAN_NONE || k.stats == GAN_NONE || take_params(e, nd, &k)) return -1;
    if (take_shared(e, nd, &c, &k.shared)) return -1;
    k.update = k.running_mean != GAN_NONE && c.batch_stats && gan_emit_opt(e)->flags & GAN_UPDATE_STATS;
    e->p->stats[gan_emit_self(e)] = k.stats;
    gan_buf arg[] = { k.x, k.y, k.stats, k.gamma, k.beta, k.running_mean, k.running_var, k.shared };
    return gan_kernel_op(e, "fwd", 8, arg, &k, sizeof k, run_forward) ? 0 : -1;
}

static gan_buf vector_grad(gan_emit *e, const gan_node *nd, int i)
{
    gan_md *md = gan_layout_canonical(gan_graph_param(e->p->g, nd->param[i]));
    gan_buf b = md ? gan_build_grad(e, nd->param[i], md) : GAN_NONE;
    gan_md_free(md);
    return b;
}

int gan_dnn_norm_backward(gan_emit *e, const gan_node *nd, gan_norm_geometry c)
{
    struct norm k = { .c = c, .act = gan_emit_act(e), .diff_gamma = GAN_NONE, .diff_beta = GAN_NONE };
    k.x = gan_emit_dst(e, nd->src[0]);
    k.y = gan_emit_diff_self(e);
    k.stats = e->p->stats[gan_emit_self(e)];
    k.sums = gan_build_scratch(e->p, stats_bytes(e, nd, c.groups));
    k.diff_x = gan_emit_diff(e, nd->src[0]);
    if (k.diff_x == GAN_NONE && e->p->wants[nd->src[0]]) return -1;
    if (k.sums == GAN_NONE || take_params(e, nd, &k) || take_shared(e, nd, &c, &k.shared)) return -1;
    if (c.affine && gan_emit_wants_grad(e, nd, 0)) {
        k.diff_gamma = vector_grad(e, nd, 0);
        k.diff_beta = vector_grad(e, nd, 1);
        if (k.diff_gamma == GAN_NONE || k.diff_beta == GAN_NONE) return -1;
    }
    gan_buf arg[] = { k.x, k.y, k.stats, k.sums, k.diff_x, k.diff_gamma, k.diff_beta, k.gamma, k.shared };
    return gan_kernel_op(e, "bwd", 9, arg, &k, sizeof k, run_backward) ? 0 : -1;
}
