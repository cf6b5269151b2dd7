#include "gan/graph.h"

#include <stdio.h>
#include <string.h>

#include "core/layer.h"
#include "gan/mem.h"

/* Layers compute with sides in int, plans with the bytes of all tensors in size_t: neither overflows below these. */
enum { MAX_INPUTS = 8, MAX_OUTPUTS = 8, MAX_SIDE = 1 << 20 };
static const size_t MAX_ELEMENTS = (size_t)1 << 40;

struct gan_graph {
    char name[GAN_NAME_BYTES];
    gan_node *node;
    gan_param *param;
    int nodes, params, inputs, outputs, failed;
    gan_id input[MAX_INPUTS], output[MAX_OUTPUTS];
    char output_name[MAX_OUTPUTS][GAN_NAME_BYTES];
};

gan_graph *gan_graph_new(const char *name)
{
    gan_graph *g = gan_mem_alloc(1, sizeof *g);
    if (g) snprintf(g->name, sizeof g->name, "%s", name);
    return g;
}

void gan_graph_free(gan_graph *g)
{
    if (!g) return;
    for (int i = 0; i < g->nodes; i++) gan_mem_free(g->node[i].opt);
    gan_mem_free(g->node);
    gan_mem_free(g->param);
    gan_mem_free(g);
}

static gan_id fail(gan_graph *g)
{
    g->failed = 1;
    return -1;
}

/* Grows an array to hold one more; capacities are powers of two, so the count tells when one is full. */
static int grow(void **array, int count, size_t size)
{
    if (count & (count - 1)) return 0;
    void *larger = gan_mem_resize(*array, count ? 2 * (size_t)count : 1, size);
    if (!larger) return -1;
    *array = larger;
    return 0;
}

static int set_name(char *into, const char *name)
{
    if (!name[0] || strlen(name) >= GAN_NAME_BYTES / 2) return gan_error("'%s' is no name for a node", name);
    snprintf(into, GAN_NAME_BYTES, "%s", name);
    return 0;
}

static int check_shape(gan_shape s)
{
    const int side[] = { s.n, s.c, s.h, s.w };
    size_t elements = 1;
    for (int i = 0; i < 4; i++) {
        if (side[i] < 1 || side[i] > MAX_SIDE || elements > MAX_ELEMENTS / (size_t)side[i])
            return gan_error("%dx%dx%dx%d is no shape", s.n, s.c, s.h, s.w);
        elements *= (size_t)side[i];
    }
    return 0;
}

gan_id gan_graph_input(gan_graph *g, const char *name, gan_shape s)
{
    if (g->failed) return -1;
    if (check_shape(s)) {
        gan_error_in("input '%s' of %s", name, g->name);
        return fail(g);
    }
    if (g->inputs == MAX_INPUTS) {
        gan_error("input '%s' of %s: at most %d inputs", name, g->name, MAX_INPUTS);
        return fail(g);
    }
    if (grow((void **)&g->node, g->nodes, sizeof *g->node)) return fail(g);
    gan_node *nd = &g->node[g->nodes];
    *nd = (gan_node){ .dst = s };
    if (set_name(nd->name, name)) return fail(g);
    g->input[g->inputs++] = g->nodes;
    return g->nodes++;
}

static int infer(const gan_graph *g, const gan_node *nd, const gan_shape *src, gan_shape *dst)
{
    if (nd->def->infer(nd, src, dst) || check_shape(*dst))
        return gan_error_in("%s.%s of %s", nd->name, nd->def->name, g->name);
    return 0;
}

static int fill_node(gan_graph *g, gan_node *nd, const void *opt, size_t opt_bytes)
{
    gan_shape src[GAN_MAX_SRC] = { { 0 } };
    for (int i = 0; i < nd->nsrc; i++) src[i] = g->node[nd->src[i]].dst;
    if (opt_bytes) {
        nd->opt = gan_mem_alloc(1, opt_bytes);
        if (!nd->opt) return -1;
        memcpy(nd->opt, opt, opt_bytes);
        nd->opt_bytes = opt_bytes;
    }
    if (infer(g, nd, src, &nd->dst)) return -1;
    return nd->def->declare ? nd->def->declare(g, nd) : 0;
}

