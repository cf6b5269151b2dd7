/* Walks a graph and counts, for each node, how many rows (columns) next to a cut are spoilt: computed from padding where
 * the whole picture has samples. Both sides of a picture behave alike but for a deconvolution's out_pad; the larger
 * count stands.
 */
#include "colorize/halo.h"

#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"

enum { MOST = 1 << 16, GLOBAL = -1 };

/* Position y reads rows y * stride - pad .. + k - 1 of its source: spoilt while the first of them is. */
static int conv(const gan_node *nd, gan_shape src, int spoilt)
{
    const gan_conv_opt *o = nd->opt;
    (void)src;
    return (spoilt + o->pad + o->stride - 1) / o->stride;
}

/* Source row i reaches rows i * stride - pad .. + k - 1: spoilt up to the last row that a spoilt one reaches. */
static int deconv(const gan_node *nd, gan_shape src, int spoilt)
{
    const gan_conv_opt *o = nd->opt;
    int reached = (spoilt - 1) * o->stride + o->k - o->pad + o->out_pad;
    (void)src;
    return reached > 0 ? reached : 0;
}

/* The same at every side: more at the far ends comes with a crop, which cannot be tiled. */
static int pad(const gan_node *nd, gan_shape src, int spoilt)
{
    return spoilt + (nd->dst.h - src.h) / 2;
}

static int upsample(const gan_node *nd, gan_shape src, int spoilt)
{
    return spoilt * (nd->dst.h / src.h);
}

static int same(const gan_node *nd, gan_shape src, int spoilt)
{
    (void)nd, (void)src;
    return spoilt;
}

static int whole(const gan_node *nd, gan_shape src, int spoilt)
{
    (void)nd, (void)src, (void)spoilt;
    return GLOBAL;
}

static const struct rule {
    const char *layer;
    int (*spoilt)(const gan_node *nd, gan_shape src, int spoilt); /* from a source's count */
} rules[] = {
    { "conv", conv },          { "deconv", deconv }, { "reflectpad", pad }, { "upsample", upsample }, { "norm", same },
    { "instancenorm", whole }, { "crop", whole },    { "power", same },     { "lrelu", same },        { "tanh", same },
    { "sigmoid", same },       { "dropout", same },  { "concat", same },    { "add", same },
};

static const struct rule *find_rule(const gan_node *nd)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(rules[i].layer, gan_layer_name(nd->def))) return &rules[i];
    return NULL;
}

static int follow(const gan_graph *g, gan_id id, int *spoilt)
{
    const gan_node *nd = gan_graph_node(g, id);
    const struct rule *r = find_rule(nd);
    int most = 0;
    if (!r) return gan_error("cannot make tiles: how far '%s' looks around is not known", gan_layer_name(nd->def));
    for (int k = 0; k < nd->nsrc; k++) {
        int count = r->spoilt(nd, gan_graph_node(g, nd->src[k])->dst, spoilt[nd->src[k]]);
        if (count == GLOBAL)
            return gan_error("cannot make tiles: '%s' (%s) depends on the whole picture", nd->name,
                             gan_layer_name(nd->def));
        if (count > MOST) return gan_error("cannot make tiles: the network looks further than %d pixels", MOST);
        most = count > most ? count : most;
    }
    spoilt[id] = most;
    return 0;
}

int gan_halo_find(const gan_graph *g, int *halo)
{
    int nodes = gan_graph_nodes(g), result = 0;
    int *spoilt = gan_mem_alloc((size_t)nodes, sizeof *spoilt);
    if (!spoilt) return -1;
    for (gan_id i = 0; i < nodes && !result; i++)
        if (gan_graph_node(g, i)->def) result = follow(g, i, spoilt);
    *halo = spoilt[gan_graph_output_at(g, 0)];
    gan_mem_free(spoilt);
    return result;
}
