/* Batch and instance normalisation with an absorbed activation: y = act(gamma (x - mean) / sqrt(variance + eps) + beta).
 * One kernel for all: instance norm is batch norm with a group per picture. A unit of work is one block of channels of
 * one group: it is read twice, the second time from cache, and nobody else touches it, so that results do not depend on
 * the threads. Backward computes the activation's derivative from x again: neither y nor a mask is kept. */
#include <math.h>
#include <string.h>

#include "base/simd.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/params.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { WIDEST = 16, CHUNK = 512 /* pixels summed in float before they are added in double */ };

struct norm {
    gan_norm_geometry c;
    gan_act act;
    gan_buf x, y;                                   /* forward: src and dst; backward: src and diff_dst */
    gan_buf diff_x, diff_gamma, diff_beta;          /* backward only */
    gan_buf gamma, beta, running_mean, running_var; /* GAN_NONE without affine */
    gan_buf stats;                                  /* per group: mean[c], then 1 / deviation[c] */
    gan_buf sums;                                   /* backward, per group: sum d[c], then sum d * xhat[c] */
    int update;
};

struct work {
    const struct norm *k;
    gan_tensor x, y, diff_x;
    const float *gamma, *beta;
    float *mean, *istd, *sum, *sum_x;         /* [group][channel], with 2 * channels between groups */
    size_t channels, blocks, plane, pictures; /* pictures: of one group */
};

/* One block's channels: y = act(scale x + shift). */
struct affine {
    float scale[WIDEST], shift[WIDEST];
};

static const float *picture(const gan_tensor *t, const struct work *w, size_t n, size_t c0)
{
    return t->data + n * t->stride_n + c0 * w->plane;
}

/* The kernels below are written for a constant number of lanes, which the compiler unrolls into vectors. A plain tensor
 * (one channel a block) is taken as lanes of neighbouring pixels, all of the same channel. */

static inline __attribute__((always_inline)) void moments_lanes(const float *x, size_t n, const int lanes,
                                                                const float *origin, double *sum, double *square)
{
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t end = at + CHUNK < n ? at + CHUNK : n;
        float s[WIDEST] = { 0 }, q[WIDEST] = { 0 };
        for (size_t k = at; k < end; k++)
            for (int i = 0; i < lanes; i++) {
                float d = x[k * (size_t)lanes + (size_t)i] - origin[i];
                s[i] += d;
                q[i] += d * d;
            }
        for (int i = 0; i < lanes; i++) {
            sum[i] += (double)s[i];
            square[i] += (double)q[i];
        }
    }
}

static inline __attribute__((always_inline)) void apply_lanes(const float *restrict x, float *restrict y, size_t n,
                                                              const int lanes, const struct affine *a, float slope)
{
    for (size_t k = 0; k < n; k++)
        for (int i = 0; i < lanes; i++) {
            float v = x[k * (size_t)lanes + (size_t)i] * a->scale[i] + a->shift[i];
            y[k * (size_t)lanes + (size_t)i] = v > 0 ? v : slope * v;
        }
}

static inline __attribute__((always_inline)) void diff_sums_lanes(const float *restrict x, const float *restrict dy,
                                                                  size_t n, const int lanes, const struct affine *a,
                                                                  float slope, const float *mean, double *sum,
                                                                  double *sum_x)
{
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t end = at + CHUNK < n ? at + CHUNK : n;
        float s[WIDEST] = { 0 }, q[WIDEST] = { 0 };
        for (size_t k = at; k < end; k++)
            for (int i = 0; i < lanes; i++) {
                float v = x[k * (size_t)lanes + (size_t)i], d = dy[k * (size_t)lanes + (size_t)i];
                d = v * a->scale[i] + a->shift[i] > 0 ? d : slope * d;
                s[i] += d;
                q[i] += d * (v - mean[i]);
            }
        for (int i = 0; i < lanes; i++) {
            sum[i] += (double)s[i];
            sum_x[i] += (double)q[i];
        }
    }
}

/* dx = scale d + rate (x - mean) + level, with d = dy act'(y). */
static inline __attribute__((always_inline)) void diff_lanes(const float *restrict x, const float *restrict dy,
                                                             float *restrict dx, size_t n, const int lanes,
                                                             const struct affine *a, float slope, const float *mean,
                                                             const float *rate, const float *level)
{
    for (size_t k = 0; k < n; k++)
        for (int i = 0; i < lanes; i++) {
            size_t j = k * (size_t)lanes + (size_t)i;
            float d = x[j] * a->scale[i] + a->shift[i] > 0 ? dy[j] : slope * dy[j];
            dx[j] = a->scale[i] * d + rate[i] * (x[j] - mean[i]) + level[i];
        }
}

