/* ONNX files as named tensors: a generator is recognised by its structure, and its parameters get the names of our
 * graph. Batch norms that only some convolutions have (PyTorch's export folds those behind convolutions, not those behind
 * deconvolutions) are folded too: then no norm is left. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export/keys.h"
#include "export/onnx_match.h"
#include "export/tensors.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/model.h"

enum { MOST_SIZE = 4096 }; /* a multiple of what any model wants */

typedef struct onnx {
    gan_onnx_file *file;
    gan_graph *graph;
    gan_onnx_bound *bound; /* by node of graph */
    int *node, *input;     /* by parameter: its node, and the input of the operation that it is */
} onnx;

/* ModelProto begins with field 1, the version of the format. */
static int recognise(const unsigned char *head, size_t n)
{
    return n > 2 && head[0] == 0x08 && head[1] < 0x80;
}

/* Which input of its operation a parameter is. */
static const struct {
    const char *ending;
    int input;
} inputs[] = { { ".weights", 1 }, { ".bias", 2 }, { ".gamma", 1 }, { ".beta", 2 }, { ".mean", 3 }, { ".variance", 4 } };

static int input_of(const char *param)
{
    const char *ending = strrchr(param, '.');
    for (size_t i = 0; ending && i < sizeof inputs / sizeof *inputs; i++)
        if (!strcmp(ending, inputs[i].ending)) return inputs[i].input;
    return gan_error("'%s' is in no ONNX file", param);
}

/* A bias may be missing, which means zeros. */
static int is_left_out(const gan_onnx_op *op, int input)
{
    return input == 2 && (input >= op->inputs || !op->input[input].n);
}

static int add_param(gan_tensors *t, int node, int i)
{
    onnx *f = t->file;
    const gan_param *p = gan_graph_param(f->graph, i);
    int64_t dims[4];
    int input = input_of(p->name), ndims = p->ndims;
    if (input < 0) return -1;
    for (int d = 0; d < ndims; d++) dims[d] = p->dims[d];
    if (!is_left_out(f->bound[node].op, input)) {
        const gan_onnx_constant *c = gan_onnx_file_constant(f->file, f->bound[node].op->input[input]);
        if (!c || c->ndims > 4) return c ? gan_error("'%s' has %d dimensions", p->name, c->ndims) : -1;
        memcpy(dims, c->dims, sizeof *dims * (size_t)(ndims = c->ndims));
    }
    gan_tensor *x = gan_tensors_add(t, "", p->name, strlen(p->name), ndims, dims);
    if (!x) return -1;
    x->index = (size_t)i;
    f->node[i] = node;
    f->input[i] = input;
    return 0;
}

static int add_params(gan_tensors *t)
{
    onnx *f = t->file;
    f->node = gan_mem_alloc((size_t)gan_graph_params(f->graph), sizeof *f->node);
    f->input = gan_mem_alloc((size_t)gan_graph_params(f->graph), sizeof *f->input);
    if (!f->node || !f->input) return -1;
    for (int n = 0; n < gan_graph_nodes(f->graph); n++) {
        const gan_node *nd = gan_graph_node(f->graph, n);
        for (int i = 0; i < nd->nparam; i++)
            if (add_param(t, n, nd->param[i])) return -1;
    }
    return 0;
}

/* Recognising */

static void forget(onnx *f)
{
    gan_mem_free(f->bound);
    gan_graph_free(f->graph);
    f->bound = NULL;
    f->graph = NULL;
}

static int try_norm(onnx *f, const gan_config *c, int norm)
{
    gan_model_opt o = gan_model_generator_opt(c);
    const gan_model_def *m = gan_model_find(GAN_GENERATOR, c->generator.model);
    o.norm = norm;
    o.size = MOST_SIZE;
    forget(f);
    if (!m || !(f->graph = gan_model_build(m, "gen", &o))) return -1;
    f->bound = gan_mem_alloc((size_t)gan_graph_nodes(f->graph), sizeof *f->bound);
    return f->bound ? gan_onnx_match(f->file, f->graph, f->bound) : -1;
}

static int has_layer(const gan_onnx_file *f, const char *type)
{
    for (int i = 0; i < gan_onnx_file_ops(f); i++)
        if (gan_slice_is(gan_onnx_file_op(f, i)->type, type)) return 1;
    return 0;
}

/* Our graph is tried with the norms that the file may have. Batch norms may be folded in part, and are then folded all;
 * instance norms cannot be. */
static const struct {
    const char *type; /* NULL: of none */
    int norm, only;
} candidates[] = { { "InstanceNormalization", GAN_NORM_INSTANCE, 1 },
                   { "BatchNormalization", GAN_NORM_BATCH, 0 },
                   { NULL, GAN_NORM_NONE, 1 } };

