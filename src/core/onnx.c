#include "core/onnx.h"

#include <stdio.h>
#include <string.h>

#include "core/layer.h"
#include "gan/mem.h"

static const size_t type_bytes[] = { [GAN_ONNX_FLOAT] = 4, [GAN_ONNX_INT64] = 8, [GAN_ONNX_FLOAT16] = 2 };

/* Names */

static int same_words(const gan_node *a, const gan_node *b)
{
    return a->def == b->def && !strcmp(a->name, b->name);
}

/* Two nodes of one name and layer are told apart by their number. */
void gan_onnx_tensor_name(const gan_graph *g, gan_id id, gan_onnx_name out)
{
    const gan_node *nd = gan_graph_node(g, id);
    int twin = 0;
    for (int i = 0; i < gan_graph_outputs(g); i++)
        if (gan_graph_output_at(g, i) == id) {
            snprintf(out, sizeof(gan_onnx_name), "%s", gan_graph_output_name(g, i));
            return;
        }
    for (gan_id i = 0; i < id; i++) twin |= same_words(gan_graph_node(g, i), nd);
    if (!nd->def)
        snprintf(out, sizeof(gan_onnx_name), "%s", nd->name);
    else if (twin)
        snprintf(out, sizeof(gan_onnx_name), "%s.%s.%d", nd->name, nd->def->name, id);
    else
        snprintf(out, sizeof(gan_onnx_name), "%s.%s", nd->name, nd->def->name);
}

/* Makes room for one more; capacities are powers of two. */
static int grow(gan_onnx *o, void **array, int count, size_t size)
{
    if (count & (count - 1)) return 0;
    void *larger = gan_mem_resize(*array, count ? 2 * (size_t)count : 1, size);
    if (larger)
        *array = larger;
    else
        o->failed = 1;
    return larger ? 0 : -1;
}

/* Nodes */

static gan_id id_of(const gan_onnx *o, const gan_node *nd)
{
    gan_id id = 0;
    while (gan_graph_node(o->g, id) != nd) id++;
    return id;
}

static char *next_input(gan_onnx *o)
{
    GAN_ASSERT(o->now.inputs < GAN_ONNX_MAX_IN);
    return o->now.input[o->now.inputs++];
}

static void append(gan_onnx *o, const gan_onnx_node *nd)
{
    if (grow(o, (void **)&o->node, o->nodes, sizeof *o->node)) return;
    o->node[o->nodes++] = *nd;
}

void gan_onnx_begin(gan_onnx *o, const gan_node *nd, const char *op)
{
    o->now = (gan_onnx_node){ .op = op };
    gan_onnx_tensor_name(o->g, id_of(o, nd), o->now.output);
    snprintf(o->now.name, sizeof o->now.name, "%s.%s", nd->name, nd->def->name);
    for (int i = 0; i < nd->nsrc; i++) gan_onnx_tensor_name(o->g, nd->src[i], next_input(o));
}

int gan_onnx_end(gan_onnx *o)
{
    append(o, &o->now);
    return o->failed ? -1 : 0;
}

void gan_onnx_before(gan_onnx *o, int i, const char *op)
{
    gan_onnx_node *outer = &o->outer;
    *outer = o->now;
    o->now = (gan_onnx_node){ .op = op, .inputs = 1 };
    snprintf(o->now.output, sizeof o->now.output, "%.64s.source%d", outer->output, i);
    memcpy(o->now.name, o->now.output, sizeof o->now.name);
    memcpy(o->now.input[0], outer->input[i], sizeof o->now.input[0]);
    memcpy(outer->input[i], o->now.output, sizeof outer->input[i]);
}

void gan_onnx_back(gan_onnx *o)
{
    append(o, &o->now);
    o->now = o->outer;
}

/* Initialisers */

static gan_onnx_tensor *add_tensor(gan_onnx *o, gan_onnx_tensor t)
{
    t.count = 1;
    for (int i = 0; i < t.ndims; i++) t.count *= (size_t)t.dims[i];
    t.bytes = t.count * type_bytes[t.type];
    if (grow(o, (void **)&o->tensor, o->tensors, sizeof *o->tensor)) return NULL;
    o->tensor[o->tensors] = t;
    return &o->tensor[o->tensors++];
}

/* A tensor of half the width and the node that widens it again. */
static void cast(gan_onnx *o, gan_onnx_name name, char *wide)
{
    gan_onnx_node c = { .op = "Cast", .inputs = 1, .attrs = 1 };
    c.attr[0] = (gan_onnx_attr){ .name = "to", .kind = GAN_ONNX_A_INT, .n = 1, .ints = { GAN_ONNX_FLOAT } };
    memcpy(c.input[0], name, sizeof c.input[0]);
    snprintf(c.name, sizeof c.name, "%s.cast", name);
    snprintf(c.output, sizeof c.output, "%s.wide", name);
    memcpy(wide, c.output, sizeof c.output);
    append(o, &c);
}

