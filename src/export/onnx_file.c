/* Field numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto). */
#include "export/onnx_file.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "export/bytes.h"
#include "gan/error.h"
#include "gan/mem.h"

enum { MODEL_GRAPH = 7, MODEL_METADATA = 14 };
enum { ENTRY_KEY = 1, ENTRY_VALUE = 2 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_OUTPUT = 12 };
enum { VALUE_NAME = 1 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum { ATTR_NAME = 1, ATTR_FLOAT = 2, ATTR_INT = 3, ATTR_TEXT = 4, ATTR_TENSOR = 5, ATTR_INTS = 8 };
enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_FLOATS = 4,
    TENSOR_INT64S = 7,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9,
    TENSOR_LOCATION = 14
};

/* A thousand layers as PyTorch writes them have five thousand operations. */
enum { MAX_OPS = 1 << 13, MAX_CONSTANTS = 1 << 13, MAX_PASSES = 16 };
#define MAX_FILE ((uint64_t)INT32_MAX) /* of protobuf itself */

struct producer { /* sorted by name */
    gan_slice name;
    int op;
};

struct gan_onnx_file {
    unsigned char *bytes; /* the file */
    gan_slice message, graph, output;
    gan_onnx_op *op;
    int ops;
    gan_onnx_constant *constant; /* sorted by name */
    int constants;
    struct producer *producer; /* one per operation */
};

/* A field that a message must have once; empty if it has none. */
static int find_field(gan_slice message, uint64_t number, gan_slice *out)
{
    gan_field f;
    int more;
    *out = (gan_slice){ 0 };
    while ((more = gan_proto_next(&message, &f)) > 0)
        if (f.number == number) *out = f.bytes;
    return more;
}

static int count_fields(gan_slice message, uint64_t number, int most, int *count)
{
    gan_field f;
    int more;
    *count = 0;
    while ((more = gan_proto_next(&message, &f)) > 0)
        if (f.number == number && ++*count > most) return gan_error("more than %d parts of one kind", most);
    return more;
}

/* Tensors */

static const struct {
    uint64_t number; /* TensorProto.DataType */
    const gan_element *element;
} types[] = { { 1, &gan_f32 }, { 10, &gan_f16 }, { 11, &gan_f64 }, { 16, &gan_bf16 }, { 7, &gan_whole64 } };

static int set_type(gan_onnx_constant *c, uint64_t number)
{
    c->element = NULL;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].number == number) c->element = types[i].element;
    return 0;
}

static int add_dim(gan_onnx_constant *c, uint64_t dim)
{
    if (c->ndims == GAN_ONNX_DIMS) return gan_error("more than %d dimensions", GAN_ONNX_DIMS);
    if (dim > INT64_MAX || __builtin_mul_overflow(c->count, (size_t)dim, &c->count))
        return gan_error("its dimensions are too large");
    c->dims[c->ndims++] = (int64_t)dim;
    return 0;
}

/* Dimensions are one field each, or all packed in one. */
static int add_dims(gan_onnx_constant *c, const gan_field *f)
{
    gan_slice packed = f->bytes;
    uint64_t dim;
    if (!packed.at) return add_dim(c, f->value);
    while (packed.n)
        if (gan_proto_varint(&packed, &dim) || add_dim(c, dim)) return -1;
    return 0;
}

static int set_field(gan_onnx_constant *c, const gan_field *f)
{
    switch (f->number) {
    case TENSOR_NAME: c->name = f->bytes; return 0;
    case TENSOR_RAW: c->raw = f->bytes; return 0;
    case TENSOR_DIMS: return add_dims(c, f);
    case TENSOR_TYPE: return set_type(c, f->value);
    case TENSOR_LOCATION: return f->value ? gan_error("its data are in another file") : 0;
    default: return 0;
    }
}

/* The bytes that a tensor has are those that its dimensions need; memory follows from the file. */
static int check_size(gan_onnx_constant *c)
{
    if (!c->element) return 0; /* of a type that no weights have */
    c->floats = !c->raw.at;
    if (c->count > c->message.n || (!c->floats && c->raw.n / c->element->bytes != c->count))
        return gan_error("its dimensions do not fit its data");
    return 0;
}

