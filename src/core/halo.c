/* Walks a graph and counts, for each node, how many rows (columns) next to a cut are spoilt. */
#include "core/layer.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { MOST = 1 << 16 };

/* The count of node id, from those of its sources. */
static int follow(const gan_graph *g, gan_id id, int *spoilt)
{
    const gan_node *nd = gan_graph_node(g, id);
    if (nd->def->traits & GAN_LAYER_WHOLE)
        return gan_error("%s: '%s' (%s) depends on the whole picture", gan_graph_name(g), nd->name, nd->def->name);
    for (int k = 0; k < nd->nsrc; k++) {
        int count = spoilt[nd->src[k]];
        if (nd->def->spoilt) count = nd->def->spoilt(nd, count);
        if (count > MOST) return gan_error("%s: looks further than %d pixels around", gan_graph_name(g), MOST);
        if (count > spoilt[id]) spoilt[id] = count;
    }
    return 0;
}

int gan_graph_halo(const gan_graph *g, int *halo)
{
    int nodes = gan_graph_nodes(g), result = 0;
    int *spoilt = gan_mem_alloc((size_t)nodes, sizeof *spoilt);
    if (!spoilt) return -1;
    for (gan_id i = 0; i < nodes && !result; i++)
        if (gan_graph_node(g, i)->def) result = follow(g, i, spoilt);
    *halo = 0;
    for (int i = 0; i < gan_graph_outputs(g); i++) {
        int count = spoilt[gan_graph_output_at(g, i)];
        if (count > *halo) *halo = count;
    }
    gan_mem_free(spoilt);
    return result;
}
