#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    (void)nd;
    if (src[0].n != src[1].n || src[0].c != src[1].c || src[1].h != 1 || src[1].w != 1)
        return gan_error("%dx%dx%d cannot be added to every pixel of %dx%dx%d", src[1].c, src[1].h, src[1].w, src[0].c,
                         src[0].h, src[0].w);
    *dst = src[0];
    return 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    gan_buf x = gan_emit_dst(e, nd->src[0]), v = gan_emit_dst(e, nd->src[1]);
    return gan_dnn_shift(e, x, v, gan_emit_dst(e, gan_emit_self(e)));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    int add;
    gan_buf diff_x = gan_emit_diff_add(e, nd->src[0], &add);
    if (diff_x != GAN_NONE && gan_dnn_slice(e, gan_emit_diff_self(e), 0, diff_x, add)) return -1;
    gan_buf diff_v = gan_emit_diff(e, nd->src[1]);
    return diff_v == GAN_NONE ? 0 : gan_dnn_pixel_sum(e, gan_emit_diff_self(e), 0, diff_v);
}

static gan_id example(gan_graph *g)
{
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 8, 5, 4 });
    return gan_shift(g, "sum", gan_relu(g, "act", x), gan_avgpool(g, "mean", x));
}

/* A vector is its own mean. OpenCV 5 would merge the sum with a convolution that made the vector, and then find that the
 * sides differ. */
static int onnx(gan_onnx *o, const gan_node *nd)
{
    gan_onnx_begin(o, nd, "Add");
    gan_onnx_before(o, 1, "GlobalAveragePool");
    gan_onnx_back(o);
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_shift = {
    .name = "shift", .infer = infer, .forward = forward, .backward = backward, .onnx = onnx, .example = example
};

gan_id gan_shift(gan_graph *g, const char *name, gan_id x, gan_id v)
{
    return gan_graph_add(g, &gan_layer_shift, name, 2, (gan_id[]){ x, v }, NULL, 0);
}
