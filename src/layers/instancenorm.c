#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

struct opt {
    float eps;
    int affine;
};

static int declare(gan_graph *g, gan_node *nd)
{
    const struct opt *o = nd->opt;
    return o->affine ? gan_norm_declare(g, nd, 2) : 0;
}

static gan_norm_geometry geometry(const gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    return (gan_norm_geometry){ gan_emit_shape(e, nd->src[0]).n, o->affine, 1, o->eps, 0, 1 };
}

static int forward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_norm(e, nd, geometry(e, nd));
}

static int backward(gan_emit *e, const gan_node *nd)
{
    return gan_dnn_norm_backward(e, nd, geometry(e, nd));
}

static gan_id example(gan_graph *g)
{
    return gan_instancenorm(g, "n", gan_graph_input(g, "x", (gan_shape){ 2, 8, 5, 3 }), 1e-5f);
}

/* In ONNX scale and bias are no option. */
static int onnx(gan_onnx *o, const gan_node *nd)
{
    const struct opt *n = nd->opt;
    gan_onnx_begin(o, nd, "InstanceNormalization");
    if (n->affine) {
        gan_onnx_param(o, nd, 0);
        gan_onnx_param(o, nd, 1);
    } else {
        gan_onnx_vector(o, "gamma", nd->dst.c, 1);
        gan_onnx_vector(o, "beta", nd->dst.c, 0);
    }
    gan_onnx_float(o, "epsilon", n->eps);
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_instancenorm = { .name = "instancenorm",
                                               .traits = GAN_LAYER_ABSORBS | GAN_LAYER_VIEWS | GAN_LAYER_WHOLE,
                                               .infer = gan_same_shape,
                                               .declare = declare,
                                               .forward = forward,
                                               .backward = backward,
                                               .onnx = onnx,
                                               .example = example };

gan_id gan_instancenorm(gan_graph *g, const char *name, gan_id x, float eps)
{
    struct opt o = { eps, 0 };
    return gan_graph_add(g, &gan_layer_instancenorm, name, 1, &x, &o, sizeof o);
}

gan_id gan_instancenorm_affine(gan_graph *g, const char *name, gan_id x, float eps)
{
    struct opt o = { eps, 1 };
    return gan_graph_add(g, &gan_layer_instancenorm, name, 1, &x, &o, sizeof o);
}