gan_id gan_graph_add(gan_graph *g, const gan_layer_def *def, const char *name, int nsrc, const gan_id *src,
                     const void *opt, size_t opt_bytes)
{
    for (int i = 0; i < nsrc; i++) {
        GAN_ASSERT(src[i] < g->nodes);
        if (src[i] < 0) g->failed = 1;
    }
    if (g->failed) return -1;
    if (grow((void **)&g->node, g->nodes, sizeof *g->node)) return fail(g);
    gan_node nd = { .def = def, .nsrc = nsrc };
    memcpy(nd.src, src, (size_t)nsrc * sizeof *src);
    if (set_name(nd.name, name) || fill_node(g, &nd, opt, opt_bytes)) {
        gan_mem_free(nd.opt);
        return fail(g);
    }
    g->node[g->nodes] = nd;
    return g->nodes++;
}

int gan_graph_output(gan_graph *g, const char *name, gan_id y)
{
    GAN_ASSERT(y < g->nodes);
    if (y < 0 || g->failed) return fail(g);
    if (g->outputs == MAX_OUTPUTS) {
        gan_error("output '%s' of %s: at most %d outputs", name, g->name, MAX_OUTPUTS);
        return fail(g);
    }
    for (int i = 0; i < g->outputs; i++)
        if (g->output[i] == y) {
            gan_error("output '%s' of %s: node '%s' is one already", name, g->name, g->node[y].name);
            return fail(g);
        }
    if (set_name(g->output_name[g->outputs], name)) return fail(g);
    g->output[g->outputs++] = y;
    return 0;
}

int gan_graph_declare(gan_graph *g, gan_node *nd, gan_param p)
{
    char full[4 * GAN_NAME_BYTES];
    snprintf(full, sizeof full, "%s.%s.%s", nd->name, nd->def->name, p.name);
    if (strlen(full) >= sizeof p.name) return gan_error("'%s' is too long a name for a parameter", full);
    for (int i = 0; i < g->params; i++)
        if (!strcmp(g->param[i].name, full)) return gan_error("%s has two parameters '%s'", g->name, full);
    if (grow((void **)&g->param, g->params, sizeof *g->param)) return -1;
    memcpy(p.name, full, sizeof p.name);
    p.count = 1;
    for (int i = 0; i < p.ndims; i++) {
        if (p.dims[i] < 1 || p.count > MAX_ELEMENTS / (size_t)p.dims[i]) return gan_error("'%s' is too large", full);
        p.count *= (size_t)p.dims[i];
    }
    nd->param[nd->nparam++] = g->params;
    g->param[g->params++] = p;
    return 0;
}

const char *gan_graph_name(const gan_graph *g)
{
    return g->name;
}

int gan_graph_failed(const gan_graph *g)
{
    return g->failed;
}

int gan_graph_nodes(const gan_graph *g)
{
    return g->nodes;
}

const gan_node *gan_graph_node(const gan_graph *g, gan_id id)
{
    GAN_ASSERT(id >= 0 && id < g->nodes);
    return &g->node[id];
}

int gan_graph_params(const gan_graph *g)
{
    return g->params;
}

const gan_param *gan_graph_param(const gan_graph *g, int i)
{
    GAN_ASSERT(i >= 0 && i < g->params);
    return &g->param[i];
}

int gan_graph_inputs(const gan_graph *g)
{
    return g->inputs;
}

gan_id gan_graph_input_at(const gan_graph *g, int i)
{
    GAN_ASSERT(i >= 0 && i < g->inputs);
    return g->input[i];
}

int gan_graph_outputs(const gan_graph *g)
{
    return g->outputs;
}

gan_id gan_graph_output_at(const gan_graph *g, int i)
{
    GAN_ASSERT(i >= 0 && i < g->outputs);
    return g->output[i];
}

const char *gan_graph_output_name(const gan_graph *g, int i)
{
    GAN_ASSERT(i >= 0 && i < g->outputs);
    return g->output_name[i];
}

size_t gan_graph_param_count(const gan_graph *g)
{
    size_t total = 0;
    for (int i = 0; i < g->params; i++)
        if (g->param[i].kind == GAN_TRAINABLE) total += g->param[i].count;
    return total;
}

int gan_graph_shapes(const gan_graph *g, int n, int h, int w, gan_shape *out)
{
    for (int i = 0; i < g->nodes; i++) {
        const gan_node *nd = &g->node[i];
        if (!nd->def) {
            gan_shape s = nd->dst;
            out[i] = (gan_shape){ n ? n : s.n, s.c, h ? h : s.h, w ? w : s.w };
            if (check_shape(out[i])) return gan_error_in("input '%s' of %s", nd->name, g->name);
            continue;
        }
        gan_shape src[GAN_MAX_SRC] = { { 0 } };
        for (int k = 0; k < nd->nsrc; k++) src[k] = out[nd->src[k]];
        if (infer(g, nd, src, &out[i])) return -1;
    }
    return 0;
}
