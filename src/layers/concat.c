#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    *dst = src[0];
    for (int i = 1; i < nd->nsrc; i++) {
        if (src[i].n != src[0].n || src[i].h != src[0].h || src[i].w != src[0].w)
            return gan_error("%dx%d and %dx%d pictures cannot be joined", src[0].w, src[0].h, src[i].w, src[i].h);
        dst->c += src[i].c;
    }
    return 0;
}

/* A source that is placed already lies in dst. */
static int forward(gan_emit *e, const gan_node *nd)
{
    gan_buf dst = gan_emit_dst(e, gan_emit_self(e));
    for (int i = 0, c0 = 0; i < nd->nsrc; i++) {
        if (!gan_emit_placed(e, nd->src[i]) && gan_dnn_copy(e, gan_emit_dst(e, nd->src[i]), c0, dst)) return -1;
        c0 += gan_emit_shape(e, nd->src[i]).c;
    }
    return 0;
}

static int backward(gan_emit *e, const gan_node *nd)
{
    for (int i = 0, c0 = 0; i < nd->nsrc; i++) {
        int add;
        if (gan_emit_placed(e, nd->src[i])) {
            if (gan_emit_diff_place(e, nd->src[i])) return -1;
        } else {
            gan_buf diff_src = gan_emit_diff_add(e, nd->src[i], &add);
            if (diff_src != GAN_NONE && gan_dnn_slice(e, gan_emit_diff_self(e), c0, diff_src, add)) return -1;
        }
        c0 += gan_emit_shape(e, nd->src[i]).c;
    }
    return 0;
}

static gan_id example(gan_graph *g)
{
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 8, 5, 4 });
    gan_id y = gan_graph_input(g, "y", (gan_shape){ 1, 16, 5, 4 });
    return gan_concat(g, "join", gan_relu(g, "act", x), y);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    gan_onnx_begin(o, nd, "Concat");
    gan_onnx_int(o, "axis", 1);
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_concat = { .name = "concat",
                                         .traits = GAN_LAYER_JOINS,
                                         .infer = infer,
                                         .forward = forward,
                                         .backward = backward,
                                         .onnx = onnx,
                                         .example = example };

gan_id gan_concat(gan_graph *g, const char *name, gan_id a, gan_id b)
{
    return gan_graph_add(g, &gan_layer_concat, name, 2, (gan_id[]){ a, b }, NULL, 0);
}
