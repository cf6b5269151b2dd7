#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    (void)nd;
    if (src[0].n != src[1].n || src[0].c != src[1].c || src[0].h != src[1].h || src[0].w != src[1].w)
        return gan_error("%dx%dx%d and %dx%dx%d cannot be added", src[0].c, src[0].h, src[0].w, src[1].c, src[1].h,
                         src[1].w);
    *dst = src[0];
    return 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    gan_buf a = gan_emit_dst(e, nd->src[0]), b = gan_emit_dst(e, nd->src[1]);
    return gan_dnn_sum(e, a, b, gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    for (int i = 0; i < 2; i++) {
        int add;
        gan_buf diff_src = gan_emit_diff_add(e, nd->src[i], &add);
        if (diff_src != GAN_NONE && gan_dnn_slice(e, gan_emit_diff_self(e), 0, diff_src, add)) return -1;
    }
    return 0;
}

static gan_id example(gan_graph *g)
{
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 8, 5, 4 });
    gan_id y = gan_graph_input(g, "y", (gan_shape){ 1, 8, 5, 4 });
    return gan_add(g, "sum", gan_relu(g, "act", x), y);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    gan_onnx_begin(o, nd, "Add");
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_add = { .name = "add",
                                      .traits = GAN_LAYER_CONVERTS,
                                      .infer = infer,
                                      .forward = forward,
                                      .backward = backward,
                                      .onnx = onnx,
                                      .example = example };

gan_id gan_add(gan_graph *g, const char *name, gan_id a, gan_id b)
{
    return gan_graph_add(g, &gan_layer_add, name, 2, (gan_id[]){ a, b }, NULL, 0);
}
