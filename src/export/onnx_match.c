#include "export/onnx_match.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/layer.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "layers/layers.h"

struct matching {
    gan_onnx_file *file;
    const gan_graph *g;
    gan_onnx_bound *bound;
    int ours; /* a file of gan: what surrounds the network is known to be colour conversion and padding */
};

static const float SAME_SLOPE = 1e-6f;

static int differs(const gan_node *nd, const char *why)
{
    const char *layer = nd->def ? gan_layer_name(nd->def) : "input";
    return gan_error("at our '%s.%s': %s", nd->name, layer, why);
}

/* Passing over activations */

struct point { /* on the way back through a graph */
    gan_id ours;
    gan_slice value;           /* theirs */
    const gan_onnx_op *reader; /* of value */
    float our_slope, slope;    /* of the activations passed so far, ours and theirs */
};

static int is_layer(const gan_node *nd, const char *name)
{
    return nd->def && !strcmp(gan_layer_name(nd->def), name);
}

static void pass_ours(const gan_graph *g, struct point *p)
{
    for (;;) {
        const gan_node *nd = gan_graph_node(g, p->ours);
        int active = is_layer(nd, "lrelu");
        if (active) p->our_slope *= nd->def->act(nd).slope;
        if (!active && !is_layer(nd, "dropout")) return;
        p->ours = nd->src[0];
    }
}

static const struct passed {
    const char *type;
    float slope; /* of what has no alpha; NAN: LeakyRelu's own */
} passed[] = { { "Relu", 0 }, { "LeakyRelu", NAN }, { "Dropout", 1 }, { "Identity", 1 }, { "Cast", 1 } };

static const struct passed *find_passed(const gan_onnx_op *op)
{
    for (size_t i = 0; op && op->inputs && i < sizeof passed / sizeof *passed; i++)
        if (gan_slice_is(op->type, passed[i].type)) return &passed[i];
    return NULL;
}

static int pass_theirs(const gan_onnx_file *f, struct point *p, const gan_onnx_op **op)
{
    const struct passed *row;
    while ((row = find_passed(*op = gan_onnx_file_producer(f, p->value, p->reader)))) {
        float slope = row->slope;
        if (isnan(slope) && gan_onnx_op_float(*op, "alpha", 0.01f, &slope)) return -1;
        p->slope *= slope;
        p->reader = *op;
        p->value = (*op)->input[0];
    }
    return 0;
}

/* Layers: what must be the same beside the shapes of parameters, which are compared when they are read */

static int same_ints(const gan_onnx_op *op, const char *name, int otherwise, int n, int expected)
{
    int64_t values[8];
    int count;
    if (gan_onnx_op_ints(op, name, values, 8, &count)) return -1;
    if (!count) return otherwise == expected;
    for (int i = 0; i < count; i++)
        if (values[i] != expected) return 0;
    return count == n;
}

/* Above, left, below, right; far: how much more the last two are. */
static int same_pads(const gan_onnx_op *op, int pad, int far)
{
    int64_t values[4];
    int count;
    if (gan_onnx_op_ints(op, "pads", values, 4, &count)) return -1;
    if (!count) return !pad && !far;
    for (int i = 0; i < count; i++)
        if (values[i] != pad + (i < 2 ? 0 : far)) return 0;
    return count == 4;
}

static int check_convolution(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    const gan_conv_opt *o = nd->opt;
    gan_slice automatic;
    int group, same = same_ints(op, "strides", 1, 2, o->stride) == 1 && same_pads(op, o->pad, o->far) == 1 &&
                      same_ints(op, "dilations", 1, 2, 1) == 1 &&
                      same_ints(op, "output_padding", 0, 2, o->out_pad) == 1;
    (void)m;
    if (gan_onnx_op_int(op, "group", 1, &group) || gan_onnx_op_text(op, "auto_pad", &automatic)) return -1;
    int plain = group == 1 && (!automatic.n || gan_slice_is(automatic, "NOTSET")) && op->inputs >= 2;
    return same && plain ? 0 : differs(nd, "another stride, padding, dilation or group");
}

static int check_epsilon(const gan_node *nd, const gan_onnx_op *op)
{
    float eps, ours = gan_norm_eps(nd);
    if (gan_onnx_op_float(op, "epsilon", 1e-5f, &eps)) return -1;
    return fabsf(eps - ours) <= 1e-3f * ours ? 0 : differs(nd, "another epsilon");
}

static int check_batch_norm(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    (void)m;
    return op->inputs == 5 ? check_epsilon(nd, op) : differs(nd, "a batch norm without statistics");
}

/* Ours has neither scale nor shift. */
static int check_instance_norm(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    if (op->inputs != 3) return differs(nd, "an instance norm of another form");
    for (int i = 1; i <= 2; i++) {
        const gan_onnx_constant *c = gan_onnx_file_constant(m->file, op->input[i]);
        if (!c || c->count != (size_t)nd->dst.c) return c ? differs(nd, "other channels") : -1;
        float *values = gan_mem_alloc(c->count, sizeof *values), plain = i == 1 ? 1 : 0;
        int bad = !values || gan_onnx_constant_floats(c, values), differing = 0;
        for (size_t k = 0; !bad && k < c->count; k++) differing |= values[k] != plain;
        gan_mem_free(values);
        if (bad || differing) return bad ? -1 : differs(nd, "an instance norm with scale or shift, which ours has not");
    }
    return check_epsilon(nd, op);
}

