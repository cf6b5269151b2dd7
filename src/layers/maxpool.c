#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

/* Rounded up, so that every pixel is in a window; with windows that touch or overlap each begins inside. */
static int side(int in, const gan_pool_geometry *o)
{
    return (in - o->k + o->stride - 1) / o->stride + 1;
}

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const gan_pool_geometry *o = nd->opt;
    enum { MOST = 64 };
    if (o->stride < 1 || o->k < o->stride || o->k > MOST)
        return gan_error("windows of %d every %d pixels are not known", o->k, o->stride);
    if (src->h < o->k || src->w < o->k)
        return gan_error("a window of %d does not fit into %dx%d", o->k, src->w, src->h);
    *dst = (gan_shape){ src->n, src->c, side(src->h, o), side(src->w, o) };
    return 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    const gan_pool_geometry *o = nd->opt;
    return gan_dnn_maxpool(e, *o, gan_emit_dst(e, nd->src[0]), gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    const gan_pool_geometry *o = nd->opt;
    gan_buf diff_src = gan_emit_diff(e, nd->src[0]);
    if (diff_src == GAN_NONE) return -1;
    return gan_dnn_maxpool_backward(e, *o, gan_emit_dst(e, nd->src[0]), gan_emit_diff_self(e), diff_src);
}

/* A cut ends the windows that reach over it, by their overlap. */
static int spoilt(const gan_node *nd, int of_src)
{
    const gan_pool_geometry *o = nd->opt;
    return (of_src + o->k - 1) / o->stride;
}

static gan_id example(gan_graph *g)
{
    return gan_maxpool(g, "pool", gan_graph_input(g, "x", (gan_shape){ 1, 8, 6, 5 }), 3, 2);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    const gan_pool_geometry *c = nd->opt;
    gan_onnx_begin(o, nd, "MaxPool");
    gan_onnx_int(o, "ceil_mode", 1);
    gan_onnx_ints(o, "kernel_shape", 2, (int64_t[]){ c->k, c->k });
    gan_onnx_ints(o, "strides", 2, (int64_t[]){ c->stride, c->stride });
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_maxpool = { .name = "maxpool",
                                          .infer = infer,
                                          .forward = forward,
                                          .backward = backward,
                                          .spoilt = spoilt,
                                          .onnx = onnx,
                                          .example = example };

gan_id gan_maxpool(gan_graph *g, const char *name, gan_id x, int k, int stride)
{
    gan_pool_geometry o = { k, stride };
    return gan_graph_add(g, &gan_layer_maxpool, name, 1, &x, &o, sizeof o);
}
