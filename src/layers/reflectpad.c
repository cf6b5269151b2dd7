#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

struct opt {
    int pad;
};

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const struct opt *o = nd->opt;
    if (o->pad < 0 || o->pad >= src->h || o->pad >= src->w)
        return gan_error("%dx%d is too small to be mirrored by %d", src->w, src->h, o->pad);
    *dst = (gan_shape){ src->n, src->c, src->h + 2 * o->pad, src->w + 2 * o->pad };
    return 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    return gan_dnn_reflect(e, o->pad, gan_emit_dst(e, nd->src[0]), gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    gan_buf diff_src = gan_emit_diff(e, nd->src[0]);
    return diff_src == GAN_NONE ? -1 : gan_dnn_reflect_backward(e, o->pad, gan_emit_diff_self(e), diff_src);
}

static gan_id example(gan_graph *g)
{
    return gan_reflectpad(g, "pad", gan_graph_input(g, "x", (gan_shape){ 1, 8, 5, 4 }), 2);
}

const gan_layer_def gan_layer_reflectpad = {
    .name = "reflectpad", .infer = infer, .forward = forward, .backward = backward, .example = example
};

gan_id gan_reflectpad(gan_graph *g, const char *name, gan_id x, int pad)
{
    struct opt o = { pad };
    return gan_graph_add(g, &gan_layer_reflectpad, name, 1, &x, &o, sizeof o);
}