static int check_concat(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    int axis;
    (void)m;
    if (gan_onnx_op_int(op, "axis", 1, &axis)) return -1;
    return axis == 1 && op->inputs == nd->nsrc ? 0 : differs(nd, "a join of another form");
}

static int check_add(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    (void)m;
    return op->inputs == nd->nsrc ? 0 : differs(nd, "a sum of another form");
}

/* The amounts are an attribute, or a constant, or (PyTorch's export) made from one by operations that append zeros and
 * change the order: in all of them the numbers that are not 0 are the four amounts. */
static int pad_amounts(struct matching *m, const gan_onnx_op *op, int64_t *out, int most, int *count)
{
    static const char *const shuffles[] = { "Cast", "Reshape", "Transpose", "Slice", "Concat" };
    enum { SHUFFLES = sizeof shuffles / sizeof *shuffles };
    if (gan_onnx_op_ints(op, "pads", out, most, count)) return -1;
    if (*count || op->inputs < 2) return 0;
    gan_slice value = op->input[1];
    for (const gan_onnx_op *at = op;;) {
        int i = 0;
        at = gan_onnx_file_producer(m->file, value, at);
        while (at && i < SHUFFLES && !gan_slice_is(at->type, shuffles[i])) i++;
        if (!at || i == SHUFFLES || !at->inputs) break;
        value = at->input[0];
    }
    const gan_onnx_constant *c = gan_onnx_file_constant(m->file, value);
    return c ? gan_onnx_constant_whole(c, out, most, count) : -1;
}

static int check_reflect_pad(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    int64_t pads[8];
    int count, amounts = 0, pad = (nd->dst.h - gan_graph_node(m->g, nd->src[0])->dst.h) / 2;
    gan_slice mode;
    if (gan_onnx_op_text(op, "mode", &mode)) return -1;
    if (pad_amounts(m, op, pads, 8, &count)) return gan_error_in("at our '%s.reflectpad'", nd->name);
    for (int i = 0; i < count; i++) amounts += pads[i] == pad ? 1 : pads[i] ? 8 : 0;
    return gan_slice_is(mode, "reflect") && amounts == 4 ? 0 : differs(nd, "another padding");
}

static int check_nothing(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    (void)m;
    return op->inputs ? 0 : differs(nd, "it has no input");
}

static const struct layer {
    const char *ours, *type;
    int (*check)(struct matching *m, const gan_node *nd, const gan_onnx_op *op);
} layers[] = {
    { "conv", "Conv", check_convolution },
    { "deconv", "ConvTranspose", check_convolution },
    { "norm", "BatchNormalization", check_batch_norm },
    { "instancenorm", "InstanceNormalization", check_instance_norm },
    { "concat", "Concat", check_concat },
    { "add", "Add", check_add },
    { "reflectpad", "Pad", check_reflect_pad },
    { "upsample", "Resize", check_nothing },
    { "tanh", "Tanh", check_nothing },
    { "sigmoid", "Sigmoid", check_nothing },
};

static int check_layer(struct matching *m, const gan_node *nd, const gan_onnx_op *op)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        if (!is_layer(nd, layers[i].ours)) continue;
        if (op && op->inputs && gan_slice_is(op->type, layers[i].type)) return layers[i].check(m, nd, op);
        char why[96];
        snprintf(why, sizeof why, "the file has %.*s there", op && op->type.n < 48 ? (int)op->type.n : 5,
                 op && op->type.n < 48 ? (const char *)op->type.at : "input");
        return differs(nd, why);
    }
    return differs(nd, "ONNX files are not compared with that");
}

/* A batch norm where our graph has the convolution itself will be folded. */
static int pass_folded(struct matching *m, const gan_node *nd, struct point *p, const gan_onnx_op **op)
{
    const gan_onnx_op *norm = *op;
    int convolution = is_layer(nd, "conv") || is_layer(nd, "deconv");
    if (!convolution || !norm || norm->inputs != 5 || !gan_slice_is(norm->type, "BatchNormalization")) return 0;
    m->bound[p->ours].folded = norm;
    *op = gan_onnx_file_producer(m->file, norm->input[0], norm);
    return 0;
}

static int match(struct matching *m, struct point p);

static int match_sources(struct matching *m, const struct point *p, const gan_onnx_op *op)
{
    const gan_node *nd = gan_graph_node(m->g, p->ours);
    int join = is_layer(nd, "concat"); /* an activation behind a join is one of all it joins */
    for (int i = 0; i < nd->nsrc; i++) {
        struct point source = { nd->src[i], op->input[i], op, join ? p->our_slope : 1, join ? p->slope : 1 };
        if (match(m, source)) return -1;
    }
    return 0;
}

