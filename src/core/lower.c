/* What is decided about several nodes at once, before layers emit: which activations the layer before them applies, and
 * which tensors are written straight into the concat that joins them. Results are the same with and without
 * (GAN_NO_LOWER), but for rounding. */
#include <string.h>

#include "core/build.h"
#include "gan/mem.h"

/* consumers[i]: how many live nodes read node i; wanted outputs count as readers. last[i]: one of them. */
static void count_consumers(const gan_plan *p, int *consumers, gan_id *last)
{
    for (gan_id i = 0; i < p->nodes; i++) {
        const gan_node *nd = gan_graph_node(p->g, i);
        for (int k = 0; p->live[i] && k < nd->nsrc; k++) {
            consumers[nd->src[k]]++;
            last[nd->src[k]] = i;
        }
    }
    for (int i = 0; i < gan_graph_outputs(p->g); i++) consumers[gan_graph_output_at(p->g, i)] += gan_build_wants(p, i);
}

static void absorb_activations(gan_plan *p, const int *consumers, const gan_id *last)
{
    for (gan_id i = 0; i < p->nodes; i++) {
        const gan_node *nd = gan_graph_node(p->g, i);
        if (!nd->def || !(nd->def->traits & GAN_LAYER_ABSORBS) || consumers[i] != 1) continue;
        const gan_layer_def *next = gan_graph_node(p->g, last[i])->def; /* NULL: the one reader is an output */
        if (next && next->act) p->tail[i] = last[i];
    }
}

/* The node that writes i: the one that absorbed it, or i itself. */
static gan_id writer(const gan_plan *p, gan_id i)
{
    const gan_node *nd = gan_graph_node(p->g, i);
    return nd->nsrc && p->tail[nd->src[0]] == i ? nd->src[0] : i;
}

static int can_place(const gan_plan *p, gan_id concat, gan_id src, int c0, const int *consumers)
{
    const gan_layer_def *def = gan_graph_node(p->g, writer(p, src))->def;
    int block = p->block[concat];
    return def && def->traits & GAN_LAYER_VIEWS && consumers[src] == 1 && p->block[src] == block && c0 % block == 0;
}

static void place_in_concats(gan_plan *p, const int *consumers)
{
    for (gan_id i = 0; i < p->nodes; i++) {
        const gan_node *nd = gan_graph_node(p->g, i);
        if (!p->live[i] || !nd->def || !(nd->def->traits & GAN_LAYER_JOINS)) continue;
        int c0 = 0;
        for (int k = 0; k < nd->nsrc; k++) {
            if (can_place(p, i, nd->src[k], c0, consumers)) p->home[nd->src[k]] = i;
            c0 += p->shape[nd->src[k]].c;
        }
    }
}

/* Inputs are plain. What converts takes the best layout of its channels; a join's block also divides the channels of all
 * its sources, so that each begins at a block; the others keep the source's. */
static int block_of(const gan_plan *p, gan_id i)
{
    const gan_node *nd = gan_graph_node(p->g, i);
    if (!nd->def) return 1;
    if (!(nd->def->traits & (GAN_LAYER_JOINS | GAN_LAYER_CONVERTS))) return p->block[nd->src[0]];
    int block = gan_block_of(p->shape[i].c);
    for (int k = 0; k < nd->nsrc && nd->def->traits & GAN_LAYER_JOINS; k++) {
        int part = gan_block_of(p->shape[nd->src[k]].c);
        if (part < block) block = part;
    }
    return block;
}

int gan_lower(gan_plan *p)
{
    for (gan_id i = 0; i < p->nodes; i++) p->block[i] = p->trial && i == 0 ? p->trial->src_block : block_of(p, i);
    if (p->o.flags & GAN_NO_LOWER) return 0;
    int *consumers = gan_mem_alloc((size_t)p->nodes, sizeof *consumers);
    gan_id *last = gan_mem_alloc((size_t)p->nodes, sizeof *last);
    int ready = consumers && last;
    if (ready) {
        count_consumers(p, consumers, last);
        absorb_activations(p, consumers, last);
        place_in_concats(p, consumers);
    }
    gan_mem_free(consumers);
    gan_mem_free(last);
    return ready ? 0 : -1;
}
