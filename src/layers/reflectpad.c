#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

struct opt {
    int pad, bottom, right; /* at every side; and so many more rows and columns at the far ends */
};

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const struct opt *o = nd->opt;
    if (o->pad < 0 || o->bottom < 0 || o->right < 0) return gan_error("a padding cannot be negative");
    if (o->bottom >= src->h - o->pad || o->right >= src->w - o->pad)
        return gan_error("%dx%d is too small to be mirrored by %d and %dx%d more", src->w, src->h, o->pad, o->right,
                         o->bottom);
    *dst = (gan_shape){ src->n, src->c, src->h + 2 * o->pad + o->bottom, src->w + 2 * o->pad + o->right };
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

static int spoilt(const gan_node *nd, int of_src)
{
    const struct opt *o = nd->opt;
    return of_src + o->pad + (o->bottom > o->right ? o->bottom : o->right);
}

static gan_id example(gan_graph *g)
{
    return gan_reflectpad(g, "pad", gan_graph_input(g, "x", (gan_shape){ 1, 8, 5, 4 }), 2);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    const struct opt *p = nd->opt;
    const int64_t pads[] = { 0, 0, p->pad, p->pad, 0, 0, p->pad + p->bottom, p->pad + p->right };
    gan_onnx_begin(o, nd, "Pad");
    gan_onnx_indices(o, "pads", 8, pads);
    gan_onnx_text(o, "mode", "reflect");
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_reflectpad = { .name = "reflectpad",
                                             .infer = infer,
                                             .forward = forward,
                                             .backward = backward,
                                             .spoilt = spoilt,
                                             .onnx = onnx,
                                             .example = example };

static gan_id add(gan_graph *g, const char *name, gan_id x, struct opt o)
{
    return gan_graph_add(g, &gan_layer_reflectpad, name, 1, &x, &o, sizeof o);
}

gan_id gan_reflectpad(gan_graph *g, const char *name, gan_id x, int pad)
{
    return add(g, name, x, (struct opt){ pad, 0, 0 });
}

gan_id gan_reflectpad_far(gan_graph *g, const char *name, gan_id x, int bottom, int right)
{
    return add(g, name, x, (struct opt){ 0, bottom, right });
}