#define FOR_LANES(lanes, call, ...)                                                                                    \
    switch (lanes) {                                                                                                   \
    case 16: call(__VA_ARGS__, 16); break;                                                                             \
    case 8: call(__VA_ARGS__, 8); break;                                                                               \
    default: call(__VA_ARGS__, 1); break;                                                                              \
    }
#define MOMENTS(x, n, origin, sum, square, lanes) moments_lanes(x, n, lanes, origin, sum, square)
#define APPLY(x, y, n, a, slope, lanes) apply_lanes(x, y, n, lanes, a, slope)
#define DIFF_SUMS(x, dy, n, a, slope, mean, sum, sum_x, lanes)                                                         \
    diff_sums_lanes(x, dy, n, lanes, a, slope, mean, sum, sum_x)
#define DIFF(x, dy, dx, n, a, slope, mean, rate, level, lanes)                                                         \
    diff_lanes(x, dy, dx, n, lanes, a, slope, mean, rate, level)

GAN_SIMD static void moments(const float *x, size_t n, int lanes, const float *origin, double *sum,
                             double *square){ FOR_LANES(lanes, MOMENTS, x, n, origin, sum, square) }

GAN_SIMD static void apply(const float *x, float *y, size_t n, int lanes, const struct affine *a,
                           float slope){ FOR_LANES(lanes, APPLY, x, y, n, a, slope) }

GAN_SIMD static void diff_sums(const float *x, const float *dy, size_t n, int lanes, const struct affine *a,
                               float slope, const float *mean, double *sum,
                               double *sum_x){ FOR_LANES(lanes, DIFF_SUMS, x, dy, n, a, slope, mean, sum, sum_x) }

GAN_SIMD static void diff(const float *x, const float *dy, float *dx, size_t n, int lanes, const struct affine *a,
                          float slope, const float *mean, const float *rate, const float *level)
{
    FOR_LANES(lanes, DIFF, x, dy, dx, n, a, slope, mean, rate, level)
}

static float slope_of(gan_act act)
{
    return act.kind == GAN_LRELU ? act.slope : 1.0f;
}

static struct affine affine_of(const struct work *w, size_t at, size_t c0, int lanes)
{
    struct affine a;
    for (int i = 0; i < lanes; i++) {
        size_t c = c0 + (size_t)i;
        a.scale[i] = (w->gamma ? w->gamma[c] : 1.0f) * w->istd[at + (size_t)i];
        a.shift[i] = (w->beta ? w->beta[c] : 0.0f) - w->mean[at + (size_t)i] * a.scale[i];
    }
    return a;
}

/* Mean and 1 / deviation of a block over a group; sums are taken relative to the first pixel, so that a large mean does
 * not cancel the digits of the variance. */
static void find_stats(const struct work *w, size_t group, size_t c0, size_t at)
{
    int lanes = w->x.block;
    double sum[WIDEST] = { 0 }, square[WIDEST] = { 0 }, count = (double)(w->pictures * w->plane);
    float origin[WIDEST];
    memcpy(origin, picture(&w->x, w, group * w->pictures, c0), (size_t)lanes * sizeof *origin);
    for (size_t n = 0; n < w->pictures; n++)
        moments(picture(&w->x, w, group * w->pictures + n, c0), w->plane, lanes, origin, sum, square);
    for (int i = 0; i < lanes; i++) {
        double mean = sum[i] / count, variance = square[i] / count - mean * mean;
        w->mean[at + (size_t)i] = (float)(mean + (double)origin[i]);
        w->istd[at + (size_t)i] = (float)(1.0 / sqrt((variance > 0 ? variance : 0) + (double)w->k->c.eps));
    }
}

static void forward_unit(void *ctx, size_t unit)
{
    const struct work *w = ctx;
    size_t group = unit / w->blocks, c0 = unit % w->blocks * (size_t)w->x.block, at = group * 2 * w->channels + c0;
    if (w->k->c.batch_stats) find_stats(w, group, c0, at);
    struct affine a = affine_of(w, at, c0, w->x.block);
    for (size_t n = group * w->pictures; n < (group + 1) * w->pictures; n++)
        apply(picture(&w->x, w, n, c0), w->y.data + n * w->y.stride_n + c0 * w->plane, w->plane, w->x.block, &a,
              slope_of(w->k->act));
}

static struct work work_of(const gan_plan *p, const struct norm *k)
{
    struct work w = { .k = k, .x = gan_plan_tensor(p, k->x), .y = gan_plan_tensor(p, k->y) };
    w.channels = (size_t)w.x.s.c;
    w.blocks = w.channels / (size_t)w.x.block;
    w.plane = (size_t)w.x.s.h * (size_t)w.x.s.w;
    w.pictures = (size_t)(w.x.s.n / k->c.groups);
    w.gamma = gan_plan_data(p, k->gamma);
    w.beta = gan_plan_data(p, k->beta);
    w.mean = gan_plan_data(p, k->stats);
    w.istd = w.mean + w.channels;
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
    double count = (double)(w->pictures * w->plane), unbias = count > 1 ? count / (count - 1) : 1;
    for (int g = 0; g < k->c.groups; g++)
        for (size_t c = 0; c < w->channels; c++) {
            size_t at = (size_t)g * 2 * w->channels + c;
            double istd = (double)w->istd[at], now = (1.0 / (istd * istd) - (double)k->c.eps) * unbias;
            mean[c] += k->c.momentum * (w->mean[at] - mean[c]);
            variance[c] += k->c.momentum * ((float)(now > 0 ? now : 0) - variance[c]);
        }
}

