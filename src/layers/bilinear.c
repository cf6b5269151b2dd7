#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

struct opt {
    int factor;
};

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const struct opt *o = nd->opt;
    if (o->factor < 1 || o->factor > 64) return gan_error("a factor of %d is not within 1 and 64", o->factor);
    *dst = (gan_shape){ src->n, src->c, src->h * o->factor, src->w * o->factor };
    return 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    return gan_dnn_bilinear(e, o->factor, gan_emit_dst(e, nd->src[0]), gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    gan_buf diff_src = gan_emit_diff(e, nd->src[0]);
    return diff_src == GAN_NONE ? -1 : gan_dnn_bilinear_backward(e, o->factor, gan_emit_diff_self(e), diff_src);
}

/* Half a source pixel is mixed with what lay beyond the cut. */
static int spoilt(const gan_node *nd, int of_src)
{
    const struct opt *o = nd->opt;
    return of_src * o->factor + o->factor / 2;
}

static gan_id example(gan_graph *g)
{
    return gan_bilinear(g, "up", gan_graph_input(g, "x", (gan_shape){ 1, 3, 5, 4 }), 4);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    float factor = (float)((const struct opt *)nd->opt)->factor;
    gan_onnx_begin(o, nd, "Resize");
    gan_onnx_none(o);
    gan_onnx_floats(o, "scales", 4, (float[]){ 1, 1, factor, factor });
    gan_onnx_text(o, "coordinate_transformation_mode", "half_pixel");
    gan_onnx_text(o, "mode", "linear");
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_bilinear = { .name = "bilinear",
                                           .infer = infer,
                                           .forward = forward,
                                           .backward = backward,
                                           .spoilt = spoilt,
                                           .onnx = onnx,
                                           .example = example };

gan_id gan_bilinear(gan_graph *g, const char *name, gan_id x, int factor)
{
    struct opt o = { factor };
    return gan_graph_add(g, &gan_layer_bilinear, name, 1, &x, &o, sizeof o);
}
