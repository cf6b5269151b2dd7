#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_softmax(e, gan_emit_dst(e, nd->src[0]), gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    gan_buf diff_src = gan_emit_diff(e, nd->src[0]), dst = gan_emit_dst(e, gan_emit_self(e));
    return diff_src == GAN_NONE ? -1 : gan_dnn_softmax_backward(e, dst, gan_emit_diff_self(e), diff_src);
}

static gan_id example(gan_graph *g)
{
    return gan_softmax(g, "shares", gan_graph_input(g, "x", (gan_shape){ 1, 5, 5, 4 }));
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    gan_onnx_begin(o, nd, "Softmax");
    gan_onnx_int(o, "axis", 1);
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_softmax = { .name = "softmax",
                                          .infer = gan_same_shape,
                                          .forward = forward,
                                          .backward = backward,
                                          .onnx = onnx,
                                          .example = example };

gan_id gan_softmax(gan_graph *g, const char *name, gan_id x)
{
    return gan_graph_add(g, &gan_layer_softmax, name, 1, &x, NULL, 0);
}