static int match_input(const struct matching *m, const gan_node *nd, const struct point *p)
{
    if (m->ours || !gan_onnx_file_producer(m->file, p->value, p->reader)) return 0;
    return differs(nd, "the file computes something in front of the network");
}

/* As deep as the graph has nodes, whatever the file holds; each node but joins is looked into once. */
static int match(struct matching *m, struct point p)
{
    const gan_onnx_op *op;
    pass_ours(m->g, &p);
    const gan_node *nd = gan_graph_node(m->g, p.ours);
    if (!nd->def) return match_input(m, nd, &p);
    if (pass_theirs(m->file, &p, &op) || pass_folded(m, nd, &p, &op) || check_layer(m, nd, op)) return -1;
    if (!is_layer(nd, "concat") && fabsf(p.slope - p.our_slope) > SAME_SLOPE) return differs(nd, "another activation");
    gan_onnx_bound *b = &m->bound[p.ours];
    if (b->op && b->op != op) return differs(nd, "two layers of the file where ours is one");
    if (b->op && !is_layer(nd, "concat")) return 0;
    b->op = op;
    return match_sources(m, &p, op);
}

/* The last tanh: files of gan may go on behind it. */
static const gan_onnx_op *find_end(const gan_onnx_file *f)
{
    for (int i = gan_onnx_file_ops(f) - 1; i >= 0; i--)
        if (gan_slice_is(gan_onnx_file_op(f, i)->type, "Tanh") && gan_onnx_file_op(f, i)->inputs)
            return gan_onnx_file_op(f, i);
    gan_error("it has no Tanh at the end of a generator");
    return NULL;
}

/* Ours: of models that enlarge what their tanh makes, the tanh. */
static gan_id our_end(const gan_graph *g)
{
    gan_id end = gan_graph_output_at(g, 0);
    while (is_layer(gan_graph_node(g, end), "upsample")) end = gan_graph_node(g, end)->src[0];
    return end;
}

int gan_onnx_match(gan_onnx_file *f, const gan_graph *g, gan_onnx_bound *bound)
{
    struct matching m = { f, g, bound, gan_onnx_file_text(f, "gan.version").n > 0 };
    struct point last = { .value = gan_onnx_file_output(f), .slope = 1 };
    const gan_onnx_op *end = find_end(f), *op;
    if (!end || pass_theirs(f, &last, &op)) return -1;
    if (!m.ours && (op != end || last.slope < 1 || last.slope > 1))
        return gan_error("it computes something behind its last Tanh");
    return match(&m, (struct point){ our_end(g), end->output, NULL, 1, 1 });
}

/* Guessing */

/* What the last convolution tells of the filters, and which layers count the depth. */
static const struct guess {
    const char *model, *last;
    int dim, share;      /* filters: this dimension of its weights, divided */
    const char *counted; /* type and kernel of the layers whose number tells the depth: (number - others) / each */
    int kernel, others, each;
    size_t depth; /* where a configuration has it */
} guesses[] = {
    { "unet", "ConvTranspose", 0, 2, "ConvTranspose", 4, 0, 1, offsetof(gan_config, generator.levels) },
    { "resnet", "Conv", 1, 1, "Conv", 3, 2, 2, offsetof(gan_config, generator.blocks) },
};

static int count_layers(gan_onnx_file *f, const struct guess *row)
{
    int n = 0;
    for (int i = 0; i < gan_onnx_file_ops(f); i++) {
        const gan_onnx_op *op = gan_onnx_file_op(f, i);
        if (!gan_slice_is(op->type, row->counted) || op->inputs < 2) continue;
        const gan_onnx_constant *c = gan_onnx_file_constant(f, op->input[1]);
        n += c && c->ndims == 4 && c->dims[2] == row->kernel;
    }
    return n;
}

static int guess_by(gan_onnx_file *f, const struct guess *row, const gan_onnx_op *last, gan_config *c)
{
    const gan_onnx_constant *w = last->inputs > 1 ? gan_onnx_file_constant(f, last->input[1]) : NULL;
    if (!w || w->ndims != 4) return gan_error("its last convolution has no constant weights");
    c->generator.filters = w->dims[row->dim] / row->share;
    int64_t depth = (count_layers(f, row) - row->others) / row->each;
    memcpy((char *)c + row->depth, &depth, sizeof depth);
    snprintf(c->generator.model, sizeof c->generator.model, "%s", row->model);
    return 0;
}

int gan_onnx_guess(gan_onnx_file *f, gan_config *c)
{
    const gan_onnx_op *end = find_end(f);
    const gan_onnx_op *last = end ? gan_onnx_file_producer(f, end->input[0], end) : NULL;
    if (!end) return -1;
    for (size_t i = 0; last && i < sizeof guesses / sizeof *guesses; i++)
        if (gan_slice_is(last->type, guesses[i].last)) return guess_by(f, &guesses[i], last, c);
    return gan_error("its Tanh follows no convolution");
}
