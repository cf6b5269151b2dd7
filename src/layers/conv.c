#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

static int dilation(const gan_conv_opt *o)
{
    return o->dilation ? o->dilation : 1;
}

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const gan_conv_opt *o = nd->opt;
    if (gan_conv_check(o)) return -1;
    int reach = (o->k - 1) * dilation(o) + 1, pad = 2 * o->pad + o->far;
    int h = src->h + pad - reach, w = src->w + pad - reach;
    if (h < 0 || w < 0) return gan_error("a kernel of %d does not fit into %dx%d", reach, src->w, src->h);
    *dst = (gan_shape){ src->n, o->oc, h / o->stride + 1, w / o->stride + 1 };
    return 0;
}

static int declare(gan_graph *g, gan_node *nd)
{
    const gan_conv_opt *o = nd->opt;
    return gan_conv_declare(g, nd, (int[4]){ o->oc, gan_graph_node(g, nd->src[0])->dst.c, o->k, o->k }, 0);
}

static gan_conv_geometry geometry(const gan_node *nd)
{
    const gan_conv_opt *o = nd->opt;
    return (gan_conv_geometry){ 0, o->k, o->stride, o->pad, dilation(o), o->bias };
}

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_conv(e, nd, geometry(nd));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_conv_backward(e, nd, geometry(nd));
}

/* Row y reads rows from y * stride - pad on: spoilt while the first of them is; at the other end the padding is longer. */
static int spoilt(const gan_node *nd, int of_src)
{
    const gan_conv_opt *o = nd->opt;
    return (of_src + o->pad + o->far + o->stride - 1) / o->stride;
}

static gan_id example(gan_graph *g)
{
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, 7, 6 });
    return gan_conv(g, "c", x, (gan_conv_opt){ .oc = 16, .k = 4, .stride = 2, .pad = 1, .bias = 1 });
}

/* OpenCV 5 forgets the padding of 1x1 convolutions. */
static void pad_before(gan_onnx *o, int64_t near, int64_t far)
{
    gan_onnx_before(o, 0, "Pad");
    gan_onnx_indices(o, "pads", 8, (int64_t[]){ 0, 0, near, near, 0, 0, far, far });
    gan_onnx_text(o, "mode", "constant");
    gan_onnx_back(o);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    const gan_conv_opt *c = nd->opt;
    int near = c->pad, far = c->pad + c->far;
    gan_onnx_begin(o, nd, "Conv");
    gan_conv_onnx(o, nd);
    if (c->k == 1 && far) {
        pad_before(o, near, far);
        near = far = 0;
    }
    gan_onnx_ints(o, "pads", 4, (int64_t[]){ near, near, far, far });
    if (dilation(c) > 1) gan_onnx_ints(o, "dilations", 2, (int64_t[]){ c->dilation, c->dilation });
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

gan_id gan_conv_given(gan_graph *g, const char *name, gan_id x, gan_conv_opt o, const float *values)
{
    return gan_conv_add_given(g, &gan_layer_conv, name, x, o, values);
}