static int parse_constant(gan_slice message, gan_onnx_constant *c)
{
    gan_field f;
    int more;
    *c = (gan_onnx_constant){ .message = message, .count = 1 };
    while ((more = gan_proto_next(&message, &f)) > 0)
        if (set_field(c, &f)) break;
    if (!more && !check_size(c)) return 0;
    return gan_error_in("tensor '%.*s'", c->name.n < 64 ? (int)c->name.n : 64,
                        c->name.n ? (const char *)c->name.at : "");
}

/* Operations */

static int parse_op(gan_slice message, gan_onnx_op *op)
{
    gan_field f;
    int more;
    *op = (gan_onnx_op){ .message = message };
    while ((more = gan_proto_next(&message, &f)) > 0) {
        if (f.number == NODE_TYPE) op->type = f.bytes;
        if (f.number == NODE_OUTPUT && !op->output.at) op->output = f.bytes;
        if (f.number == NODE_INPUT && op->inputs < GAN_ONNX_INPUTS) op->input[op->inputs++] = f.bytes;
    }
    return more;
}

static int find_attr(const gan_onnx_op *op, const char *name, gan_slice *out)
{
    gan_slice rest = op->message, found;
    gan_field f;
    int more;
    *out = (gan_slice){ 0 };
    while ((more = gan_proto_next(&rest, &f)) > 0) {
        if (f.number != NODE_ATTRIBUTE) continue;
        if (find_field(f.bytes, ATTR_NAME, &found)) return -1;
        if (gan_slice_is(found, name)) *out = f.bytes;
    }
    return more;
}

/* The value of a Constant counts as an initialiser of that name. */
static int parse_value(const gan_onnx_op *op, gan_onnx_file *m)
{
    gan_slice attr, tensor;
    if (find_attr(op, "value", &attr) || find_field(attr, ATTR_TENSOR, &tensor)) return -1;
    if (!tensor.at) return 0;
    gan_onnx_constant *c = &m->constant[m->constants++];
    int result = parse_constant(tensor, c);
    c->name = op->output;
    return result;
}

static int parse_node(gan_slice message, gan_onnx_file *m)
{
    gan_onnx_op *op = &m->op[m->ops++];
    if (parse_op(message, op)) return -1;
    return gan_slice_is(op->type, "Constant") ? parse_value(op, m) : 0;
}

static int by_constant(const void *a, const void *b)
{
    return gan_slice_compare(((const gan_onnx_constant *)a)->name, ((const gan_onnx_constant *)b)->name);
}

static int by_producer(const void *a, const void *b)
{
    return gan_slice_compare(((const struct producer *)a)->name, ((const struct producer *)b)->name);
}

static int parse_part(gan_onnx_file *m, const gan_field *f)
{
    switch (f->number) {
    case GRAPH_NODE: return parse_node(f->bytes, m);
    case GRAPH_INITIALIZER: return parse_constant(f->bytes, &m->constant[m->constants++]);
    case GRAPH_OUTPUT: return m->output.at ? 0 : find_field(f->bytes, VALUE_NAME, &m->output);
    default: return 0;
    }
}

static int parse_graph(gan_onnx_file *m)
{
    gan_slice rest = m->graph;
    gan_field f;
    int ops, constants, more;
    if (count_fields(rest, GRAPH_NODE, MAX_OPS, &ops) ||
        count_fields(rest, GRAPH_INITIALIZER, MAX_CONSTANTS, &constants))
        return -1;
    m->op = gan_mem_alloc((size_t)ops, sizeof *m->op);
    m->producer = gan_mem_alloc((size_t)ops, sizeof *m->producer);
    m->constant = gan_mem_alloc((size_t)ops + (size_t)constants, sizeof *m->constant);
    if (!m->op || !m->producer || !m->constant) return -1;
    while ((more = gan_proto_next(&rest, &f)) > 0)
        if (parse_part(m, &f)) return -1;
    for (int i = 0; i < m->ops; i++) m->producer[i] = (struct producer){ m->op[i].output, i };
    qsort(m->producer, (size_t)m->ops, sizeof *m->producer, by_producer);
    qsort(m->constant, (size_t)m->constants, sizeof *m->constant, by_constant);
    return more;
}

