#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    (void)nd;
    *dst = (gan_shape){ src->n, src->c, 1, 1 };
    return 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_pixel_sum(e, gan_emit_dst(e, nd->src[0]), 1, gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    gan_buf diff_src = gan_emit_diff(e, nd->src[0]);
    return diff_src == GAN_NONE ? -1 : gan_dnn_spread(e, gan_emit_diff_self(e), diff_src);
}

static gan_id example(gan_graph *g)
{
    return gan_avgpool(g, "mean", gan_graph_input(g, "x", (gan_shape){ 1, 8, 5, 4 }));
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    gan_onnx_begin(o, nd, "GlobalAveragePool");
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_avgpool = { .name = "avgpool",
                                          .traits = GAN_LAYER_WHOLE,
                                          .infer = infer,
                                          .forward = forward,
                                          .backward = backward,
                                          .onnx = onnx,
                                          .example = example };

gan_id gan_avgpool(gan_graph *g, const char *name, gan_id x)
{
    return gan_graph_add(g, &gan_layer_avgpool, name, 1, &x, NULL, 0);
}
