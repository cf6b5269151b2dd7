#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

struct opt {
    float eps;
};

static gan_norm_geometry geometry(const gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    return (gan_norm_geometry){ gan_emit_shape(e, nd->src[0]).n, 0, 1, o->eps, 0 };
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

const gan_layer_def gan_layer_instancenorm = { .name = "instancenorm",
                                               .traits = GAN_LAYER_ABSORBS | GAN_LAYER_VIEWS,
                                               .infer = gan_same_shape,
                                               .forward = forward,
                                               .backward = backward,
                                               .example = example };

gan_id gan_instancenorm(gan_graph *g, const char *name, gan_id x, float eps)
{
    struct opt o = { eps };
    return gan_graph_add(g, &gan_layer_instancenorm, name, 1, &x, &o, sizeof o);
}