static int read_file(gan_onnx_file *m, const char *path)
{
    uint64_t bytes;
    FILE *f = gan_file_open(path, &bytes);
    if (!f) return -1;
    errno = 0;
    if (bytes > MAX_FILE)
        gan_error("ONNX files have at most 2 GiB");
    else if ((m->bytes = gan_mem_alloc((size_t)bytes, 1)) && fread(m->bytes, 1, (size_t)bytes, f) != bytes)
        gan_error("%s", errno ? strerror(errno) : "the file ends early");
    else
        m->message = (gan_slice){ m->bytes, m->bytes ? (size_t)bytes : 0 };
    fclose(f);
    return m->message.at ? 0 : -1;
}

gan_onnx_file *gan_onnx_file_open(const char *path)
{
    gan_onnx_file *m = gan_mem_alloc(1, sizeof *m);
    if (!m || read_file(m, path) || find_field(m->message, MODEL_GRAPH, &m->graph)) goto fail;
    if (!m->graph.n) {
        gan_error("no ONNX model: it has no graph");
        goto fail;
    }
    if (parse_graph(m)) goto fail;
    return m;
fail:
    gan_onnx_file_close(m);
    return NULL;
}

void gan_onnx_file_close(gan_onnx_file *m)
{
    if (!m) return;
    gan_mem_free(m->constant);
    gan_mem_free(m->producer);
    gan_mem_free(m->op);
    gan_mem_free(m->bytes);
    gan_mem_free(m);
}

int gan_onnx_file_ops(const gan_onnx_file *m)
{
    return m->ops;
}

const gan_onnx_op *gan_onnx_file_op(const gan_onnx_file *m, int i)
{
    return &m->op[i];
}

gan_slice gan_onnx_file_output(const gan_onnx_file *m)
{
    return m->output;
}

const gan_onnx_op *gan_onnx_file_producer(const gan_onnx_file *m, gan_slice value, const gan_onnx_op *before)
{
    struct producer key = { value, 0 };
    const struct producer *p =
        value.n ? bsearch(&key, m->producer, (size_t)m->ops, sizeof *m->producer, by_producer) : NULL;
    const gan_onnx_op *op = p ? &m->op[p->op] : NULL;
    return op && (!before || op < before) ? op : NULL;
}

/* Constants */

const gan_onnx_constant *gan_onnx_file_constant(const gan_onnx_file *m, gan_slice value)
{
    const gan_onnx_op *op = NULL;
    for (int i = 0; i <= MAX_PASSES; i++) {
        gan_onnx_constant key = { .name = value };
        const gan_onnx_constant *c = bsearch(&key, m->constant, (size_t)m->constants, sizeof key, by_constant);
        if (c) return c;
        op = gan_onnx_file_producer(m, value, op);
        int passes = op && op->inputs && (gan_slice_is(op->type, "Identity") || gan_slice_is(op->type, "Cast"));
        if (!passes) break;
        value = op->input[0];
    }
    gan_error("'%.*s' is no constant", value.n < 64 ? (int)value.n : 64, value.n ? (const char *)value.at : "");
    return NULL;
}

/* Numbers of a repeated field, each a field of its own or packed. */
static int repeated_floats(const gan_onnx_constant *c, float *out)
{
    gan_slice rest = c->message;
    gan_field f;
    size_t got = 0;
    int more;
    while ((more = gan_proto_next(&rest, &f)) > 0) {
        if (f.number != TENSOR_FLOATS) continue;
        size_t n = f.bytes.n / gan_f32.bytes;
        if (n > c->count - got) return gan_error("it has more numbers than its dimensions say");
        if (gan_element_floats(&gan_f32, f.bytes.at, n, out + got)) return -1;
        got += n;
    }
    if (more) return -1;
    return got == c->count ? 0 : gan_error("it has fewer numbers than its dimensions say");
}

