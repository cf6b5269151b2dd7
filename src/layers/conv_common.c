/* What convolution and deconvolution share. Given values follow the options in the node, so that a copy of the node has
 * them too. */
#include <string.h>

#include "core/layer.h"
#include "gan/mem.h"
#include "layers/layers.h"

struct given {
    gan_conv_opt o;
    float values[]; /* weights, then biases */
};

int gan_conv_check(const gan_conv_opt *o)
{
    enum { MOST = 1024 }; /* so that sides are computed without overflow */
    int bad = o->oc < 1 || o->k < 1 || o->stride < 1 || o->pad < 0 || o->out_pad < 0 || o->out_pad >= o->stride;
    if (bad || o->k > MOST || o->stride > MOST || o->pad > MOST)
        return gan_error("%d channels, kernel %d, stride %d, padding %d and %d are no convolution", o->oc, o->k,
                         o->stride, o->pad, o->out_pad);
    if (o->dilation < 0 || o->dilation > MOST || o->far < 0 || o->far > MOST)
        return gan_error("dilation %d and %d more zeros at the end are no convolution", o->dilation, o->far);
    return 0;
}

int gan_conv_declare(gan_graph *g, gan_node *nd, const int *dims, int transposed)
{
    const struct given *c = nd->opt;
    const int given = nd->opt_bytes > sizeof *c;
    gan_param weights = { .name = "weights", .ndims = 4, .transposed = transposed };
    gan_param bias = { .name = "bias", .ndims = 1, .dims = { c->o.oc } };
    memcpy(weights.dims, dims, sizeof weights.dims);
    weights.kind = bias.kind = c->o.frozen || given ? GAN_FROZEN : GAN_TRAINABLE;
    weights.init = given ? GAN_INIT_GIVEN : (enum gan_param_init)c->o.init;
    bias.init = given ? GAN_INIT_GIVEN : GAN_INIT_ZERO;
    if (given) {
        weights.given = c->values;
        bias.given = c->values + (size_t)dims[0] * (size_t)dims[1] * (size_t)dims[2] * (size_t)dims[3];
    }
    if (gan_graph_declare(g, nd, weights)) return -1;
    return c->o.bias ? gan_graph_declare(g, nd, bias) : 0;
}

gan_id gan_conv_add_given(gan_graph *g, const gan_layer_def *def, const char *name, gan_id x, gan_conv_opt o,
                          const float *values)
{
    gan_id made = -1;
    if (x < 0 || gan_conv_check(&o)) return gan_graph_add(g, def, name, 1, &x, &o, sizeof o);
    size_t floats = (size_t)o.oc * (size_t)gan_graph_node(g, x)->dst.c * (size_t)o.k * (size_t)o.k;
    floats += o.bias ? (size_t)o.oc : 0;
    struct given *c = gan_mem_alloc(1, sizeof *c + floats * sizeof *values);
    if (!c) return -1;
    c->o = o;
    memcpy(c->values, values, floats * sizeof *values);
    made = gan_graph_add(g, def, name, 1, &x, c, sizeof *c + floats * sizeof *values);
    gan_mem_free(c);
    return made;
}

void gan_conv_onnx(gan_onnx *o, const gan_node *nd)
{
    const gan_conv_opt *c = nd->opt;
    for (int i = 0; i < nd->nparam; i++) gan_onnx_param(o, nd, i);
    gan_onnx_ints(o, "kernel_shape", 2, (int64_t[]){ c->k, c->k });
    gan_onnx_ints(o, "strides", 2, (int64_t[]){ c->stride, c->stride });
}
