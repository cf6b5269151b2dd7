#include "export/onnx_write.h"

#include <string.h>

#include "export/half.h"
#include "export/protobuf.h"
#include "gan/atomic_file.h"
#include "gan/mem.h"
#include "gan/version.h"

/* Field numbers of onnx.proto. */
enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_VERSION = 3, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_TEXTS = 14 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTR = 5 };
enum { ATTR_NAME = 1, ATTR_F = 2, ATTR_I = 3, ATTR_S = 4, ATTR_INTS = 8, ATTR_TYPE = 20 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_DOC = 3, TYPE_TENSOR = 1, TENSOR_ELEM = 1, TENSOR_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2, OPSET_VERSION = 2, TEXT_KEY = 1, TEXT_VALUE = 2 };

/* Nodes */

static void put_attr(gan_pb *p, const void *ctx)
{
    const gan_onnx_attr *a = ctx;
    gan_pb_text(p, ATTR_NAME, a->name);
    switch (a->kind) {
    case GAN_ONNX_A_FLOAT: gan_pb_float(p, ATTR_F, a->f); break;
    case GAN_ONNX_A_INT: gan_pb_varint(p, ATTR_I, (uint64_t)a->ints[0]); break;
    case GAN_ONNX_A_TEXT: gan_pb_text(p, ATTR_S, a->text); break;
    case GAN_ONNX_A_INTS:
        for (int i = 0; i < a->n; i++) gan_pb_varint(p, ATTR_INTS, (uint64_t)a->ints[i]);
        break;
    }
    gan_pb_varint(p, ATTR_TYPE, (uint64_t)a->kind);
}

static void put_node(gan_pb *p, const void *ctx)
{
    const gan_onnx_node *nd = ctx;
    for (int i = 0; i < nd->inputs; i++) gan_pb_text(p, NODE_INPUT, nd->input[i]);
    gan_pb_text(p, NODE_OUTPUT, nd->output);
    gan_pb_text(p, NODE_NAME, nd->name);
    gan_pb_text(p, NODE_OP, nd->op);
    for (int i = 0; i < nd->attrs; i++) gan_pb_message(p, NODE_ATTR, put_attr, &nd->attr[i]);
}

/* Initialisers */

struct tensor {
    const gan_onnx_tensor *t;
    gan_params *params;
};

static int all_fit(const uint16_t *narrow, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((narrow[i] & 0x7c00) == 0x7c00) return 0;
    return 1;
}

static int put_narrow(gan_pb *p, const gan_onnx_tensor *t, const float *v)
{
    uint16_t *narrow = gan_mem_alloc(t->count, sizeof *narrow);
    if (!narrow) return -1;
    for (size_t i = 0; i < t->count; i++) narrow[i] = gan_half_from_float(v[i]);
    int fit = all_fit(narrow, t->count);
    gan_pb_raw(p, narrow, t->bytes);
    gan_mem_free(narrow);
    return fit ? 0 : gan_error("'%s' does not fit into 16-bit floats", t->name);
}

static int put_param(gan_pb *p, const struct tensor *from)
{
    const gan_onnx_tensor *t = from->t;
    float *v = gan_mem_alloc(t->count, sizeof *v);
    int result = v ? gan_params_get(from->params, t->param, GAN_VALUES, v) : -1;
    if (!result && t->type == GAN_ONNX_FLOAT16)
        result = put_narrow(p, t, v);
    else if (!result)
        gan_pb_raw(p, v, t->bytes);
    gan_mem_free(v);
    return result;
}

static void put_data(gan_pb *p, const void *ctx)
{
    const struct tensor *from = ctx;
    if (from->t->param < 0)
        gan_pb_raw(p, from->t->data, from->t->bytes);
    else if (put_param(p, from))
        p->failed = 1;
}

static void put_tensor(gan_pb *p, const void *ctx)
{
    const struct tensor *from = ctx;
    const gan_onnx_tensor *t = from->t;
    for (int i = 0; i < t->ndims; i++) gan_pb_varint(p, TENSOR_DIMS, (uint64_t)t->dims[i]);
    gan_pb_varint(p, TENSOR_TYPE, (uint64_t)t->type);
    gan_pb_text(p, TENSOR_NAME, t->name);
    gan_pb_stream(p, TENSOR_RAW, t->bytes, put_data, from);
}

/* Inputs and outputs */

struct dim {
    int value; /* 0: any */
    const char *name;
};

struct value {
    const char *name, *meaning;
    struct dim dim[4];
};