static int find_norm(gan_tensors *t, const gan_config *c)
{
    onnx *f = t->file;
    int differs = -1;
    for (size_t i = 0; differs && i < sizeof candidates / sizeof *candidates; i++) {
        if (candidates[i].type && !has_layer(f->file, candidates[i].type)) continue;
        differs = try_norm(f, c, candidates[i].norm);
        t->norm = candidates[i].norm;
        if (candidates[i].only) break;
    }
    return differs;
}

static int copy_config(gan_tensors *t)
{
    onnx *f = t->file;
    gan_slice text = gan_onnx_file_text(f->file, "gan.config");
    if (!text.n || text.n > INT16_MAX) return 0;
    t->config = gan_mem_printf("%.*s", (int)text.n, (const char *)text.at);
    return t->config ? 0 : -1;
}

/* What our files say of themselves, or what the structure of others tells. */
static int describe(const gan_tensors *t, gan_config *c)
{
    const onnx *f = t->file;
    if (gan_config_parse(c, "its configuration", t->config ? t->config : "", 0, NULL)) return -1;
    return t->config ? 0 : gan_onnx_guess(f->file, c);
}

static int find_network(gan_tensors *t)
{
    gan_config *c = gan_mem_alloc(1, sizeof *c);
    int bad = !c || describe(t, c) || find_norm(t, c);
    gan_mem_free(c);
    return bad ? gan_error_in("no generator of gan") : 0;
}

static int open_onnx(gan_tensors *t, const char *path)
{
    onnx *f = t->file = gan_mem_alloc(1, sizeof *f);
    if (!f || !(f->file = gan_onnx_file_open(path))) return -1;
    return copy_config(t) || find_network(t) || add_params(t) ? -1 : 0;
}

static void close_onnx(gan_tensors *t)
{
    onnx *f = t->file;
    if (!f) return;
    forget(f);
    gan_mem_free(f->node);
    gan_mem_free(f->input);
    gan_onnx_file_close(f->file);
    gan_mem_free(f);
}

/* Reading, and folding: y = gamma (x - mean) / sqrt(variance + eps) + beta */

static int read_input(onnx *f, const gan_onnx_op *op, int input, size_t n, float *out)
{
    if (is_left_out(op, input)) {
        memset(out, 0, n * sizeof *out);
        return 0;
    }
    const gan_onnx_constant *c = gan_onnx_file_constant(f->file, op->input[input]);
    if (!c) return -1;
    return c->count == n ? gan_onnx_constant_floats(c, out) : gan_error("%zu numbers where %zu belong", c->count, n);
}

struct fold { /* vectors of n channels */
    size_t n;
    float *gamma, *beta, *mean, *variance;
    float eps;
};

static int read_fold(onnx *f, const gan_onnx_op *norm, struct fold *into)
{
    float *parts[] = { into->gamma, into->beta, into->mean, into->variance };
    for (int i = 0; i < 4; i++)
        if (read_input(f, norm, i + 1, into->n, parts[i])) return -1;
    return gan_onnx_op_float(norm, "epsilon", 1e-5f, &into->eps);
}

/* Which channel an element of a parameter belongs to: weights of convolutions are (out, in, kh, kw), of deconvolutions
 * (in, out, kh, kw). */
static size_t channel_of(const gan_param *p, size_t element)
{
    if (p->ndims == 1) return element;
    size_t taps = (size_t)p->dims[2] * (size_t)p->dims[3];
    return p->transposed ? element / taps % (size_t)p->dims[1] : element / taps / (size_t)p->dims[1];
}

static void apply_fold(const struct fold *f, const gan_param *p, float *out)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t k = channel_of(p, i);
        double scale = f->gamma[k] / sqrt((double)f->variance[k] + f->eps);
        out[i] = (float)(p->ndims == 1 ? (out[i] - f->mean[k]) * scale + f->beta[k] : out[i] * scale);
    }
}

static int fold(onnx *f, const gan_onnx_op *norm, const gan_param *p, float *out)
{
    size_t n = (size_t)p->dims[p->transposed ? 1 : 0];
    float *room = gan_mem_alloc(n, 4 * sizeof *room);
    struct fold by = { n, room, room + n, room + 2 * n, room + 3 * n, 0 };
    int result = room ? read_fold(f, norm, &by) : -1;
    if (!result) apply_fold(&by, p, out);
    gan_mem_free(room);
    return result;
}

static int read_tensor(gan_tensors *t, const gan_tensor *x, float *out)
{
    onnx *f = t->file;
    const gan_param *p = gan_graph_param(f->graph, (int)x->index);
    const gan_onnx_bound *b = &f->bound[f->node[x->index]];
    if (p->count != x->count) return gan_error("it has another shape than its layer");
    if (read_input(f, b->op, f->input[x->index], x->count, out)) return -1;
    return b->folded ? fold(f, b->folded, p, out) : 0;
}

const gan_tensor_reader gan_onnx_reader = {
    .name = "ONNX", .recognise = recognise, .open = open_onnx, .read = read_tensor, .close = close_onnx
};
