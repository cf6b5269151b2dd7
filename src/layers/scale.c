#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

static gan_act scale(const gan_node *nd)
{
    return *(const gan_act *)nd->opt;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_act(e, scale(nd), gan_emit_dst(e, nd->src[0]), gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    int add;
    gan_buf diff_src = gan_emit_diff_add(e, nd->src[0], &add);
    gan_buf dst = gan_emit_dst(e, gan_emit_self(e));
    return gan_dnn_act_backward(e, scale(nd), dst, gan_emit_diff_self(e), diff_src, add);
}

static gan_id example(gan_graph *g)
{
    return gan_scale(g, "times", gan_graph_input(g, "x", (gan_shape){ 1, 3, 5, 4 }), 2.5f);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    gan_onnx_begin(o, nd, "Mul");
    gan_onnx_scalar(o, "factor", scale(nd).slope);
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_scale = { .name = "scale",
                                        .traits = GAN_LAYER_VIEWS,
                                        .infer = gan_same_shape,
                                        .forward = forward,
                                        .backward = backward,
                                        .onnx = onnx,
                                        .example = example };

gan_id gan_scale(gan_graph *g, const char *name, gan_id x, float factor)
{
    gan_act a = { GAN_SCALE, factor };
    return gan_graph_add(g, &gan_layer_scale, name, 1, &x, &a, sizeof a);
}