static void put_dim(gan_pb *p, const void *ctx)
{
    const struct dim *d = ctx;
    if (d->value)
        gan_pb_varint(p, DIM_VALUE, (uint64_t)d->value);
    else
        gan_pb_text(p, DIM_PARAM, d->name);
}

static void put_shape(gan_pb *p, const void *ctx)
{
    const struct value *v = ctx;
    for (int i = 0; i < 4; i++) gan_pb_message(p, SHAPE_DIM, put_dim, &v->dim[i]);
}

static void put_tensor_type(gan_pb *p, const void *ctx)
{
    gan_pb_varint(p, TENSOR_ELEM, GAN_ONNX_FLOAT);
    gan_pb_message(p, TENSOR_SHAPE, put_shape, ctx);
}

static void put_type(gan_pb *p, const void *ctx)
{
    gan_pb_message(p, TYPE_TENSOR, put_tensor_type, ctx);
}

static void put_value(gan_pb *p, const void *ctx)
{
    const struct value *v = ctx;
    gan_pb_text(p, VALUE_NAME, v->name);
    gan_pb_message(p, VALUE_TYPE, put_type, v);
    gan_pb_text(p, VALUE_DOC, v->meaning);
}

/* Outputs as high and wide as the first input say so. */
static void put_end(gan_pb *p, const gan_onnx_model *m, unsigned field, gan_id id, const char *meaning)
{
    const gan_graph *g = m->o->g;
    gan_shape s = gan_graph_node(g, id)->dst, in = gan_graph_node(g, gan_graph_input_at(g, 0))->dst;
    int same = s.h == in.h && s.w == in.w;
    gan_onnx_name name;
    gan_onnx_tensor_name(g, id, name);
    struct value v = { name,
                       meaning,
                       { { 0, "N" },
                         { s.c, NULL },
                         { m->fixed ? s.h : 0, same ? "H" : "H_out" },
                         { m->fixed ? s.w : 0, same ? "W" : "W_out" } } };
    gan_pb_message(p, field, put_value, &v);
}

/* The model */

static void put_graph(gan_pb *p, const void *ctx)
{
    const gan_onnx_model *m = ctx;
    const gan_onnx *o = m->o;
    for (int i = 0; i < o->nodes; i++) gan_pb_message(p, GRAPH_NODE, put_node, &o->node[i]);
    gan_pb_text(p, GRAPH_NAME, gan_graph_name(o->g));
    for (int i = 0; i < o->tensors; i++)
        gan_pb_message(p, GRAPH_TENSOR, put_tensor, &(struct tensor){ &o->tensor[i], m->params });
    for (int i = 0; i < gan_graph_inputs(o->g); i++) put_end(p, m, GRAPH_INPUT, gan_graph_input_at(o->g, i), m->input);
    for (int i = 0; i < gan_graph_outputs(o->g); i++)
        put_end(p, m, GRAPH_OUTPUT, gan_graph_output_at(o->g, i), m->output);
}

/* No domain: ONNX's own. */
static void put_opset(gan_pb *p, const void *ctx)
{
    (void)ctx;
    gan_pb_varint(p, OPSET_VERSION, GAN_ONNX_OPSET);
}

static void put_text(gan_pb *p, const void *ctx)
{
    const gan_onnx_entry *t = ctx;
    gan_pb_text(p, TEXT_KEY, t->key);
    gan_pb_text(p, TEXT_VALUE, t->value);
}

static void put_model(gan_pb *p, const gan_onnx_model *m)
{
    gan_pb_varint(p, MODEL_IR, GAN_ONNX_IR);
    gan_pb_text(p, MODEL_PRODUCER, "gan");
    gan_pb_text(p, MODEL_VERSION, gan_version());
    gan_pb_message(p, MODEL_GRAPH, put_graph, m);
    gan_pb_message(p, MODEL_OPSET, put_opset, NULL);
    for (int i = 0; i < m->texts; i++) gan_pb_message(p, MODEL_TEXTS, put_text, &m->text[i]);
}

int gan_onnx_write(const char *path, const gan_onnx_model *m)
{
    gan_pb counted = { 0 };
    gan_atomic_file f;
    put_model(&counted, m);
    if (counted.bytes > INT32_MAX)
        return gan_error("%llu bytes are more than an ONNX file can have", (unsigned long long)counted.bytes);
    if (gan_atomic_open(&f, path)) return -1;
    gan_pb p = { .out = f.stream };
    put_model(&p, m);
    if (!p.failed) return gan_atomic_commit(&f);
    gan_atomic_abandon(&f);
    return -1;
}
