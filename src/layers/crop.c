#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

struct opt {
    int h, w;
};

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const struct opt *o = nd->opt;
    if (o->h < 1 || o->w < 1 || o->h > src->h || o->w > src->w)
        return gan_error("%dx%d cannot be cut out of %dx%d", o->w, o->h, src->w, src->h);
    *dst = (gan_shape){ src->n, src->c, o->h, o->w };
    return 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_crop(e, gan_emit_dst(e, nd->src[0]), gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    gan_buf diff_src = gan_emit_diff(e, nd->src[0]);
    return diff_src == GAN_NONE ? -1 : gan_dnn_crop_backward(e, gan_emit_diff_self(e), diff_src);
}

static gan_id example(gan_graph *g)
{
    return gan_crop(g, "cut", gan_graph_input(g, "x", (gan_shape){ 1, 8, 5, 4 }), 3, 2);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    const struct opt *c = nd->opt;
    gan_onnx_begin(o, nd, "Slice");
    gan_onnx_indices(o, "starts", 2, (int64_t[]){ 0, 0 });
    gan_onnx_indices(o, "ends", 2, (int64_t[]){ c->h, c->w });
    gan_onnx_indices(o, "axes", 2, (int64_t[]){ 2, 3 });
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_crop = { .name = "crop",
                                       .traits = GAN_LAYER_WHOLE,
                                       .infer = infer,
                                       .forward = forward,
                                       .backward = backward,
                                       .onnx = onnx,
                                       .example = example };

gan_id gan_crop(gan_graph *g, const char *name, gan_id x, int h, int w)
{
    struct opt o = { h, w };
    return gan_graph_add(g, &gan_layer_crop, name, 1, &x, &o, sizeof o);
}
