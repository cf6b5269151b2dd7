/* A pass of a convolution as a primitive of oneDNN, with the reorders that its layouts need. */
#include <stdio.h>

#include "core/dnn/conv.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/dnn/primitive.h"
#include "core/params.h"

void gan_kernel_describe(gan_op *op, const gan_conv_desc *d, const gan_md *src, const gan_md *weights,
                         const gan_md *dst)
{
    char text[3][24];
    gan_layout_text(src, text[0], sizeof text[0]);
    gan_layout_text(weights, text[1], sizeof text[1]);
    gan_layout_text(dst, text[2], sizeof text[2]);
    snprintf(op->layouts, sizeof op->layouts, "%s %s %s", text[0], text[1], text[2]);
    const gan_shape *at = d->transposed ? &d->src : &d->dst; /* where the kernel is applied */
    op->flop = 2.0 * at->n * at->h * at->w * d->k * d->k * d->src.c * d->dst.c;
    op->convolution = 1;
}

gan_buf gan_conv_writable(gan_emit *e, gan_buf b, gan_shape s, const gan_md *md, int *reorder)
{
    *reorder = !gan_md_equal(gan_build_md(e, b), md);
    return *reorder ? gan_build_laid(e->p, s, md) : b;
}

/* What a convolution reads: a tensor or a parameter's values in layout and type md, or rounded where bf16 is emulated. */
static gan_buf operand(gan_emit *e, gan_buf b, const gan_md *md)
{
    return (e->p->o.math == GAN_MATH_BF16_EMULATED ? gan_build_rounded : gan_build_as)(e, b, md);
}

static gan_buf weights_operand(gan_emit *e, int param, const gan_md *md)
{
    return (e->p->o.math == GAN_MATH_BF16_EMULATED ? gan_build_values_rounded : gan_build_values)(e->p, param, md);
}

static int forward(gan_conv_site *s, const gan_conv_choice *c)
{
    gan_emit *e = s->e;
    int reorder;
    gan_buf from = operand(e, s->src, c->src), to = gan_conv_writable(e, s->dst, s->d.dst, c->dst, &reorder);
    gan_buf weights = weights_operand(e, s->nd->param[0], c->weights);
    gan_buf bias = s->d.bias ? gan_build_values(e->p, s->nd->param[1], NULL) : GAN_NONE;
    if (from == GAN_NONE || to == GAN_NONE || weights == GAN_NONE || (s->d.bias && bias == GAN_NONE)) return -1;
    gan_argument a[] = { { DNNL_ARG_SRC, from, dnnl_query_src_md, 0 },
                         { DNNL_ARG_WEIGHTS, weights, dnnl_query_weights_md, 0 },
                         { DNNL_ARG_DST, to, dnnl_query_dst_md, 0 },
                         { DNNL_ARG_BIAS, bias, dnnl_query_weights_md, 1 } };
    gan_op *op = gan_primitive_op(e, "fwd", c->pd, 4, a);
    if (!op) return -1;
    gan_kernel_describe(op, &s->d, c->src, c->weights, c->dst);
    return reorder ? gan_build_reorder(e, "reorder", to, s->dst) : 0;
}

static int backward_data(gan_conv_site *s, const gan_conv_choice *c)
{
    gan_emit *e = s->e;
    int reorder;
    gan_buf from = operand(e, s->dst, c->dst), to = gan_conv_writable(e, s->src, s->d.src, c->src, &reorder);
    gan_buf weights = weights_operand(e, s->nd->param[0], c->weights);
    if (from == GAN_NONE || to == GAN_NONE || weights == GAN_NONE) return -1;
    gan_argument a[] = { { DNNL_ARG_DIFF_DST, from, dnnl_query_diff_dst_md, 0 },
                         { DNNL_ARG_WEIGHTS, weights, dnnl_query_weights_md, 0 },
                         { DNNL_ARG_DIFF_SRC, to, dnnl_query_diff_src_md, 0 } };
    gan_op *op = gan_primitive_op(e, "bwd_data", c->pd, 3, a);
    if (!op) return -1;
    gan_kernel_describe(op, &s->d, c->src, c->weights, c->dst);
    return reorder ? gan_build_reorder(e, "reorder", to, s->src) : 0;
}

static gan_buf bias_gradient(gan_emit *e, int param)
{
    gan_md *vector = gan_layout_canonical(gan_graph_param(e->p->g, param));
    gan_buf b = vector ? gan_build_grad(e, param, vector) : GAN_NONE;
    gan_md_free(vector);
    return b;
}

static int backward_weights(gan_conv_site *s, const gan_conv_choice *c)
{
    gan_emit *e = s->e;
    int reorder;
    gan_buf grad = gan_build_grad(e, s->nd->param[0], c->weights);
    if (grad == GAN_NONE) return -1;
    gan_buf x = gan_build_as(e, s->src, c->src), y = gan_build_as(e, s->dst, c->dst);
    gan_buf to = gan_conv_writable(e, grad, (gan_shape){ 0 }, c->weights, &reorder);
    gan_buf bias = s->d.bias ? bias_gradient(e, s->nd->param[1]) : GAN_NONE;
    if (x == GAN_NONE || y == GAN_NONE || to == GAN_NONE || (s->d.bias && bias == GAN_NONE)) return -1;
    gan_argument a[] = { { DNNL_ARG_SRC, x, dnnl_query_src_md, 0 },
                         { DNNL_ARG_DIFF_DST, y, dnnl_query_diff_dst_md, 0 },
                         { DNNL_ARG_DIFF_WEIGHTS, to, dnnl_query_diff_weights_md, 0 },
                         { DNNL_ARG_DIFF_BIAS, bias, dnnl_query_diff_weights_md, 1 } };
    gan_op *op = gan_primitive_op(e, "bwd_weights", c->pd, 4, a);
    if (!op) return -1;
    gan_kernel_describe(op, &s->d, c->src, c->weights, c->dst);
    s->bias_done = s->d.bias;
    return reorder ? gan_build_reorder(e, "reorder", to, grad) : 0;
}

int gan_conv_primitive(gan_conv_site *s, const char *name)
{
    static int (*const emit[])(gan_conv_site *, const gan_conv_choice *) = {
        [GAN_CONV_FWD] = forward, [GAN_CONV_BWD_DATA] = backward_data, [GAN_CONV_BWD_WEIGHTS] = backward_weights
    };
    gan_conv_choice c;
    if (gan_conv_choose(s, name, &c)) return -1;
    int result = emit[s->kind](s, &c);
    gan_conv_choice_release(&c);
    return result;
}