void gan_onnx_param(gan_onnx *o, const gan_node *nd, int i)
{
    const gan_param *p = gan_graph_param(o->g, nd->param[i]);
    int narrow = o->fp16 && p->ndims == 4;
    gan_onnx_tensor t = { .type = narrow ? GAN_ONNX_FLOAT16 : GAN_ONNX_FLOAT,
                          .ndims = p->ndims,
                          .param = nd->param[i] };
    char *input = next_input(o);
    snprintf(t.name, sizeof t.name, "%s", p->name);
    for (int k = 0; k < p->ndims; k++) t.dims[k] = p->dims[k];
    add_tensor(o, t);
    if (narrow)
        cast(o, t.name, input);
    else
        memcpy(input, t.name, sizeof t.name);
}

void gan_onnx_none(gan_onnx *o)
{
    next_input(o);
}

/* Room for n numbers that the graph does not have; ndims 0: a scalar. NULL if there is none. */
static void *constant(gan_onnx *o, const char *name, enum gan_onnx_type type, int ndims, int n)
{
    gan_onnx_tensor t = { .type = type, .ndims = ndims, .dims = { n }, .param = -1 };
    snprintf(t.name, sizeof t.name, "%.64s.%.32s", o->now.output, name);
    memcpy(next_input(o), t.name, sizeof t.name);
    gan_onnx_tensor *made = add_tensor(o, t);
    if (made && !(made->data = gan_mem_alloc(made->count, type_bytes[type]))) o->failed = 1;
    return made ? made->data : NULL;
}

void gan_onnx_indices(gan_onnx *o, const char *name, int n, const int64_t *value)
{
    int64_t *to = constant(o, name, GAN_ONNX_INT64, 1, n);
    if (to) memcpy(to, value, (size_t)n * sizeof *to);
}

void gan_onnx_floats(gan_onnx *o, const char *name, int n, const float *value)
{
    float *to = constant(o, name, GAN_ONNX_FLOAT, 1, n);
    if (to) memcpy(to, value, (size_t)n * sizeof *to);
}

void gan_onnx_scalar(gan_onnx *o, const char *name, float value)
{
    float *to = constant(o, name, GAN_ONNX_FLOAT, 0, 1);
    if (to) *to = value;
}

void gan_onnx_vector(gan_onnx *o, const char *name, int n, float value)
{
    float *to = constant(o, name, GAN_ONNX_FLOAT, 1, n);
    for (int i = 0; to && i < n; i++) to[i] = value;
}

/* Attributes */

static void add_attr(gan_onnx *o, gan_onnx_attr a)
{
    GAN_ASSERT(o->now.attrs < GAN_ONNX_MAX_ATTR);
    o->now.attr[o->now.attrs++] = a;
}

void gan_onnx_int(gan_onnx *o, const char *name, int64_t value)
{
    add_attr(o, (gan_onnx_attr){ .name = name, .kind = GAN_ONNX_A_INT, .n = 1, .ints = { value } });
}

void gan_onnx_ints(gan_onnx *o, const char *name, int n, const int64_t *value)
{
    gan_onnx_attr a = { .name = name, .kind = GAN_ONNX_A_INTS, .n = n };
    GAN_ASSERT(n <= GAN_ONNX_MAX_INTS);
    memcpy(a.ints, value, (size_t)n * sizeof *value);
    add_attr(o, a);
}

void gan_onnx_float(gan_onnx *o, const char *name, float value)
{
    add_attr(o, (gan_onnx_attr){ .name = name, .kind = GAN_ONNX_A_FLOAT, .f = value });
}

void gan_onnx_text(gan_onnx *o, const char *name, const char *value)
{
    add_attr(o, (gan_onnx_attr){ .name = name, .kind = GAN_ONNX_A_TEXT, .text = value });
}

/* The whole graph */

static int describe(gan_onnx *o)
{
    for (gan_id i = 0; i < gan_graph_nodes(o->g); i++) {
        const gan_node *nd = gan_graph_node(o->g, i);
        if (!nd->def) continue;
        if (!nd->def->onnx) return gan_error("ONNX cannot have %s.%s", nd->name, nd->def->name);
        if (nd->def->onnx(o, nd)) return -1;
    }
    return 0;
}

gan_onnx *gan_onnx_new(const gan_graph *g, int fp16)
{
    gan_onnx *o = gan_mem_alloc(1, sizeof *o);
    if (!o) return NULL;
    o->g = g;
    o->fp16 = fp16;
    if (!describe(o)) return o;
    gan_onnx_free(o);
    return NULL;
}

void gan_onnx_free(gan_onnx *o)
{
    if (!o) return;
    for (int i = 0; i < o->tensors; i++) gan_mem_free(o->tensor[i].data);
    gan_mem_free(o->tensor);
    gan_mem_free(o->node);
    gan_mem_free(o);
}
