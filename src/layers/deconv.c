#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

static int side(int in, const gan_conv_opt *o)
{
    return (in - 1) * o->stride - 2 * o->pad + o->k + o->out_pad;
}

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const gan_conv_opt *o = nd->opt;
    if (gan_conv_check(o)) return -1;
    if (o->dilation > 1 || o->far) return gan_error("a deconvolution has neither dilation nor more zeros at the end");
    *dst = (gan_shape){ src->n, o->oc, side(src->h, o), side(src->w, o) };
    if (dst->h < 1 || dst->w < 1) return gan_error("padding %d leaves nothing of %dx%d", o->pad, src->w, src->h);
    return 0;
}

static int declare(gan_graph *g, gan_node *nd)
{
    const gan_conv_opt *o = nd->opt;
    return gan_conv_declare(g, nd, (int[4]){ gan_graph_node(g, nd->src[0])->dst.c, o->oc, o->k, o->k }, 1);
}

static gan_conv_geometry geometry(const gan_node *nd)
{
    const gan_conv_opt *o = nd->opt;
    return (gan_conv_geometry){ 1, o->k, o->stride, o->pad, 1, o->bias };
}

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_conv(e, nd, geometry(nd));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_conv_backward(e, nd, geometry(nd));
}

/* Row i of the source reaches rows i * stride - pad .. + k - 1: spoilt up to the last row that a spoilt one reaches. */
static int spoilt(const gan_node *nd, int of_src)
{
    const gan_conv_opt *o = nd->opt;
    int reached = (of_src - 1) * o->stride + o->k - o->pad + o->out_pad;
    return reached > 0 ? reached : 0;
}

static gan_id example(gan_graph *g)
{
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 16, 4, 3 });
    return gan_deconv(g, "c", x, (gan_conv_opt){ .oc = 3, .k = 3, .stride = 2, .pad = 1, .out_pad = 1, .bias = 1 });
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    const gan_conv_opt *c = nd->opt;
    gan_onnx_begin(o, nd, "ConvTranspose");
    gan_conv_onnx(o, nd);
    gan_onnx_ints(o, "pads", 4, (int64_t[]){ c->pad, c->pad, c->pad, c->pad });
    if (c->out_pad) gan_onnx_ints(o, "output_padding", 2, (int64_t[]){ c->out_pad, c->out_pad });
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_deconv = { .name = "deconv",
                                         .traits = GAN_LAYER_VIEWS | GAN_LAYER_ABSORBS | GAN_LAYER_CONVERTS,
                                         .infer = infer,
                                         .declare = declare,
                                         .forward = forward,
                                         .backward = backward,
                                         .spoilt = spoilt,
                                         .onnx = onnx,
                                         .example = example };

gan_id gan_deconv(gan_graph *g, const char *name, gan_id x, gan_conv_opt o)
{
    return gan_graph_add(g, &gan_layer_deconv, name, 1, &x, &o, sizeof o);
}

gan_id gan_deconv_given(gan_graph *g, const char *name, gan_id x, gan_conv_opt o, const float *values)
{
    return gan_conv_add_given(g, &gan_layer_deconv, name, x, o, values);
}
