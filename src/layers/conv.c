#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const gan_conv_opt *o = nd->opt;
    if (gan_conv_check(o)) return -1;
    int h = src->h + 2 * o->pad - o->k, w = src->w + 2 * o->pad - o->k;
    if (h < 0 || w < 0) return gan_error("a kernel of %d does not fit into %dx%d", o->k, src->w, src->h);
    *dst = (gan_shape){ src->n, o->oc, h / o->stride + 1, w / o->stride + 1 };
    return 0;
}

static int declare(gan_graph *g, gan_node *nd)
{
    const gan_conv_opt *o = nd->opt;
    int ic = gan_graph_node(g, nd->src[0])->dst.c;
    gan_param weights = { "weights", GAN_TRAINABLE, GAN_INIT_NORMAL, 4, { o->oc, ic, o->k, o->k }, 0, 0 };
    gan_param bias = { "bias", GAN_TRAINABLE, GAN_INIT_ZERO, 1, { o->oc }, 0, 0 };
    if (gan_graph_declare(g, nd, weights)) return -1;
    return o->bias ? gan_graph_declare(g, nd, bias) : 0;
}

static gan_conv_geometry geometry(const gan_node *nd)
{
    const gan_conv_opt *o = nd->opt;
    return (gan_conv_geometry){ 0, o->k, o->stride, o->pad, o->bias };
}

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_conv(e, nd, geometry(nd));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_conv_backward(e, nd, geometry(nd));
}

/* Row y reads rows y * stride - pad .. + k - 1: spoilt while the first of them is. */
static int spoilt(const gan_node *nd, int of_src)
{
    const gan_conv_opt *o = nd->opt;
    return (of_src + o->pad + o->stride - 1) / o->stride;
}

static gan_id example(gan_graph *g)
{
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, 7, 6 });
    return gan_conv(g, "c", x, (gan_conv_opt){ .oc = 16, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    gan_onnx_begin(o, nd, "Conv");
    gan_conv_onnx(o, nd);
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_conv = { .name = "conv",
                                       .traits = GAN_LAYER_ABSORBS | GAN_LAYER_CONVERTS,
                                       .infer = infer,
                                       .declare = declare,
                                       .forward = forward,
                                       .backward = backward,
                                       .spoilt = spoilt,
                                       .onnx = onnx,
                                       .example = example };

gan_id gan_conv(gan_graph *g, const char *name, gan_id x, gan_conv_opt o)
{
    return gan_graph_add(g, &gan_layer_conv, name, 1, &x, &o, sizeof o);
}

void gan_conv_onnx(gan_onnx *o, const gan_node *nd)
{
    const gan_conv_opt *c = nd->opt;
    for (int i = 0; i < nd->nparam; i++) gan_onnx_param(o, nd, i);
    gan_onnx_ints(o, "kernel_shape", 2, (int64_t[]){ c->k, c->k });
    gan_onnx_ints(o, "pads", 4, (int64_t[]){ c->pad, c->pad, c->pad, c->pad });
    gan_onnx_ints(o, "strides", 2, (int64_t[]){ c->stride, c->stride });
}

int gan_conv_check(const gan_conv_opt *o)
{
    enum { MOST = 1024 }; /* so that sides are computed without overflow */
    int bad = o->oc < 1 || o->k < 1 || o->stride < 1 || o->pad < 0 || o->out_pad < 0 || o->out_pad >= o->stride;
    if (bad || o->k > MOST || o->stride > MOST || o->pad > MOST)
        return gan_error("%d channels, kernel %d, stride %d, padding %d and %d are no convolution", o->oc, o->k,
                         o->stride, o->pad, o->out_pad);
    return 0;
}