int gan_onnx_constant_floats(const gan_onnx_constant *c, float *out)
{
    if (!c->element) return gan_error("its elements are not floats");
    if (!c->floats) return gan_element_floats(c->element, c->raw.at, c->count, out);
    return c->element == &gan_f32 ? repeated_floats(c, out) : gan_error("its elements are not float32");
}

static int add_whole(int64_t *out, int most, int *count, uint64_t value)
{
    if (*count == most) return gan_error("more than %d numbers", most);
    out[(*count)++] = (int64_t)value;
    return 0;
}

/* Varints of a repeated field of a message, each a field of its own or packed. */
static int repeated_whole(gan_slice message, uint64_t number, int64_t *out, int most, int *count)
{
    gan_field f;
    uint64_t value;
    int more;
    *count = 0;
    while ((more = gan_proto_next(&message, &f)) > 0) {
        if (f.number != number) continue;
        if (!f.bytes.at && add_whole(out, most, count, f.value)) return -1;
        while (f.bytes.n)
            if (gan_proto_varint(&f.bytes, &value) || add_whole(out, most, count, value)) return -1;
    }
    return more;
}

int gan_onnx_constant_whole(const gan_onnx_constant *c, int64_t *out, int most, int *count)
{
    *count = 0;
    if (c->element != &gan_whole64) return gan_error("its elements are not int64");
    if (c->floats) return repeated_whole(c->message, TENSOR_INT64S, out, most, count);
    for (size_t i = 0; i < c->count; i++)
        if (add_whole(out, most, count, gan_get_le(c->raw.at + 8 * i, 8))) return -1;
    return 0;
}

/* Attributes */

/* The last field of that number in an attribute; 0 fields are no error. */
static int attr_field(const gan_onnx_op *op, const char *name, uint64_t number, gan_field *out, int *found)
{
    gan_slice attr;
    gan_field f;
    int more;
    *found = 0;
    if (find_attr(op, name, &attr)) return -1;
    while ((more = gan_proto_next(&attr, &f)) > 0) {
        if (f.number != number) continue;
        *out = f;
        *found = 1;
    }
    return more;
}

int gan_onnx_op_int(const gan_onnx_op *op, const char *name, int otherwise, int *out)
{
    gan_field f;
    int found;
    *out = otherwise;
    if (attr_field(op, name, ATTR_INT, &f, &found)) return -1;
    if (!found) return 0;
    int64_t value = (int64_t)f.value;
    if (value < INT_MIN || value > INT_MAX) return gan_error("its %s %" PRId64 " is out of range", name, value);
    *out = (int)value;
    return 0;
}

int gan_onnx_op_float(const gan_onnx_op *op, const char *name, float otherwise, float *out)
{
    gan_field f;
    int found;
    *out = otherwise;
    if (attr_field(op, name, ATTR_FLOAT, &f, &found)) return -1;
    if (found && f.bytes.n != gan_f32.bytes) return gan_error("its %s is no float", name);
    return found ? gan_element_floats(&gan_f32, f.bytes.at, 1, out) : 0;
}

int gan_onnx_op_text(const gan_onnx_op *op, const char *name, gan_slice *out)
{
    gan_field f;
    int found;
    if (attr_field(op, name, ATTR_TEXT, &f, &found)) return -1;
    *out = found ? f.bytes : (gan_slice){ 0 };
    return 0;
}

int gan_onnx_op_ints(const gan_onnx_op *op, const char *name, int64_t *out, int most, int *count)
{
    gan_slice attr;
    return find_attr(op, name, &attr) || repeated_whole(attr, ATTR_INTS, out, most, count) ? -1 : 0;
}

gan_slice gan_onnx_file_text(const gan_onnx_file *m, const char *key)
{
    gan_slice rest = m->message, name, value = { 0 };
    gan_field f;
    while (gan_proto_next(&rest, &f) > 0) {
        if (f.number != MODEL_METADATA || find_field(f.bytes, ENTRY_KEY, &name)) continue;
        if (gan_slice_is(name, key) && !find_field(f.bytes, ENTRY_VALUE, &value)) return value;
    }
    return (gan_slice){ 0 };
}
