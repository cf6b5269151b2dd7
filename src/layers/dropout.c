#include "core/dnn/dnn.h"
#include "core/layer.h"
#include "gan/layers.h"

struct opt {
    float p;
};

static int infer(const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    const struct opt *o = nd->opt;
    if (!(o->p >= 0 && o->p < 1)) return gan_error("a dropout of %g is not within 0 and 1", (double)o->p);
    *dst = *src;
    return 0;
}

/* Without GAN_DROPOUT nothing is dropped and nothing is scaled. */
static int drops(const gan_emit *e, const struct opt *o)
{
    return gan_emit_opt(e)->flags & GAN_DROPOUT && o->p > 0;
}

static int forward(gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    gan_id self = gan_emit_self(e);
    gan_buf src = gan_emit_dst(e, nd->src[0]), dst = gan_emit_dst(e, self);
    if (!drops(e, o)) return gan_dnn_act(e, (gan_act){ GAN_LINEAR, 0 }, src, dst);
    return gan_dnn_dropout(e, o->p, self, src, dst, 0);
}

static int backward(gan_emit *e, const gan_node *nd)
{
    const struct opt *o = nd->opt;
    int add;
    gan_buf diff_src = gan_emit_diff_add(e, nd->src[0], &add), diff_dst = gan_emit_diff_self(e);
    if (!drops(e, o)) return gan_dnn_act_backward(e, (gan_act){ GAN_LINEAR, 0 }, GAN_NONE, diff_dst, diff_src, add);
    return gan_dnn_dropout(e, o->p, gan_emit_self(e), diff_dst, diff_src, add);
}

static gan_id example(gan_graph *g)
{
    return gan_dropout(g, "drop", gan_graph_input(g, "x", (gan_shape){ 1, 3, 5, 4 }), 0.5f);
}

const gan_layer_def gan_layer_dropout = { .name = "dropout",
                                          .traits = GAN_LAYER_VIEWS,
                                          .infer = infer,
                                          .forward = forward,
                                          .backward = backward,
                                          .example = example };

gan_id gan_dropout(gan_graph *g, const char *name, gan_id x, float p)
{
    struct opt o = { p };
    return gan_graph_add(g, &gan_layer_dropout, name, 1, &x, &o, sizeof o);
}
