/* Bias per channel, of plain or blocked tensors, with the activation that follows. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/parallel.h"

/* Finishing: what follows a sum of products, in one pass. Blocks divide LANES, so each run of LANES floats meets the same
 * channels. */

enum { LANES = 16, GRAIN = 4096 /* floats */ };

/* LANES floats; y may be x. */
static inline void finish(float *y, const float *x, const float *bias, float slope)
{
    float t[LANES];
    for (int i = 0; i < LANES; i++) t[i] = x[i] + bias[i];
    for (int i = 0; i < LANES; i++) t[i] = t[i] > 0 ? t[i] : slope * t[i];
    memcpy(y, t, sizeof t);
}

GAN_SIMD static void finish_stretch(float *y, const float *x, const float *bias, float slope, size_t n)
{
    float rest[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) finish(y + i, x + i, bias, slope);
    memcpy(rest, x + i, (n - i) * sizeof *x);
    finish(rest, rest, bias, slope);
    memcpy(y + i, rest, (n - i) * sizeof *y);
}

struct finish {
    gan_buf src, dst, bias;
    float slope; /* 1: no activation */
};

struct finishing {
    const struct finish *k;
    gan_tensor src, dst;
    const float *bias; /* NULL: none */
};

static void finish_range(void *ctx, size_t begin, size_t end)
{
    const struct finishing *f = ctx;
    size_t b = (size_t)f->dst.block, blocks = (size_t)f->dst.s.c / b;
    size_t each = (size_t)f->dst.s.h * (size_t)f->dst.s.w * b; /* floats of a block of channels */
    while (begin < end) {
        size_t at = begin % each, n = begin / each / blocks, c0 = begin / each % blocks * b;
        size_t count = end - begin < each - at ? end - begin : each - at, from = c0 / b * each + at;
        float bias[LANES] = { 0 };
        for (size_t i = 0; i < LANES && f->bias; i++) bias[i] = f->bias[c0 + i % b];
        finish_stretch(f->dst.data + n * f->dst.stride_n + from, f->src.data + n * f->src.stride_n + from, bias,
                       f->k->slope, count);
        begin += count;
    }
}

static int run_finish(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct finish *k = op->state;
    struct finishing f = { k, gan_plan_tensor(p, k->src), gan_plan_tensor(p, k->dst), gan_plan_data(p, k->bias) };
    gan_shape s = f.dst.s;
    gan_parallel_range((size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w, GRAIN, finish_range, &f);
    return 0;
}

int gan_kernel_finish(gan_emit *e, int param, gan_act act, gan_buf src, gan_buf dst)
{
    struct finish k = { src, dst, GAN_NONE, act.kind == GAN_LRELU ? act.slope : 1.0f };
    if (param == GAN_NONE && act.kind == GAN_LINEAR && src == dst) return 0;
    if (param != GAN_NONE && (k.bias = gan_build_values(e->p, param, NULL)) == GAN_NONE) return -1;
    gan_buf arg[] = { dst, src, k.bias };
    return gan_kernel_op(e, "finish", 3, arg, &k, sizeof k, run_finish) ? 0 : -1;
}

/* Gradient */

struct bias {
    gan_buf tensor, vector;
};

struct biasing {
    gan_tensor t;
    float *vector;
};

static void sum_channel(void *ctx, size_t c)
{
    const struct biasing *s = ctx;
    size_t b = (size_t)s->t.block, plane = (size_t)s->t.s.h * (size_t)s->t.s.w;
    double total = 0;
    for (size_t n = 0; n < (size_t)s->t.s.n; n++) {
        const float *y = s->t.data + n * s->t.stride_n + c / b * b * plane + c % b;
        for (size_t k = 0; k < plane; k++) total += (double)y[k * b];
    }
    s->vector[c] = (float)total;
}

static int run_bias_backward(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct bias *k = op->state;
    struct biasing s = { gan_plan_tensor(p, k->tensor), gan_plan_data(p, k->vector) };
    gan_parallel_each((size_t)s.t.s.c, sum_channel, &s);
    return 0;
}

int gan_kernel_bias_backward(gan_emit *e, int param, gan_buf diff_dst)
{
    gan_md *md = gan_layout_canonical(gan_graph_param(e->p->g, param));
    struct bias k = { diff_dst, md ? gan_build_grad(e, param, md) : GAN_NONE };
    gan_md_free(md);
    if (k.vector == GAN_NONE) return -1;
    return gan_kernel_op(e, "bwd_bias", 2, (gan_buf[]){ k.tensor, k.vector }, &k, sizeof k, run_bias_backward) ? 0 : -1;
}
