/* Bias per channel, of plain or blocked tensors. */
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/parallel.h"

struct bias {
    gan_buf tensor, vector;
};

struct biasing {
    gan_tensor t;
    float *vector;
};

static void add_bias(void *ctx, size_t i)
{
    const struct biasing *s = ctx;
    size_t b = (size_t)s->t.block, blocks = (size_t)s->t.s.c / b, plane = (size_t)s->t.s.h * (size_t)s->t.s.w;
    size_t n = i / blocks, c0 = i % blocks * b;
    float *y = s->t.data + n * s->t.stride_n + c0 * plane;
    for (size_t k = 0; k < plane; k++)
        for (size_t c = 0; c < b; c++) y[k * b + c] += s->vector[c0 + c];
}

static int run_bias(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct bias *k = op->state;
    struct biasing s = { gan_plan_tensor(p, k->tensor), gan_plan_data(p, k->vector) };
    gan_parallel_each((size_t)s.t.s.n * (size_t)(s.t.s.c / s.t.block), add_bias, &s);
    return 0;
}

int gan_kernel_bias(gan_emit *e, int param, gan_buf dst)
{
    struct bias k = { dst, gan_build_values(e->p, param, NULL) };
    if (k.vector == GAN_NONE) return -1;
    return gan_kernel_op(e, "bias", 2, (gan_buf[]){ k.tensor, k.vector }, &k, sizeof k, run_bias) ? 0 : -1;
}

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
