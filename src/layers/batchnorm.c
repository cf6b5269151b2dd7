#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"
#include "layers/layers.h"

struct opt {
    float eps;
};

float gan_norm_eps(const gan_node *nd)
{
    return *(const float *)nd->opt; /* the first member of both layers' options */
}

int gan_norm_declare(gan_graph *g, gan_node *nd, int vectors)
{
    static const struct {
        const char *name;
        enum gan_param_kind kind;
        enum gan_param_init init;
    } rows[] = { { "gamma", GAN_TRAINABLE, GAN_INIT_ONE_NORMAL },
                 { "beta", GAN_TRAINABLE, GAN_INIT_ZERO },
                 { "mean", GAN_BUFFER, GAN_INIT_ZERO },
                 { "variance", GAN_BUFFER, GAN_INIT_ONE } };
    for (int i = 0; i < vectors; i++) {
        gan_param p = { .kind = rows[i].kind, .init = rows[i].init, .ndims = 1, .dims = { nd->dst.c } };
        for (size_t k = 0; rows[i].name[k]; k++) p.name[k] = rows[i].name[k];
        if (gan_graph_declare(g, nd, p)) return -1;
    }
    return 0;
}

static int declare(gan_graph *g, gan_node *nd)
{
    return gan_norm_declare(g, nd, 4);
}

static gan_norm_geometry geometry(const gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    const gan_plan_opt *plan = gan_emit_opt(e);
    float momentum = plan->momentum > 0 ? plan->momentum : 0.1f;
    int batch_stats = (plan->flags & GAN_BATCH_STATS) != 0, shared = batch_stats && plan->part.exchange;
    int each = gan_emit_shape(e, nd->src[0]).n / plan->groups, parts = shared ? plan->part.of / each : 1;
    return (gan_norm_geometry){ plan->groups, 1, batch_stats, o->eps, momentum, parts };
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
    return gan_batchnorm(g, "n", gan_graph_input(g, "x", (gan_shape){ 2, 16, 5, 3 }), 1e-5f);
}

static int onnx(gan_onnx *o, const gan_node *nd)
{
    const struct opt *b = nd->opt;
    gan_onnx_begin(o, nd, "BatchNormalization");
    for (int i = 0; i < 4; i++) gan_onnx_param(o, nd, i);
    gan_onnx_float(o, "epsilon", b->eps);
    return gan_onnx_end(o);
}

const gan_layer_def gan_layer_batchnorm = { .name = "norm",
                                            .traits = GAN_LAYER_ABSORBS | GAN_LAYER_VIEWS,
                                            .infer = gan_same_shape,
                                            .declare = declare,
                                            .forward = forward,
                                            .backward = backward,
                                            .onnx = onnx,
                                            .example = example };

gan_id gan_batchnorm(gan_graph *g, const char *name, gan_id x, float eps)
{
    struct opt o = { eps };
    return gan_graph_add(g, &gan_layer_batchnorm, name, 1, &x, &o, sizeof o);
}

int gan_same_shape(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    (void)nd;
    *dst = *src;
    return 0;
}