static int run_forward(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct norm *k = op->state;
    struct work w = work_of(p, k);
    if (!k->c.batch_stats) take_running(p, k, &w);
    gan_parallel_each(w.blocks * (size_t)k->c.groups, forward_unit, &w);
    if (k->update) move_running(p, k, &w);
    return 0;
}

static void backward_unit(void *ctx, size_t unit)
{
    const struct work *w = ctx;
    int lanes = w->x.block;
    size_t group = unit / w->blocks, c0 = unit % w->blocks * (size_t)lanes, at = group * 2 * w->channels + c0;
    size_t first = group * w->pictures, last = first + w->pictures;
    struct affine a = affine_of(w, at, c0, lanes);
    double sum[WIDEST] = { 0 }, sum_x[WIDEST] = { 0 }, count = (double)(w->pictures * w->plane);
    float slope = slope_of(w->k->act), rate[WIDEST] = { 0 }, level[WIDEST] = { 0 };
    for (size_t n = first; n < last; n++)
        diff_sums(picture(&w->x, w, n, c0), picture(&w->y, w, n, c0), w->plane, lanes, &a, slope, w->mean + at, sum,
                  sum_x);
    for (int i = 0; i < lanes; i++) {
        double istd = (double)w->istd[at + (size_t)i];
        w->sum[at + (size_t)i] = (float)sum[i];
        w->sum_x[at + (size_t)i] = (float)(sum_x[i] * istd);
        if (!w->k->c.batch_stats) continue;
        rate[i] = (float)(-(double)a.scale[i] * istd * istd * sum_x[i] / count);
        level[i] = (float)(-(double)a.scale[i] * sum[i] / count);
    }
    for (size_t n = first; n < last && w->diff_x.data; n++)
        diff(picture(&w->x, w, n, c0), picture(&w->y, w, n, c0),
             w->diff_x.data + n * w->diff_x.stride_n + c0 * w->plane, w->plane, lanes, &a, slope, w->mean + at, rate,
             level);
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
        *of[i] = k->c.affine ? gan_build_values(e->p, nd->param[i], NULL) : GAN_NONE;
        if (k->c.affine && *of[i] == GAN_NONE) return -1;
    }
    return 0;
}

static size_t stats_bytes(const gan_emit *e, const gan_node *nd, int groups)
{
    return (size_t)groups * 2 * (size_t)gan_emit_shape(e, nd->src[0]).c * sizeof(float);
}

int gan_dnn_norm(gan_emit *e, const gan_node *nd, gan_norm_geometry c)
{
    struct norm k = {
        .c = c, .act = gan_emit_act(e), .diff_x = GAN_NONE, .diff_gamma = GAN_NONE, .diff_beta = GAN_NONE
    };
    k.x = gan_emit_dst(e, nd->src[0]);
    k.y = gan_emit_dst(e, gan_emit_self(e));
    k.stats = gan_build_scratch(e->p, stats_bytes(e, nd, c.groups));
    k.update = c.affine && c.batch_stats && gan_emit_opt(e)->flags & GAN_UPDATE_STATS;
    if (k.x == GAN_NONE || k.y == GAN_NONE || k.stats == GAN_NONE || take_params(e, nd, &k)) return -1;
    e->p->stats[gan_emit_self(e)] = k.stats;
    gan_buf arg[] = { k.x, k.y, k.stats, k.gamma, k.beta, k.running_mean, k.running_var };
    return gan_kernel_op(e, "fwd", 7, arg, &k, sizeof k, run_forward) ? 0 : -1;
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
    if (k.sums == GAN_NONE || take_params(e, nd, &k)) return -1;
    if (c.affine && gan_emit_wants_grad(e, nd, 0)) {
        k.diff_gamma = vector_grad(e, nd, 0);
        k.diff_beta = vector_grad(e, nd, 1);
        if (k.diff_gamma == GAN_NONE || k.diff_beta == GAN_NONE) return -1;
    }
    gan_buf arg[] = { k.x, k.y, k.stats, k.sums, k.diff_x, k.diff_gamma, k.diff_beta, k.gamma };
    return gan_kernel_op(e, "bwd", 8, arg, &k, sizeof k, run_backward) ? 0 : -1;
}
