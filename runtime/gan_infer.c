/* The ONNX files of `gan export`, read and run in plain C99. From top to bottom: limits, memory and errors; protobuf;
 * ONNX messages; the kernel and the convolutions made of it; the other operators; their table; loading; planning and
 * running; colours; the interface.
 *
 * A file is hostile until proven otherwise: every length, count and index in it is checked before it is used, and what
 * is not understood is refused, by name. Pictures of a batch do not depend on each other, so one is computed after the
 * other, and shapes inside are (channels, height, width).
 */
#include "gan_infer.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* ---- limits, memory and errors --------------------------------------------------------------------------------- */

#ifndef GAN_INFER_MALLOC
#define GAN_INFER_MALLOC(bytes) malloc(bytes)
#define GAN_INFER_FREE(block) free(block)
#endif
#ifndef GAN_INFER_MAX_BYTES
#define GAN_INFER_MAX_BYTES (SIZE_MAX / 4 < UINT32_MAX ? SIZE_MAX / 4 : (uint64_t)UINT32_MAX + 1)
#endif

enum {
    MAX_NODES = 1 << 13,
    MAX_TENSORS = 1 << 15,
    MAX_METADATA = 1 << 10,
    MAX_DIMS = 8,
    MAX_SOURCES = 8,
    MAX_SIDE = 1 << 24, /* of a tensor, in any dimension */
    MAX_KERNEL = 64,
    MAX_STRIDE = 16,
    MAX_PAD = 1 << 12,
    OPSET_OLDEST = 11,
    OPSET_NEWEST = 17,
    ALIGNMENT = 64,
    LABEL_BYTES = 64
};

#ifdef _OPENMP
#define PARALLEL_FOR _Pragma("omp parallel for schedule(dynamic)")
#else
#define PARALLEL_FOR
#endif

#ifdef __GNUC__
#define FORMAT_LIKE_PRINTF __attribute__((format(printf, 2, 3)))
#else
#define FORMAT_LIKE_PRINTF
#endif

struct block { /* stands in front of memory that lives as long as its pool */
    struct block *next;
};

struct pool {
    struct block *blocks;
    uint64_t bytes;
};

struct shape {
    int c, h, w;
};

struct value { /* what an operator reads or writes */
    struct shape shape;
    const float *data; /* a constant's from the beginning, others' while running */
    size_t place;      /* floats into the arena */
    int last;          /* step that reads it last */
};

struct tap {    /* one element of a kernel */
    int dy, dx; /* from the position that an output is computed at to the input it reads */
    int at;     /* its index in the kernel */
};

/* A convolution is one pass. A transposed one of stride s is s * s, each an ordinary convolution that fills every s-th
 * row and column of the output. */
struct pass {
    int first_y, first_x; /* output it begins with */
    int taps;
    struct tap *tap;
    float *weights; /* [group][tap, input channel][channel within the group] */
};

struct conv {
    int ic, oc, transposed;
    int kernel[2], stride[2], pads[4], out_pad[2]; /* y, x; top, left, bottom, right */
    int by_pixel;                                  /* lanes of vectors are pixels, not output channels */
    int lanes, groups;                             /* output channels, padded with zeros, come in groups of lanes */
    int passes;
    struct pass *pass;
    float *bias; /* groups * lanes */
};

struct norm { /* x * scale + shift by channel; of instance norm after x was normalised by its own statistics */
    const float *scale, *shift;
    int channels;
    float eps;
};

enum pad_mode { PAD_CONSTANT, PAD_REFLECT, PAD_EDGE };

struct pad {
    enum pad_mode mode;
    int before[2], after[2]; /* y, x */
    float fill;
};

struct cut { /* of each axis: begin and end, negative ones from the far end */
    int64_t begin[3], end[3];
};

struct step { /* an operator at work */
    const struct op *op;
    int source[MAX_SOURCES], sources, target; /* indices of values */
    char label[LABEL_BYTES];                  /* Conv 'enc1' */
    union {
        struct conv *conv;
        struct norm norm;
        struct pad pad;
        struct cut cut;
        int factor[2]; /* y, x */
        float slope;
    } u;
};

struct kernel;

struct metadata {
    const char *key, *text;
};

struct gan_infer {
    char error[GAN_INFER_ERROR_BYTES];
    gan_infer_info info;
    struct pool pool; /* of all below but arena and scratch */
    struct step *step;
    int steps;
    struct value *value; /* value 0 is the input */
    int values, output;
    struct metadata *metadata;
    int texts;
    const struct kernel *kernel;
    int *live;              /* values that are in the arena at some step, by place */
    int h, w;               /* the plan is for these; 0: there is none */
    struct pool memory;     /* arena and scratch */
    float *arena, *scratch; /* of each thread SCRATCH floats */
    int threads;
    float *out; /* while running */
};

/* Keeps the sentence; whatever bytes of the file are in it, it is plain text. Returns -1. */
FORMAT_LIKE_PRINTF static int fail(gan_infer *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(m->error, sizeof m->error, format, args);
    va_end(args);
    for (char *c = m->error; *c; c++)
        if (*c < ' ' || *c > '~') *c = '?';
    return -1;
}

/* Memory for count things of that size, aligned for vectors, freed with the pool. */
static void *take(gan_infer *m, struct pool *pool, size_t count, size_t size)
{
    const size_t front = sizeof(struct block) + ALIGNMENT;
    if (count > (GAN_INFER_MAX_BYTES - front) / size || pool->bytes + count * size > GAN_INFER_MAX_BYTES) {
        fail(m, "it needs more than %llu bytes", (unsigned long long)GAN_INFER_MAX_BYTES);
        return NULL;
    }
    struct block *b = GAN_INFER_MALLOC(front + count * size);
    if (!b) {
        fail(m, "out of memory: cannot get %lu bytes", (unsigned long)(count * size));
        return NULL;
    }
    b->next = pool->blocks;
    pool->blocks = b;
    pool->bytes += count * size;
    unsigned char *memory = (unsigned char *)(b + 1);
    return memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT;
}

/* The same, zeroed. */
static void *keep(gan_infer *m, struct pool *pool, size_t count, size_t size)
{
    void *memory = take(m, pool, count, size);
    if (memory) memset(memory, 0, count * size);
    return memory;
}

static void release(struct pool *pool)
{
    while (pool->blocks) {
        struct block *b = pool->blocks;
        pool->blocks = b->next;
        GAN_INFER_FREE(b);
    }
    pool->bytes = 0;
}

static size_t area(struct shape s)
{
    return (size_t)s.h * (size_t)s.w;
}

static size_t volume(struct shape s)
{
    return (size_t)s.c * area(s);
}

static int round_up(int n, int multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static int at_most(int n, int most)
{
    return n < most ? n : most;
}

/* ---- protobuf --------------------------------------------------------------------------------------------------- */

struct span { /* bytes of the file */
    const unsigned char *at, *end;
};

enum wire { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

#define KEY(number, wire) ((uint64_t)(number) << 3 | (wire))

struct field {
    uint64_t key;      /* KEY of its number and wire type */
    uint64_t number;   /* of a varint or fixed field */
    struct span bytes; /* of one with a length */
};

static size_t length_of(struct span s)
{
    return (size_t)(s.end - s.at);
}

static int equals(struct span s, const char *text)
{
    return length_of(s) == strlen(text) && !memcmp(s.at, text, length_of(s));
}

static int same(struct span a, struct span b)
{
    return length_of(a) == length_of(b) && (a.at == b.at || !memcmp(a.at, b.at, length_of(a)));
}

/* For "%.*s"; names are cut. */
#define SHOWN(span) (length_of(span) < 48 ? (int)length_of(span) : 48), (const char *)(span).at

static uint32_t get_u32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static float get_float(const unsigned char *p)
{
    uint32_t bits = get_u32(p);
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static int get_varint(struct span *s, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; s->at < s->end && shift < 64; shift += 7) {
        unsigned char byte = *s->at++;
        *number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return 0;
    }
    return -1;
}

static int get_fixed(struct span *s, size_t bytes, uint64_t *number)
{
    if (length_of(*s) < bytes) return -1;
    *number = get_u32(s->at);
    if (bytes == 8) *number |= (uint64_t)get_u32(s->at + 4) << 32;
    s->at += bytes;
    return 0;
}

static int get_bytes(struct span *s, struct span *bytes)
{
    uint64_t n;
    if (get_varint(s, &n) || n > length_of(*s)) return -1;
    bytes->at = s->at;
    bytes->end = s->at += n;
    return 0;
}

/* Takes the next field off a message: 1, at its end 0, where it is damaged -1. */
static int next_field(struct span *s, struct field *f)
{
    static const struct span nothing;
    if (s->at == s->end) return 0;
    f->bytes = nothing;
    f->number = 0;
    if (get_varint(s, &f->key)) return -1;
    int bad = -1;
    switch (f->key & 7) {
    case VARINT: bad = get_varint(s, &f->number); break;
    case FIXED64: bad = get_fixed(s, 8, &f->number); break;
    case LENGTH: bad = get_bytes(s, &f->bytes); break;
    case FIXED32: bad = get_fixed(s, 4, &f->number); break;
    default: break;
    }
    return bad ? -1 : 1;
}

/* ---- ONNX messages ---------------------------------------------------------------------------------------------- */

enum tensor_type { TYPE_FLOAT = 1, TYPE_INT64 = 7, TYPE_FLOAT16 = 10 };

struct tensor {
    struct span name, data;
    int type, dims;
    int64_t dim[MAX_DIMS];
    size_t count;
    int varints; /* how whole numbers are stored */
};

struct node {
    struct span name, type, domain, message;
    struct span source[MAX_SOURCES], target;
    int sources, targets;
};

struct port { /* an input or output of the graph */
    struct span name;
    int type, dims;
    int64_t dim[4]; /* 0: any */
};

struct symbol { /* what a name stands for; nothing yet: value is -1 and tensor is NULL */
    struct span name;
    const struct tensor *tensor;
    int value;
};

struct loader { /* a file while it is read */
    gan_infer *m;
    struct pool pool;
    struct node *node;
    struct tensor *tensor;
    struct port *input;
    struct port output;
    int nodes, tensors, inputs, outputs;
    struct symbol *symbol; /* open addressing, slots is a power of 2 */
    size_t slots;
    struct step *step;       /* being loaded, */
    const struct node *from; /* from this node */
};

static int damaged(struct loader *l, const char *what)
{
    return fail(l->m, "damaged: its %s cannot be read", what);
}

/* Adds a tensor's dimensions, one or a packed list. */
static int add_dims(struct tensor *t, const struct field *f)
{
    struct span list = f->bytes;
    uint64_t n = f->number;
    int packed = (f->key & 7) == LENGTH;
    while (!packed || list.at < list.end) {
        if (packed && get_varint(&list, &n)) return -1;
        if (t->dims == MAX_DIMS || n > INT64_MAX) return -1;
        t->dim[t->dims++] = (int64_t)n;
        if (!packed) break;
    }
    return 0;
}

static int bytes_per_number(const struct tensor *t)
{
    switch (t->type) {
    case TYPE_FLOAT: return 4;
    case TYPE_FLOAT16: return 2;
    case TYPE_INT64: return t->varints ? 0 : 8;
    default: return 0;
    }
}

/* Whether dimensions and data fit each other; what is no number of ours is looked at when it is used. */
static int check_tensor(struct loader *l, struct tensor *t)
{
    t->count = 1;
    for (int i = 0; i < t->dims; i++) {
        if (t->dim[i] && t->count > INT32_MAX / (uint64_t)t->dim[i])
            return fail(l->m, "tensor '%.*s' is too large", SHOWN(t->name));
        t->count *= (size_t)t->dim[i];
    }
    size_t size = (size_t)bytes_per_number(t);
    if (size && length_of(t->data) != size * t->count)
        return fail(l->m, "tensor '%.*s' has %zu bytes of data, its shape needs %zu", SHOWN(t->name),
                    length_of(t->data), size * t->count);
    return 0;
}

static int read_tensor(struct loader *l, struct span s, struct tensor *t)
{
    static const struct tensor empty;
    struct field f;
    int more, external = 0;
    *t = empty;
    t->name.at = t->name.end = t->data.at = t->data.end = s.at;
    while ((more = next_field(&s, &f)) > 0) {
        switch (f.key) {
        case KEY(1, VARINT):
        case KEY(1, LENGTH):
            if (add_dims(t, &f)) return damaged(l, "tensors");
            break;
        case KEY(2, VARINT): t->type = f.number < 64 ? (int)f.number : 0; break;
        case KEY(8, LENGTH): t->name = f.bytes; break;
        case KEY(4, LENGTH):
        case KEY(9, LENGTH): t->data = f.bytes; break;
        case KEY(7, LENGTH): t->data = f.bytes, t->varints = 1; break;
        case KEY(13, LENGTH): external = 1; break;
        case KEY(14, VARINT): external = f.number != 0; break;
        default: break;
        }
    }
    if (more < 0) return damaged(l, "tensors");
    if (external) return fail(l->m, "tensor '%.*s' is kept in another file", SHOWN(t->name));
    return check_tensor(l, t);
}

static int read_node(struct loader *l, struct span s, struct node *n)
{
    struct field f;
    struct span none = { s.at, s.at };
    int more;
    n->message = s;
    n->name = n->type = n->domain = n->target = none;
    while ((more = next_field(&s, &f)) > 0) {
        switch (f.key) {
        case KEY(1, LENGTH):
            if (n->sources == MAX_SOURCES) return fail(l->m, "a node has more than %d inputs", MAX_SOURCES);
            n->source[n->sources++] = f.bytes;
            break;
        case KEY(2, LENGTH):
            n->target = f.bytes;
            n->targets++;
            break;
        case KEY(3, LENGTH): n->name = f.bytes; break;
        case KEY(4, LENGTH): n->type = f.bytes; break;
        case KEY(7, LENGTH): n->domain = f.bytes; break;
        default: break;
        }
    }
    return more < 0 ? damaged(l, "nodes") : 0;
}

/* The next embedded message of that key: 1, none 0, damaged -1. */
static int next_message(struct span *s, uint64_t key, struct span *message)
{
    struct field f;
    int more;
    while ((more = next_field(s, &f)) > 0)
        if (f.key == key) {
            *message = f.bytes;
            break;
        }
    return more;
}

/* TensorShapeProto.Dimension: a number, or a name for any. */
static int read_dim(struct span s, int64_t *dim)
{
    struct field f;
    int more;
    *dim = 0;
    while ((more = next_field(&s, &f)) > 0)
        if (f.key == KEY(1, VARINT)) *dim = f.number <= MAX_SIDE ? (int64_t)f.number : -1;
    return more < 0 || *dim < 0 ? -1 : 0;
}

/* TypeProto.Tensor */
static int read_tensor_type(struct span s, struct port *p)
{
    struct field f;
    struct span shape = { s.end, s.end }, dim;
    int more;
    while ((more = next_field(&s, &f)) > 0) {
        if (f.key == KEY(1, VARINT)) p->type = f.number < 64 ? (int)f.number : 0;
        if (f.key == KEY(2, LENGTH)) shape = f.bytes;
    }
    if (more < 0) return -1;
    while ((more = next_message(&shape, KEY(1, LENGTH), &dim)) > 0)
        if (p->dims == 4 || read_dim(dim, &p->dim[p->dims++])) return -1;
    return more;
}

/* ValueInfoProto */
static int read_port(struct loader *l, struct span s, struct port *p)
{
    struct field f;
    struct span type;
    int more, found = 0;
    p->name.at = p->name.end = s.at;
    while ((more = next_field(&s, &f)) > 0) {
        if (f.key == KEY(1, LENGTH)) p->name = f.bytes;
        if (f.key == KEY(2, LENGTH) && (found = next_message(&f.bytes, KEY(1, LENGTH), &type)) > 0 &&
            read_tensor_type(type, p))
            found = -1;
    }
    return more < 0 || found < 0 ? damaged(l, "inputs and outputs") : 0;
}

enum { GRAPH_NODE = 1, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12, GRAPH_SPARSE = 15, GRAPH_KEYS };

/* How many of each there are. */
static int count_fields(struct loader *l, struct span s, int *count)
{
    struct field f;
    int more;
    while ((more = next_field(&s, &f)) > 0)
        if ((f.key & 7) == LENGTH && f.key >> 3 < GRAPH_KEYS) count[f.key >> 3]++;
    if (more < 0) return damaged(l, "graph");
    if (count[GRAPH_NODE] > MAX_NODES)
        return fail(l->m, "it has %d nodes, at most %d are read", count[GRAPH_NODE], MAX_NODES);
    if (count[GRAPH_TENSOR] > MAX_TENSORS)
        return fail(l->m, "it has %d tensors, at most %d are read", count[GRAPH_TENSOR], MAX_TENSORS);
    if (count[GRAPH_INPUT] > MAX_TENSORS) return fail(l->m, "it has %d inputs", count[GRAPH_INPUT]);
    if (count[GRAPH_OUTPUT] != 1) return fail(l->m, "it has %d outputs, not one", count[GRAPH_OUTPUT]);
    if (count[GRAPH_SPARSE]) return fail(l->m, "sparse tensors are not supported");
    return 0;
}

/* GraphProto. Constant nodes bring a tensor each, hence the room. */
static int read_graph(struct loader *l, struct span s)
{
    int count[GRAPH_KEYS] = { 0 }, more;
    struct field f;
    if (count_fields(l, s, count)) return -1;
    size_t tensors = (size_t)count[GRAPH_TENSOR] + (size_t)count[GRAPH_NODE];
    l->node = keep(l->m, &l->pool, (size_t)count[GRAPH_NODE] + 1, sizeof *l->node);
    l->tensor = keep(l->m, &l->pool, tensors + 1, sizeof *l->tensor);
    l->input = keep(l->m, &l->pool, (size_t)count[GRAPH_INPUT] + 1, sizeof *l->input);
    if (!l->node || !l->tensor || !l->input) return -1;
    while ((more = next_field(&s, &f)) > 0) {
        int bad = 0;
        switch (f.key) {
        case KEY(GRAPH_NODE, LENGTH): bad = read_node(l, f.bytes, &l->node[l->nodes++]); break;
        case KEY(GRAPH_TENSOR, LENGTH): bad = read_tensor(l, f.bytes, &l->tensor[l->tensors++]); break;
        case KEY(GRAPH_INPUT, LENGTH): bad = read_port(l, f.bytes, &l->input[l->inputs++]); break;
        case KEY(GRAPH_OUTPUT, LENGTH): bad = read_port(l, f.bytes, &l->output); break;
        default: break;
        }
        if (bad) return -1;
    }
    return 0;
}

static const char *keep_text(struct loader *l, struct span s)
{
    char *text = keep(l->m, &l->m->pool, length_of(s) + 1, 1);
    if (text) memcpy(text, s.at, length_of(s));
    return text;
}

/* StringStringEntryProto */
static int read_metadata(struct loader *l, struct span s)
{
    struct metadata *entry = &l->m->metadata[l->m->texts++];
    struct span key = { s.at, s.at }, text = key;
    struct field f;
    int more;
    while ((more = next_field(&s, &f)) > 0) {
        if (f.key == KEY(1, LENGTH)) key = f.bytes;
        if (f.key == KEY(2, LENGTH)) text = f.bytes;
    }
    if (more < 0) return damaged(l, "metadata");
    entry->key = keep_text(l, key);
    entry->text = keep_text(l, text);
    return entry->key && entry->text ? 0 : -1;
}

/* OperatorSetIdProto: the version of ONNX's own operators; others are refused where they are used. */
static int read_opset(struct loader *l, struct span s, int *version)
{
    struct field f;
    struct span domain = { s.at, s.at };
    uint64_t number = 0;
    int more;
    while ((more = next_field(&s, &f)) > 0) {
        if (f.key == KEY(1, LENGTH)) domain = f.bytes;
        if (f.key == KEY(2, VARINT)) number = f.number;
    }
    if (more < 0) return damaged(l, "opset");
    if (length_of(domain) && !equals(domain, "ai.onnx")) return 0;
    if (number < OPSET_OLDEST || number > OPSET_NEWEST)
        return fail(l->m, "its opset is %llu, %d to %d are read", (unsigned long long)number, OPSET_OLDEST,
                    OPSET_NEWEST);
    *version = (int)number;
    return 0;
}

enum { MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14 };

static int count_metadata(struct loader *l, struct span s)
{
    struct span text;
    int more, count = 0;
    while ((more = next_message(&s, KEY(MODEL_METADATA, LENGTH), &text)) > 0) count++;
    if (more < 0) return fail(l->m, "no ONNX file, or cut off");
    if (count > MAX_METADATA) return fail(l->m, "it has %d metadata, at most %d are read", count, MAX_METADATA);
    l->m->metadata = keep(l->m, &l->m->pool, (size_t)count + 1, sizeof *l->m->metadata);
    return l->m->metadata ? 0 : -1;
}

/* ModelProto */
static int read_model(struct loader *l, struct span s)
{
    struct field f;
    int graphs = 0, opset = 0;
    if (count_metadata(l, s)) return -1;
    while (next_field(&s, &f) > 0) {
        int bad = 0;
        switch (f.key) {
        case KEY(MODEL_GRAPH, LENGTH): bad = graphs++ ? fail(l->m, "it has two graphs") : read_graph(l, f.bytes); break;
        case KEY(MODEL_OPSET, LENGTH): bad = read_opset(l, f.bytes, &opset); break;
        case KEY(MODEL_METADATA, LENGTH): bad = read_metadata(l, f.bytes); break;
        default: break;
        }
        if (bad) return -1;
    }
    if (!graphs || !opset) return fail(l->m, "no ONNX file, or cut off: it has no %s", graphs ? "opset" : "graph");
    return 0;
}

/* ---- names, attributes, constants ------------------------------------------------------------------------------- */

/* The slot of a name, found or empty (no name). */
static struct symbol *slot_of(const struct loader *l, struct span name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const unsigned char *c = name.at; c < name.end; c++) hash = (hash ^ *c) * 16777619u;
    size_t at = hash & (l->slots - 1);
    while (l->symbol[at].name.at && !same(l->symbol[at].name, name)) at = (at + 1) & (l->slots - 1);
    return &l->symbol[at];
}

static struct symbol *declare(struct loader *l, struct span name)
{
    struct symbol *s = slot_of(l, name);
    if (!length_of(name) || s->name.at) {
        fail(l->m, length_of(name) ? "two things are called '%.*s'" : "something has no name%.*s", SHOWN(name));
        return NULL;
    }
    s->name = name;
    s->value = -1;
    return s;
}

/* What input i of the node being loaded stands for; NULL: it is left out. Names were checked before. */
static const struct symbol *source_symbol(const struct loader *l, int i)
{
    return i < l->from->sources && length_of(l->from->source[i]) ? slot_of(l, l->from->source[i]) : NULL;
}

static const struct tensor *source_tensor(const struct loader *l, int i)
{
    const struct symbol *s = source_symbol(l, i);
    return s ? s->tensor : NULL;
}

/* AttributeProto of the node being loaded; 0: there is none. Its bytes go to where the caller wants a part. */
static int find_attribute(const struct loader *l, const char *name, struct span *attribute)
{
    struct span s = l->from->message, message;
    while (next_message(&s, KEY(5, LENGTH), &message) > 0) {
        struct span rest = message, its;
        if (next_message(&rest, KEY(1, LENGTH), &its) > 0 && equals(its, name)) {
            *attribute = message;
            return 1;
        }
    }
    return 0;
}

/* Lists of whole numbers come packed or one by one; 1, at the end 0, damaged -1. */
struct ints {
    struct span message, packed;
    uint64_t one, many; /* keys */
};

static int next_int(struct ints *list, int64_t *out)
{
    struct field f;
    uint64_t n;
    while (list->packed.at == list->packed.end) {
        int more = next_field(&list->message, &f);
        if (more <= 0) return more;
        if (f.key == list->many) list->packed = f.bytes;
        if (f.key == list->one) {
            *out = (int64_t)f.number;
            return 1;
        }
    }
    if (get_varint(&list->packed, &n)) return -1;
    *out = (int64_t)n;
    return 1;
}

/* Reads exactly count whole numbers within least and most; an attribute that is absent leaves out as it is. */
static int get_ints(struct loader *l, const char *name, int least, int most, int count, int *out)
{
    struct ints list = { { 0, 0 }, { 0, 0 }, KEY(8, VARINT), KEY(8, LENGTH) };
    int64_t n = 0;
    int found = 0, more;
    if (!find_attribute(l, name, &list.message)) return 0;
    while ((more = next_int(&list, &n)) > 0) {
        if (found == count) return fail(l->m, "%s: %s has more than %d numbers", l->step->label, name, count);
        if (n < least || n > most)
            return fail(l->m, "%s: %s of %lld is not supported", l->step->label, name, (long long)n);
        out[found++] = (int)n;
    }
    if (more < 0 || found != count) return fail(l->m, "%s: %s does not have %d numbers", l->step->label, name, count);
    return 0;
}

/* A single field of an attribute. */
static int get_field(const struct loader *l, const char *name, uint64_t key, struct field *f)
{
    struct span s;
    if (!find_attribute(l, name, &s)) return 0;
    while (next_field(&s, f) > 0)
        if (f->key == key) return 1;
    return 0;
}

static int64_t get_int(const struct loader *l, const char *name, int64_t otherwise)
{
    struct field f;
    return get_field(l, name, KEY(3, VARINT), &f) ? (int64_t)f.number : otherwise;
}

static float get_real(const struct loader *l, const char *name, float otherwise)
{
    struct field f;
    if (!get_field(l, name, KEY(2, FIXED32), &f)) return otherwise;
    uint32_t bits = (uint32_t)f.number;
    float real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

/* Which of the texts (ended by NULL, the first is the default) an attribute is, or -1. */
static int get_choice(struct loader *l, const char *name, const char *const *texts)
{
    struct field f;
    if (!get_field(l, name, KEY(4, LENGTH), &f)) return 0;
    for (int i = 0; texts[i]; i++)
        if (equals(f.bytes, texts[i])) return i;
    return fail(l->m, "%s: %s '%.*s' is not supported", l->step->label, name, SHOWN(f.bytes));
}

static float half_to_float(unsigned bits)
{
    int exponent = (int)(bits >> 10 & 31), mantissa = (int)(bits & 1023);
    float size = exponent == 31  ? (mantissa ? NAN : INFINITY)
                 : exponent == 0 ? ldexpf((float)mantissa, -24)
                                 : ldexpf((float)(mantissa + 1024), exponent - 25);
    return bits >> 15 ? -size : size;
}

static float tensor_float(const struct tensor *t, size_t i)
{
    const unsigned char *p = t->data.at;
    return t->type == TYPE_FLOAT ? get_float(p + 4 * i) : half_to_float(p[2 * i] | (unsigned)p[2 * i + 1] << 8);
}

/* Input i as a constant of floats. */
static const struct tensor *float_tensor(struct loader *l, int i)
{
    const struct tensor *t = source_tensor(l, i);
    if (t && (t->type == TYPE_FLOAT || t->type == TYPE_FLOAT16)) return t;
    fail(l->m, "%s: input %d is no constant of floats", l->step->label, i);
    return NULL;
}

/* Input i as a constant of one float per channel. */
static const float *channel_floats(struct loader *l, int i, int channels)
{
    const struct tensor *t = float_tensor(l, i);
    if (!t) return NULL;
    if (t->dims != 1 || t->dim[0] != channels || !channels) {
        fail(l->m, "%s: input %d does not have one number for each of %d channels", l->step->label, i, channels);
        return NULL;
    }
    float *out = keep(l->m, &l->m->pool, t->count, sizeof *out);
    for (size_t k = 0; out && k < t->count; k++) out[k] = tensor_float(t, k);
    return out;
}

/* Input i as a constant of at most `most` whole numbers; *count: how many; -1 where it is something else. */
static int constant_ints(struct loader *l, int i, int most, int64_t *out, int *count)
{
    const struct tensor *t = source_tensor(l, i);
    if (!t || t->type != TYPE_INT64 || t->count > (size_t)most)
        return fail(l->m, "%s: input %d is no constant of at most %d whole numbers", l->step->label, i, most);
    struct span s = t->data;
    *count = (int)t->count;
    for (int k = 0; k < *count; k++) {
        uint64_t n;
        if (t->varints ? get_varint(&s, &n) : get_fixed(&s, 8, &n)) return damaged(l, "tensors");
        out[k] = (int64_t)n;
    }
    return 0;
}

/* ---- the kernel ------------------------------------------------------------------------------------------------- */

/* Every convolution is a sum of products of small tiles: c[j][i] += a[k][i] * b[k][j] for i < LANES, j < rows. LANES is
 * the same everywhere, rows is what the registers of a CPU hold. GNU C has vectors in the language; with them the tile
 * stays in registers, whatever the compiler's mood. */
enum { LANES = 16, MOST_ROWS = 12 };

typedef void kernel_fn(size_t n, const float *a, const float *b, float *c);

struct kernel {
    int rows;
    kernel_fn *run;
};

#ifdef __GNUC__
#define KERNEL(name, attribute, width, rows)                                                                           \
    attribute static void name(size_t n, const float *a, const float *b, float *c)                                     \
    {                                                                                                                  \
        typedef float vector __attribute__((vector_size(4 * (width))));                                                \
        vector tile[rows][LANES / (width)], left[LANES / (width)];                                                     \
        memcpy(tile, c, sizeof tile);                                                                                  \
        for (; n; n--, a += LANES, b += (rows)) {                                                                      \
            memcpy(left, a, sizeof left);                                                                              \
            for (int j = 0; j < (rows); j++)                                                                           \
                for (int i = 0; i < LANES / (width); i++) tile[j][i] += left[i] * b[j];                                \
        }                                                                                                              \
        memcpy(c, tile, sizeof tile);                                                                                  \
    }
#else
#define KERNEL(name, attribute, width, rows)                                                                           \
    static void name(size_t n, const float *a, const float *b, float *c)                                               \
    {                                                                                                                  \
        for (; n; n--, a += LANES, b += (rows))                                                                        \
            for (int j = 0; j < (rows); j++)                                                                           \
                for (int i = 0; i < LANES; i++) c[j * LANES + i] += a[i] * b[j];                                       \
    }
#endif

KERNEL(kernel_any, , 4, 2)
#if defined __GNUC__ && defined __x86_64__
KERNEL(kernel_avx2, __attribute__((target("avx2,fma"))), 8, 6)
KERNEL(kernel_avx512, __attribute__((target("avx512f"))), 16, 12)
#endif

/* The best one for the CPU that this runs on. */
static const struct kernel *choose_kernel(void)
{
    static const struct kernel any = { 2, kernel_any };
#if defined __GNUC__ && defined __x86_64__
    static const struct kernel avx2 = { 6, kernel_avx2 }, avx512 = { MOST_ROWS, kernel_avx512 };
    if (__builtin_cpu_supports("avx512f")) return &avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2;
#endif
    return &any;
}

/* ---- convolutions ----------------------------------------------------------------------------------------------- */

/* A task computes PIXELS outputs (of one pass, in reading order) of some groups of channels. For each tap of the kernel
 * it gathers what these pixels read, a row of the panel per input channel, and when the panel is full multiplies it with
 * the weights. Taps that read only padding are left out. Networks end in two or three channels: there pixels, not
 * channels, lie along the vectors. */
enum { PIXELS = 96, DEPTH = 256, GROUP_CHANNELS = 512, SCRATCH = PIXELS * (DEPTH + GROUP_CHANNELS) };

struct call { /* of a convolution, or of one of its tasks */
    const struct conv *conv;
    const struct kernel *kernel;
    const float *src;
    float *dst;
    struct shape in, out;
};

struct task {
    const struct call *call;
    const struct pass *pass;
    int group, groups;        /* first one, and how many */
    int pixels, tile, tiles;  /* tile: pixels that lie side by side in the panel */
    int y[PIXELS], x[PIXELS]; /* where in the input each pixel's kernel is laid, */
    size_t to[PIXELS];        /* and where in an output plane its result goes */
    float *panel;             /* [tile][row][pixel] */
    float *sum;               /* [group][tile] of the kernel's c */
    size_t first, rows;       /* rows of weights that the panel holds */
};

/* Neighbouring pixels of a pass are that far apart in the input and in the output. */
static int in_step(const struct conv *c, int axis)
{
    return c->transposed ? 1 : c->stride[axis];
}

static int out_step(const struct conv *c, int axis)
{
    return c->transposed ? c->stride[axis] : 1;
}

/* How many of first, first + out_step, ... are below side. */
static int side_of_pass(const struct conv *c, int axis, int first, int side)
{
    return side <= first ? 0 : (side - first - 1) / out_step(c, axis) + 1;
}

static size_t pixels_of(const struct conv *c, const struct pass *p, struct shape out)
{
    return (size_t)side_of_pass(c, 0, p->first_y, out.h) * (size_t)side_of_pass(c, 1, p->first_x, out.w);
}

static void locate_pixels(struct task *t, size_t from)
{
    const struct conv *c = t->call->conv;
    const struct pass *p = t->pass;
    struct shape out = t->call->out;
    size_t wide = (size_t)side_of_pass(c, 1, p->first_x, out.w);
    for (int i = 0; i < t->pixels; i++, from++) {
        int row = (int)(from / wide), col = (int)(from % wide);
        int y = p->first_y + row * out_step(c, 0), x = p->first_x + col * out_step(c, 1);
        t->y[i] = row * in_step(c, 0);
        t->x[i] = col * in_step(c, 1);
        t->to[i] = (size_t)y * (size_t)out.w + (size_t)x;
    }
}

static float *sum_of(const struct task *t, int group, int tile)
{
    return t->sum + (size_t)(group * t->tiles + tile) * (size_t)(t->call->kernel->rows * LANES);
}

/* Sums begin with the bias. */
static void begin_sums(const struct task *t)
{
    const struct conv *c = t->call->conv;
    int rows = t->call->kernel->rows;
    for (int g = 0; g < t->groups; g++) {
        const float *bias = c->bias + (t->group + g) * c->lanes;
        for (int i = 0; i < t->tiles; i++) {
            float *sum = sum_of(t, g, i);
            for (int row = 0; row < rows; row++)
                for (int lane = 0; lane < LANES; lane++) *sum++ = bias[c->by_pixel ? row : lane];
        }
    }
}

/* Multiplies the panel with its rows of weights and empties it. */
static void flush_panel(struct task *t)
{
    const struct conv *c = t->call->conv;
    size_t depth = (size_t)t->pass->taps * (size_t)c->ic * (size_t)c->lanes;
    for (int g = 0; g < t->groups && t->rows; g++) {
        const float *weights = t->pass->weights + (size_t)(t->group + g) * depth + t->first * (size_t)c->lanes;
        for (int i = 0; i < t->tiles; i++) {
            const float *panel = t->panel + (size_t)(i * DEPTH * t->tile);
            t->call->kernel->run(t->rows, c->by_pixel ? panel : weights, c->by_pixel ? weights : panel,
                                 sum_of(t, g, i));
        }
    }
    t->rows = 0;
}

/* Where each pixel of the panel reads for a tap, -1 outside of the input; runs[i]: tile i is LANES pixels in a row.
 * 0: all is outside. */
static int locate_tap(const struct task *t, const struct tap *tap, ptrdiff_t *at, int *runs)
{
    struct shape in = t->call->in;
    int some = 0;
    for (int i = 0; i < t->tiles * t->tile; i++) {
        int inside = 0, y = 0, x = 0;
        if (i < t->pixels) {
            y = t->y[i] + tap->dy, x = t->x[i] + tap->dx;
            inside = y >= 0 && y < in.h && x >= 0 && x < in.w;
        }
        at[i] = inside ? (ptrdiff_t)y * in.w + x : -1;
        some |= inside;
    }
    for (int i = 0; i < t->tiles; i++) {
        const ptrdiff_t *own = at + i * t->tile;
        runs[i] = t->tile == LANES && own[0] >= 0;
        for (int k = 1; k < t->tile; k++) runs[i] &= own[k] == own[0] + k;
    }
    return some;
}

/* One row of the panel: what the pixels read of a plane. */
static void gather(const struct task *t, const float *plane, const ptrdiff_t *at, const int *runs)
{
    for (int i = 0; i < t->tiles; i++, at += t->tile) {
        float *to = t->panel + ((size_t)i * DEPTH + t->rows) * (size_t)t->tile;
        if (runs[i])
            memcpy(to, plane + at[0], LANES * sizeof *to);
        else
            for (int k = 0; k < t->tile; k++) to[k] = at[k] < 0 ? 0 : plane[at[k]];
    }
}

static void add_tap(struct task *t, int index)
{
    const struct call *call = t->call;
    ptrdiff_t at[PIXELS];
    int runs[PIXELS];
    size_t first = (size_t)index * (size_t)call->conv->ic;
    if (!locate_tap(t, &t->pass->tap[index], at, runs)) return;
    if (t->first + t->rows != first) flush_panel(t);
    for (int c = 0; c < call->conv->ic; c++) {
        if (t->rows == DEPTH) flush_panel(t);
        if (!t->rows) t->first = first + (size_t)c;
        gather(t, call->src + (size_t)c * area(call->in), at, runs);
        t->rows++;
    }
}

static void store_sums(const struct task *t)
{
    const struct conv *c = t->call->conv;
    int first = t->group * c->lanes, end = at_most((t->group + t->groups) * c->lanes, c->oc);
    for (int o = first; o < end; o++) {
        float *plane = t->call->dst + (size_t)o * area(t->call->out);
        int group = o / c->lanes - t->group, lane = o % c->lanes;
        for (int i = 0; i < t->pixels; i++) {
            const float *sum = sum_of(t, group, i / t->tile);
            int pixel = i % t->tile;
            plane[t->to[i]] = c->by_pixel ? sum[lane * LANES + pixel] : sum[pixel * LANES + lane];
        }
    }
}

static void run_task(struct task *t, size_t from, float *scratch)
{
    t->panel = scratch;
    t->sum = scratch + PIXELS * DEPTH;
    t->tile = t->call->conv->by_pixel ? LANES : t->call->kernel->rows;
    t->tiles = (t->pixels + t->tile - 1) / t->tile;
    t->first = t->rows = 0;
    locate_pixels(t, from);
    begin_sums(t);
    for (int i = 0; i < t->pass->taps; i++) add_tap(t, i);
    flush_panel(t);
    store_sums(t);
}

static int thread_index(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

static int thread_count(void)
{
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static const float *source(const gan_infer *m, const struct step *s, int i)
{
    return m->value[s->source[i]].data;
}

/* The output is computed in the caller's memory. */
static float *target(const gan_infer *m, const struct step *s)
{
    return s->target == m->output ? m->out : m->arena + m->value[s->target].place;
}

static struct shape source_shape(const gan_infer *m, const struct step *s, int i)
{
    return m->value[s->source[i]].shape;
}

static struct shape target_shape(const gan_infer *m, const struct step *s)
{
    return m->value[s->target].shape;
}

/* Channel groups per task: all that fit, but enough tasks for every thread. */
static int groups_per_task(const struct conv *c, size_t parts, int threads)
{
    int most = GROUP_CHANNELS / c->lanes, groups = c->groups;
    if (parts < 2 * (size_t)threads) groups = (c->groups + threads - 1) / threads;
    return at_most(groups, most);
}

static void run_conv(gan_infer *m, const struct step *s)
{
    const struct conv *c = s->u.conv;
    struct call call = { c, m->kernel, source(m, s, 0), target(m, s), source_shape(m, s, 0), target_shape(m, s) };
    size_t blocks = (pixels_of(c, c->pass, call.out) + PIXELS - 1) / PIXELS, parts = blocks * (size_t)c->passes;
    int groups = groups_per_task(c, parts, m->threads), slabs = (c->groups + groups - 1) / groups;
    long tasks = (long)parts * slabs;
    PARALLEL_FOR
    for (long i = 0; i < tasks; i++) {
        size_t part = (size_t)(i / slabs), from = part % blocks * PIXELS;
        struct task t = { .call = &call, .pass = &c->pass[part / blocks], .group = (int)(i % slabs) * groups };
        size_t pixels = pixels_of(c, t.pass, call.out);
        t.groups = at_most(groups, c->groups - t.group);
        t.pixels = pixels > from ? at_most(PIXELS, (int)(pixels - from)) : 0;
        if (t.pixels) run_task(&t, from, m->scratch + (size_t)thread_index() * SCRATCH);
    }
}

static int set_shape(gan_infer *m, const struct step *s, int64_t c, int64_t h, int64_t w)
{
    const uint64_t most = GAN_INFER_MAX_BYTES / sizeof(float);
    if (c < 1 || h < 1 || w < 1) return fail(m, "%s: nothing is left of a picture of this size", s->label);
    if (c > MAX_SIDE || h > MAX_SIDE || w > MAX_SIDE || (uint64_t)(c * h) > most / (uint64_t)w)
        return fail(m, "%s: its result of %lld x %lld x %lld is too large", s->label, (long long)c, (long long)h,
                    (long long)w);
    struct shape shape = { (int)c, (int)h, (int)w };
    m->value[s->target].shape = shape;
    return 0;
}

static int64_t conv_side(const struct conv *c, int axis, int side)
{
    int64_t pads = c->pads[axis] + c->pads[axis + 2], k = c->kernel[axis], stride = c->stride[axis];
    if (c->transposed) return (side - 1) * stride - pads + k + c->out_pad[axis];
    return side + pads < k ? 0 : (side + pads - k) / stride + 1;
}

static int shape_conv(gan_infer *m, const struct step *s)
{
    const struct conv *c = s->u.conv;
    struct shape in = source_shape(m, s, 0);
    if (in.c != c->ic) return fail(m, "%s: it takes %d channels, not %d", s->label, c->ic, in.c);
    return set_shape(m, s, c->oc, conv_side(c, 0, in.h), conv_side(c, 1, in.w));
}

/* Reads all but the weights. */
static int load_geometry(struct loader *l, struct conv *c)
{
    static const char *const auto_pad[] = { "NOTSET", NULL };
    int dilations[2] = { 1, 1 }, kernel[2] = { c->kernel[0], c->kernel[1] };
    struct span s;
    c->stride[0] = c->stride[1] = 1;
    if (get_ints(l, "strides", 1, MAX_STRIDE, 2, c->stride) || get_ints(l, "pads", 0, MAX_KERNEL, 4, c->pads) ||
        get_ints(l, "output_padding", 0, MAX_STRIDE, 2, c->out_pad) || get_ints(l, "dilations", 1, 1, 2, dilations) ||
        get_ints(l, "kernel_shape", 1, MAX_KERNEL, 2, kernel) || get_choice(l, "auto_pad", auto_pad) < 0)
        return -1;
    if (kernel[0] != c->kernel[0] || kernel[1] != c->kernel[1])
        return fail(l->m, "%s: kernel_shape is not the shape of its weights", l->step->label);
    if (get_int(l, "group", 1) != 1) return fail(l->m, "%s: groups of channels are not supported", l->step->label);
    if (find_attribute(l, "output_shape", &s)) return fail(l->m, "%s: output_shape is not supported", l->step->label);
    return 0;
}

/* The channels in and out and the kernel's sides, from the weights' dimensions. */
static int load_sides(struct loader *l, struct conv *c, const struct tensor *weights)
{
    const int64_t *dim = weights->dim;
    if (weights->dims != 4 || !weights->count || dim[2] > MAX_KERNEL || dim[3] > MAX_KERNEL || dim[0] > MAX_SIDE / 2 ||
        dim[1] > MAX_SIDE / 2)
        return fail(l->m, "%s: the shape of its weights is not supported", l->step->label);
    c->oc = (int)dim[c->transposed];
    c->ic = (int)dim[!c->transposed];
    c->kernel[0] = (int)dim[2];
    c->kernel[1] = (int)dim[3];
    c->by_pixel = c->oc <= 2 * l->m->kernel->rows && c->oc < LANES;
    c->lanes = c->by_pixel ? l->m->kernel->rows : LANES;
    c->groups = (c->oc + c->lanes - 1) / c->lanes;
    return 0;
}

/* How far from where a pass lays its kernel the element k is. */
static int reach(const struct conv *c, int axis, int first, int k)
{
    return c->transposed ? (first + c->pads[axis] - k) / c->stride[axis] : k - c->pads[axis];
}

/* The elements of the kernel that a pass uses are every out_step-th from this one on: in a transposed convolution those
 * that lie a whole number of strides from an input. */
static int first_tap(const struct conv *c, int axis, int first)
{
    return (first + c->pads[axis]) % out_step(c, axis);
}

static size_t taps_along(const struct conv *c, int axis, int first)
{
    return (size_t)side_of_pass(c, axis, first_tap(c, axis, first), c->kernel[axis]);
}

static void set_taps(const struct conv *c, struct pass *p)
{
    for (int y = first_tap(c, 0, p->first_y); y < c->kernel[0]; y += out_step(c, 0))
        for (int x = first_tap(c, 1, p->first_x); x < c->kernel[1]; x += out_step(c, 1)) {
            struct tap tap = { reach(c, 0, p->first_y, y), reach(c, 1, p->first_x, x), y * c->kernel[1] + x };
            p->tap[p->taps++] = tap;
        }
}

/* From (out, in, kh, kw), or (in, out, kh, kw) of a transposed convolution, into the order that the kernel reads. */
static void pack_weights(const struct conv *c, struct pass *p, const struct tensor *weights)
{
    size_t lanes = (size_t)c->lanes, ic = (size_t)c->ic, depth = (size_t)p->taps * ic;
    size_t plane = (size_t)c->kernel[0] * (size_t)c->kernel[1];
    size_t by_out = c->transposed ? plane : plane * ic, by_in = c->transposed ? plane * (size_t)c->oc : plane;
    for (size_t o = 0; o < (size_t)c->oc; o++) {
        float *group = p->weights + o / lanes * depth * lanes + o % lanes;
        for (size_t i = 0; i < ic; i++)
            for (size_t k = 0; k < (size_t)p->taps; k++)
                group[(k * ic + i) * lanes] = tensor_float(weights, o * by_out + i * by_in + (size_t)p->tap[k].at);
    }
}

static int load_pass(struct loader *l, struct conv *c, struct pass *p, const struct tensor *weights)
{
    size_t taps = taps_along(c, 0, p->first_y) * taps_along(c, 1, p->first_x);
    size_t rows = taps * (size_t)c->ic * (size_t)c->groups;
    p->tap = keep(l->m, &l->m->pool, taps, sizeof *p->tap);
    p->weights = keep(l->m, &l->m->pool, rows, (size_t)c->lanes * sizeof *p->weights);
    if (!p->tap || !p->weights) return -1;
    set_taps(c, p);
    pack_weights(c, p, weights);
    return 0;
}

static int load_passes(struct loader *l, struct conv *c, const struct tensor *weights)
{
    int down = out_step(c, 0), across = out_step(c, 1);
    c->passes = down * across;
    c->pass = keep(l->m, &l->m->pool, (size_t)c->passes, sizeof *c->pass);
    if (!c->pass) return -1;
    for (int i = 0; i < c->passes; i++) {
        c->pass[i].first_y = i / across;
        c->pass[i].first_x = i % across;
        if (load_pass(l, c, &c->pass[i], weights)) return -1;
    }
    return 0;
}

static int load_bias(struct loader *l, struct conv *c)
{
    c->bias = keep(l->m, &l->m->pool, (size_t)c->groups * (size_t)c->lanes, sizeof *c->bias);
    if (!c->bias || !source_symbol(l, 2)) return c->bias ? 0 : -1;
    const float *bias = channel_floats(l, 2, c->oc);
    if (!bias) return -1;
    memcpy(c->bias, bias, (size_t)c->oc * sizeof *bias);
    return 0;
}

static int load_convolution(struct loader *l, struct step *s, int transposed)
{
    const struct tensor *weights = float_tensor(l, 1);
    struct conv *c = weights ? keep(l->m, &l->m->pool, 1, sizeof *c) : NULL;
    if (!c) return -1;
    c->transposed = transposed;
    s->u.conv = c;
    s->sources = 1;
    if (load_sides(l, c, weights) || load_geometry(l, c) || load_bias(l, c)) return -1;
    return load_passes(l, c, weights);
}

static int load_conv(struct loader *l, struct step *s)
{
    return load_convolution(l, s, 0);
}

static int load_deconv(struct loader *l, struct step *s)
{
    return load_convolution(l, s, 1);
}

/* ---- the other operators ---------------------------------------------------------------------------------------- */

static int shape_same(gan_infer *m, const struct step *s)
{
    struct shape in = source_shape(m, s, 0);
    return set_shape(m, s, in.c, in.h, in.w);
}

static void relu(const float *x, float *y, size_t n, float unused)
{
    (void)unused;
    for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : 0;
}

static void leaky_relu(const float *x, float *y, size_t n, float slope)
{
    for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

static void hyperbolic_tangent(const float *x, float *y, size_t n, float unused)
{
    (void)unused;
    for (size_t i = 0; i < n; i++) y[i] = tanhf(x[i]);
}

static void sigmoid(const float *x, float *y, size_t n, float unused)
{
    (void)unused;
    for (size_t i = 0; i < n; i++) y[i] = 1 / (1 + expf(-x[i]));
}

static int load_leaky_relu(struct loader *l, struct step *s)
{
    s->u.slope = get_real(l, "alpha", 0.01f);
    return 0;
}

/* Steps between neighbours are 0 where an operand is broadcast. */
#define BINARY(name, expression)                                                                                       \
    static void name(const float *a, size_t step_a, const float *b, size_t step_b, float *out, size_t n)               \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const float x = a[i * step_a], y = b[i * step_b];                                                          \
            out[i] = expression;                                                                                       \
        }                                                                                                              \
    }
BINARY(add, x + y)
BINARY(subtract, x - y)
BINARY(multiply, x *y)
BINARY(divide, x / y)
BINARY(power, powf(x, y))

/* A constant operand, aligned to (channels, height, width) from the right. */
static int constant_operand(struct loader *l, int i)
{
    struct symbol *symbol = slot_of(l, l->from->source[i]);
    const struct tensor *t = float_tensor(l, i);
    int64_t side[3] = { 1, 1, 1 };
    if (!t) return -1;
    for (int k = 0; k < t->dims; k++) {
        int axis = k - t->dims + 3;
        if (t->dim[k] < 1 || t->dim[k] > MAX_SIDE || (axis < 0 && t->dim[k] > 1))
            return fail(l->m, "%s: the shape of input %d is not supported", l->step->label, i);
        if (axis >= 0) side[axis] = t->dim[k];
    }
    float *data = keep(l->m, &l->m->pool, t->count, sizeof *data);
    if (!data) return -1;
    for (size_t k = 0; k < t->count; k++) data[k] = tensor_float(t, k);
    struct value v = { .shape = { (int)side[0], (int)side[1], (int)side[2] }, .data = data };
    symbol->value = l->m->values;
    l->m->value[l->m->values++] = v;
    return 0;
}

static int load_binary(struct loader *l, struct step *s)
{
    (void)s;
    for (int i = 0; i < 2; i++) {
        const struct symbol *symbol = source_symbol(l, i);
        if (symbol && symbol->value < 0 && constant_operand(l, i)) return -1;
    }
    return 0;
}

static int broadcast_side(int a, int b)
{
    return a == b || b == 1 ? a : a == 1 ? b : 0;
}

static int shape_binary(gan_infer *m, const struct step *s)
{
    struct shape a = source_shape(m, s, 0), b = source_shape(m, s, 1);
    int c = broadcast_side(a.c, b.c), h = broadcast_side(a.h, b.h), w = broadcast_side(a.w, b.w);
    if (!c || !h || !w)
        return fail(m, "%s: %d x %d x %d and %d x %d x %d do not fit each other", s->label, a.c, a.h, a.w, b.c, b.h,
                    b.w);
    return set_shape(m, s, c, h, w);
}

/* Row y of channel c, or the row that is broadcast to it. */
static const float *broadcast_row(const float *data, struct shape s, size_t c, size_t y)
{
    size_t channel = s.c == 1 ? 0 : c, row = s.h == 1 ? 0 : y;
    return data + (channel * (size_t)s.h + row) * (size_t)s.w;
}

static int load_norm(struct loader *l, struct step *s)
{
    const struct tensor *scale = float_tensor(l, 1);
    struct norm *n = &s->u.norm;
    if (!scale) return -1;
    n->channels = (int)scale->count;
    n->eps = get_real(l, "epsilon", 1e-5f);
    n->scale = channel_floats(l, 1, n->channels);
    n->shift = n->scale ? channel_floats(l, 2, n->channels) : NULL;
    s->sources = 1;
    return n->shift ? 0 : -1;
}

/* With statistics that are constants all is one factor and one summand per channel. */
static int load_batch_norm(struct loader *l, struct step *s)
{
    struct norm *n = &s->u.norm;
    if (get_int(l, "training_mode", 0)) return fail(l->m, "%s: training_mode is not supported", s->label);
    if (load_norm(l, s)) return -1;
    const float *mean = channel_floats(l, 3, n->channels), *variance = mean ? channel_floats(l, 4, n->channels) : NULL;
    float *scale = keep(l->m, &l->m->pool, (size_t)n->channels, sizeof *scale);
    float *shift = keep(l->m, &l->m->pool, (size_t)n->channels, sizeof *shift);
    if (!variance || !scale || !shift) return -1;
    for (int i = 0; i < n->channels; i++) {
        double factor = n->scale[i] / sqrt((double)variance[i] + n->eps);
        scale[i] = (float)factor;
        shift[i] = (float)(n->shift[i] - factor * mean[i]);
    }
    n->scale = scale;
    n->shift = shift;
    return 0;
}

static int shape_norm(gan_infer *m, const struct step *s)
{
    int channels = source_shape(m, s, 0).c;
    if (channels != s->u.norm.channels)
        return fail(m, "%s: it takes %d channels, not %d", s->label, s->u.norm.channels, channels);
    return shape_same(m, s);
}

static void scale_and_shift(const float *x, float *y, size_t n, float scale, float shift)
{
    for (size_t i = 0; i < n; i++) y[i] = x[i] * scale + shift;
}

/* Sums of x and of its square, in double, in lanes of their own so that they go side by side. */
static void moments(const float *x, size_t n, double *sum, double *square)
{
    double sums[8] = { 0 }, squares[8] = { 0 };
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) {
            double v = x[i + (size_t)k];
            sums[k] += v;
            squares[k] += v * v;
        }
    for (; i < n; i++) {
        sums[0] += x[i];
        squares[0] += (double)x[i] * x[i];
    }
    *sum = *square = 0;
    for (int k = 0; k < 8; k++) {
        *sum += sums[k];
        *square += squares[k];
    }
}

static void normalise(const struct norm *norm, int channel, const float *x, float *y, size_t n)
{
    double sum, square;
    moments(x, n, &sum, &square);
    double mean = sum / (double)n, variance = square / (double)n - mean * mean;
    double scale = norm->scale[channel] / sqrt((variance > 0 ? variance : 0) + norm->eps);
    scale_and_shift(x, y, n, (float)scale, (float)(norm->shift[channel] - mean * scale));
}

static void run_instance_norm(gan_infer *m, const struct step *s)
{
    const float *x = source(m, s, 0);
    float *y = target(m, s);
    size_t plane = area(target_shape(m, s));
    int channels = target_shape(m, s).c;
    PARALLEL_FOR
    for (int c = 0; c < channels; c++) normalise(&s->u.norm, c, x + (size_t)c * plane, y + (size_t)c * plane, plane);
}

static void run_batch_norm(gan_infer *m, const struct step *s)
{
    const struct norm *norm = &s->u.norm;
    const float *x = source(m, s, 0);
    float *y = target(m, s);
    size_t plane = area(target_shape(m, s));
    PARALLEL_FOR
    for (int c = 0; c < norm->channels; c++)
        scale_and_shift(x + (size_t)c * plane, y + (size_t)c * plane, plane, norm->scale[c], norm->shift[c]);
}

static int load_concat(struct loader *l, struct step *s)
{
    int64_t axis = get_int(l, "axis", 0);
    return axis == 1 || axis == -3
               ? 0
               : fail(l->m, "%s: only channels are joined, not axis %lld", s->label, (long long)axis);
}

static int shape_concat(gan_infer *m, const struct step *s)
{
    struct shape first = source_shape(m, s, 0);
    int64_t channels = 0;
    for (int i = 0; i < s->sources; i++) {
        struct shape in = source_shape(m, s, i);
        if (in.h != first.h || in.w != first.w)
            return fail(m, "%s: %d x %d and %d x %d do not fit each other", s->label, first.h, first.w, in.h, in.w);
        channels += in.c;
    }
    return set_shape(m, s, channels, first.h, first.w);
}

static void run_concat(gan_infer *m, const struct step *s)
{
    float *y = target(m, s);
    for (int i = 0; i < s->sources; i++) {
        size_t n = volume(source_shape(m, s, i));
        memcpy(y, source(m, s, i), n * sizeof *y);
        y += n;
    }
}

/* Pads of 8 numbers: of images, channels, rows and columns before, then after. */
static int load_pad(struct loader *l, struct step *s)
{
    static const char *const modes[] = { "constant", "reflect", "edge", NULL };
    struct pad *p = &s->u.pad;
    int64_t pads[8];
    int count, mode = get_choice(l, "mode", modes);
    s->sources = 1;
    if (mode < 0 || constant_ints(l, 1, 8, pads, &count)) return -1;
    p->mode = (enum pad_mode)mode;
    for (int i = 0; i < 8; i++)
        if (count != 8 || pads[i] < 0 || pads[i] > (i % 4 < 2 ? 0 : MAX_PAD))
            return fail(l->m, "%s: its pads are not supported", s->label);
    for (int axis = 0; axis < 2; axis++) {
        p->before[axis] = (int)pads[axis + 2];
        p->after[axis] = (int)pads[axis + 6];
    }
    if (!source_symbol(l, 2)) return 0;
    const struct tensor *fill = float_tensor(l, 2);
    if (!fill) return -1;
    if (fill->count != 1) return fail(l->m, "%s: its constant is not one number", s->label);
    p->fill = tensor_float(fill, 0);
    return 0;
}

static int shape_pad(gan_infer *m, const struct step *s)
{
    const struct pad *p = &s->u.pad;
    struct shape in = source_shape(m, s, 0);
    int side[2] = { in.h, in.w };
    for (int axis = 0; axis < 2; axis++)
        if (p->mode == PAD_REFLECT && (p->before[axis] >= side[axis] || p->after[axis] >= side[axis]))
            return fail(m, "%s: %d pixels cannot be reflected that far", s->label, side[axis]);
    return set_shape(m, s, in.c, (int64_t)in.h + p->before[0] + p->after[0],
                     (int64_t)in.w + p->before[1] + p->after[1]);
}

/* Where position i, which may lie outside of 0 .. n-1, is copied from; -1: from the constant. */
static int padded_from(enum pad_mode mode, int i, int n)
{
    if (i >= 0 && i < n) return i;
    switch (mode) {
    case PAD_REFLECT: return i < 0 ? -i : 2 * (n - 1) - i;
    case PAD_EDGE: return i < 0 ? 0 : n - 1;
    default: return -1;
    }
}

/* One row; from NULL: of the constant. */
static void pad_row(const struct pad *p, const float *from, int w, float *to)
{
    int end = w + p->after[1];
    for (int x = -p->before[1]; x < end; x++) {
        int at = from ? padded_from(p->mode, x, w) : -1;
        *to++ = at < 0 ? p->fill : from[at];
    }
}

static void run_pad(gan_infer *m, const struct step *s)
{
    const struct pad *p = &s->u.pad;
    const float *x = source(m, s, 0);
    float *y = target(m, s);
    struct shape in = source_shape(m, s, 0), out = target_shape(m, s);
    PARALLEL_FOR
    for (int c = 0; c < out.c; c++)
        for (int row = 0; row < out.h; row++) {
            int from = padded_from(p->mode, row - p->before[0], in.h);
            const float *plane = x + (size_t)c * area(in);
            pad_row(p, from < 0 ? NULL : plane + (size_t)from * (size_t)in.w, in.w,
                    y + ((size_t)c * (size_t)out.h + (size_t)row) * (size_t)out.w);
        }
}

/* Inputs: begins, ends and, unless they are 0, 1, 2 ..., axes; steps must be 1. */
static int load_slice(struct loader *l, struct step *s)
{
    int64_t list[4][4] = { { 0 }, { 0 }, { 0, 1, 2, 3 }, { 1, 1, 1, 1 } };
    struct cut *cut = &s->u.cut;
    int count[4] = { 0 };
    s->sources = 1;
    for (int i = 0; i < 4; i++) {
        count[i] = count[0];
        if ((i < 2 || source_symbol(l, i + 1)) && constant_ints(l, i + 1, 4, list[i], &count[i])) return -1;
        if (count[i] != count[0]) return fail(l->m, "%s: its inputs do not fit each other", s->label);
    }
    for (int k = 0; k < 3; k++) cut->end[k] = INT64_MAX;
    for (int k = 0; k < count[0]; k++) {
        int64_t axis = list[2][k] < 0 ? list[2][k] + 4 : list[2][k];
        if (axis < 1 || axis > 3 || list[3][k] != 1)
            return fail(l->m, "%s: this axis or step is not supported", s->label);
        cut->begin[axis - 1] = list[0][k];
        cut->end[axis - 1] = list[1][k];
    }
    return 0;
}

static int64_t clamp_index(int64_t i, int64_t n)
{
    if (i < 0) i = i < -n ? 0 : i + n;
    return i < n ? i : n;
}

static int shape_slice(gan_infer *m, const struct step *s)
{
    struct shape in = source_shape(m, s, 0);
    int64_t side[3] = { in.c, in.h, in.w };
    for (int k = 0; k < 3; k++)
        side[k] = clamp_index(s->u.cut.end[k], side[k]) - clamp_index(s->u.cut.begin[k], side[k]);
    return set_shape(m, s, side[0], side[1], side[2]);
}

static void run_slice(gan_infer *m, const struct step *s)
{
    struct shape in = source_shape(m, s, 0), out = target_shape(m, s);
    const int64_t *begin = s->u.cut.begin;
    size_t top = (size_t)clamp_index(begin[1], in.h), left = (size_t)clamp_index(begin[2], in.w);
    const float *x = source(m, s, 0) + (size_t)clamp_index(begin[0], in.c) * area(in) + top * (size_t)in.w + left;
    float *y = target(m, s);
    for (int c = 0; c < out.c; c++)
        for (int row = 0; row < out.h; row++, y += out.w)
            memcpy(y, x + (size_t)c * area(in) + (size_t)row * (size_t)in.w, (size_t)out.w * sizeof *y);
}

/* Nearest, by whole factors and any rule of rounding that makes a rectangle of each pixel. Inputs: a region that is not
 * used, scales. */
static int load_resize(struct loader *l, struct step *s)
{
    static const char *const mode[] = { "nearest", NULL };
    static const char *const place[] = { "half_pixel", "asymmetric", NULL };
    static const char *const round[] = { "round_prefer_floor", "floor", NULL };
    int placed = get_choice(l, "coordinate_transformation_mode", place), rounded = get_choice(l, "nearest_mode", round);
    if (get_choice(l, "mode", mode) < 0 || placed < 0 || rounded < 0) return -1;
    if (placed != rounded) return fail(l->m, "%s: this kind of rounding is not supported", s->label);
    const struct tensor *scales = float_tensor(l, 2);
    s->sources = 1;
    if (!scales) return -1;
    for (size_t i = 0; i < 4; i++) {
        float scale = scales->count == 4 ? tensor_float(scales, i) : 0;
        if (!(scale >= 1 && scale <= (i < 2 ? 1 : MAX_STRIDE)) || scale != floorf(scale))
            return fail(l->m, "%s: its scales are not supported", s->label);
        if (i >= 2) s->u.factor[i - 2] = (int)scale;
    }
    return 0;
}

static int shape_resize(gan_infer *m, const struct step *s)
{
    struct shape in = source_shape(m, s, 0);
    return set_shape(m, s, in.c, (int64_t)in.h * s->u.factor[0], (int64_t)in.w * s->u.factor[1]);
}

static void run_resize(gan_infer *m, const struct step *s)
{
    const float *x = source(m, s, 0);
    float *y = target(m, s);
    struct shape in = source_shape(m, s, 0), out = target_shape(m, s);
    PARALLEL_FOR
    for (int c = 0; c < out.c; c++)
        for (int row = 0; row < out.h; row++) {
            const float *from = x + (size_t)c * area(in) + (size_t)(row / s->u.factor[0]) * (size_t)in.w;
            float *to = y + ((size_t)c * (size_t)out.h + (size_t)row) * (size_t)out.w;
            for (int col = 0; col < out.w; col++) to[col] = from[col / s->u.factor[1]];
        }
}

/* Operators without run only name a constant: nothing is left of them when a file is loaded. */
static int name_constant(struct loader *l, const struct tensor *t)
{
    struct symbol *s = declare(l, l->from->target);
    if (s) s->tensor = t;
    return s ? 0 : -1;
}

static int load_constant(struct loader *l, struct step *s)
{
    struct tensor *t = &l->tensor[l->tensors++];
    struct field f;
    if (!get_field(l, "value", KEY(5, LENGTH), &f)) return fail(l->m, "%s: only tensors are supported", s->label);
    return read_tensor(l, f.bytes, t) ? -1 : name_constant(l, t);
}

/* Weights kept as 16-bit floats are cast where they are used; float_tensor reads both. */
static int load_cast(struct loader *l, struct step *s)
{
    if (get_int(l, "to", 0) != TYPE_FLOAT) return fail(l->m, "%s: only casts to float are supported", s->label);
    const struct tensor *t = float_tensor(l, 0);
    return t ? name_constant(l, t) : -1;
}

/* ---- the table of operators ------------------------------------------------------------------------------------- */

struct op {
    const char *type;
    int least, most; /* inputs */
    int in_place;    /* may write over its first input where shapes are the same */
    int (*load)(struct loader *l,
                struct step *s); /* reads attributes and constants, drops constants from the sources */
    int (*shape)(gan_infer *m, const struct step *s);
    void (*run)(gan_infer *m, const struct step *s);
    void (*unary)(const float *x, float *y, size_t n, float slope);
    void (*binary)(const float *a, size_t step_a, const float *b, size_t step_b, float *out, size_t n);
};

static void run_unary(gan_infer *m, const struct step *s)
{
    struct shape shape = target_shape(m, s);
    long rows = (long)shape.c * shape.h;
    const float *x = source(m, s, 0);
    float *y = target(m, s);
    PARALLEL_FOR
    for (long i = 0; i < rows; i++) {
        size_t at = (size_t)i * (size_t)shape.w;
        s->op->unary(x + at, y + at, (size_t)shape.w, s->u.slope);
    }
}

static void run_binary(gan_infer *m, const struct step *s)
{
    struct shape out = target_shape(m, s), of_a = source_shape(m, s, 0), of_b = source_shape(m, s, 1);
    const float *a = source(m, s, 0), *b = source(m, s, 1);
    long rows = (long)out.c * out.h;
    float *y = target(m, s);
    PARALLEL_FOR
    for (long i = 0; i < rows; i++) {
        size_t c = (size_t)i / (size_t)out.h, row = (size_t)i % (size_t)out.h;
        s->op->binary(broadcast_row(a, of_a, c, row), of_a.w > 1, broadcast_row(b, of_b, c, row), of_b.w > 1,
                      y + (size_t)i * (size_t)out.w, (size_t)out.w);
    }
}

static const struct op ops[] = {
    { "Conv", 2, 3, 0, load_conv, shape_conv, run_conv, NULL, NULL },
    { "ConvTranspose", 2, 3, 0, load_deconv, shape_conv, run_conv, NULL, NULL },
    { "Relu", 1, 1, 1, NULL, shape_same, run_unary, relu, NULL },
    { "LeakyRelu", 1, 1, 1, load_leaky_relu, shape_same, run_unary, leaky_relu, NULL },
    { "Tanh", 1, 1, 1, NULL, shape_same, run_unary, hyperbolic_tangent, NULL },
    { "Sigmoid", 1, 1, 1, NULL, shape_same, run_unary, sigmoid, NULL },
    { "Add", 2, 2, 1, load_binary, shape_binary, run_binary, NULL, add },
    { "Sub", 2, 2, 1, load_binary, shape_binary, run_binary, NULL, subtract },
    { "Mul", 2, 2, 1, load_binary, shape_binary, run_binary, NULL, multiply },
    { "Div", 2, 2, 1, load_binary, shape_binary, run_binary, NULL, divide },
    { "Pow", 2, 2, 1, load_binary, shape_binary, run_binary, NULL, power },
    { "InstanceNormalization", 3, 3, 1, load_norm, shape_norm, run_instance_norm, NULL, NULL },
    { "BatchNormalization", 5, 5, 1, load_batch_norm, shape_norm, run_batch_norm, NULL, NULL },
    { "Concat", 1, MAX_SOURCES, 0, load_concat, shape_concat, run_concat, NULL, NULL },
    { "Pad", 2, 3, 0, load_pad, shape_pad, run_pad, NULL, NULL },
    { "Slice", 3, 5, 0, load_slice, shape_slice, run_slice, NULL, NULL },
    { "Resize", 3, 3, 0, load_resize, shape_resize, run_resize, NULL, NULL },
    { "Constant", 0, 0, 0, load_constant, NULL, NULL, NULL, NULL },
    { "Cast", 1, 1, 0, load_cast, NULL, NULL, NULL, NULL },
};

static const struct op *find_op(struct span type)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (equals(type, ops[i].type)) return &ops[i];
    return NULL;
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

/* Room for every name there can be: tensors, the input, what nodes make. */
static int make_symbols(struct loader *l)
{
    size_t names = (size_t)l->tensors + (size_t)l->nodes + 1;
    for (l->slots = 16; l->slots < 2 * names; l->slots *= 2) continue;
    l->symbol = keep(l->m, &l->pool, l->slots, sizeof *l->symbol);
    /* Each node has one result; an operand of a binary operator becomes a value once. */
    l->m->value = keep(l->m, &l->m->pool, 2 * names, sizeof *l->m->value);
    l->m->live = keep(l->m, &l->m->pool, 2 * names, sizeof *l->m->live);
    l->m->step = keep(l->m, &l->m->pool, (size_t)l->nodes + 1, sizeof *l->m->step);
    if (!l->symbol || !l->m->value || !l->m->live || !l->m->step) return -1;
    for (int i = 0; i < l->tensors; i++) {
        struct symbol *s = declare(l, l->tensor[i].name);
        if (!s) return -1;
        s->tensor = &l->tensor[i];
    }
    return 0;
}

/* Value 0: the one input that is no tensor (old files list their weights among the inputs). */
static int load_input(struct loader *l)
{
    const struct port *input = NULL;
    for (int i = 0; i < l->inputs; i++) {
        if (slot_of(l, l->input[i].name)->tensor) continue;
        if (input) return fail(l->m, "it has more than one input");
        input = &l->input[i];
    }
    if (!input) return fail(l->m, "it has no input");
    if (input->type != TYPE_FLOAT || input->dims != 4 || input->dim[1] < 1)
        return fail(l->m, "its input is not floats in (images, a number of channels, height, width)");
    if (input->dim[0] > 1)
        return fail(l->m, "it takes %lld images at a time, not any number", (long long)input->dim[0]);
    struct symbol *s = declare(l, input->name);
    if (!s) return -1;
    s->value = l->m->values++;
    l->m->info.input = keep_text(l, input->name);
    l->m->info.in_channels = (int)input->dim[1];
    l->m->info.height = (int)input->dim[2];
    l->m->info.width = (int)input->dim[3];
    return l->m->info.input ? 0 : -1;
}

static int check_sources(struct loader *l, const struct step *s)
{
    const struct node *n = l->from;
    if (n->sources < s->op->least || n->sources > s->op->most || n->targets != 1)
        return fail(l->m, "%s: %d inputs and %d outputs are not supported", s->label, n->sources, n->targets);
    for (int i = 0; i < n->sources; i++)
        if (length_of(n->source[i]) && !slot_of(l, n->source[i])->name.at)
            return fail(l->m, "%s: it reads '%.*s', which nothing before it makes", s->label, SHOWN(n->source[i]));
    return 0;
}

/* What the step reads when it runs are values by now. */
static int bind_sources(struct loader *l, struct step *s)
{
    for (int i = 0; i < s->sources; i++) {
        const struct symbol *symbol = source_symbol(l, i);
        if (!symbol || symbol->value < 0) return fail(l->m, "%s: its input %d is missing or a constant", s->label, i);
        s->source[i] = symbol->value;
    }
    return 0;
}

static int load_node(struct loader *l, const struct node *n)
{
    struct step *s = &l->m->step[l->m->steps];
    l->step = s;
    l->from = n;
    s->op = find_op(n->type);
    snprintf(s->label, sizeof s->label, "%.*s '%.*s'", SHOWN(n->type), SHOWN(length_of(n->name) ? n->name : n->target));
    if (!s->op || (length_of(n->domain) && !equals(n->domain, "ai.onnx")))
        return fail(l->m, "the operator %.*s is not supported", SHOWN(n->type));
    s->sources = n->sources;
    if (check_sources(l, s) || (s->op->load && s->op->load(l, s))) return -1;
    if (!s->op->run) return 0;
    if (bind_sources(l, s)) return -1;
    struct symbol *result = declare(l, n->target);
    if (!result) return -1;
    s->target = result->value = l->m->values++;
    l->m->steps++;
    return 0;
}

static int load_output(struct loader *l)
{
    const struct symbol *s = slot_of(l, l->output.name);
    if (!s->name.at || s->value < 1 || s->tensor) return fail(l->m, "nothing makes its output");
    l->m->output = s->value;
    l->m->info.output = keep_text(l, l->output.name);
    return l->m->info.output ? 0 : -1;
}

static int load_graph(struct loader *l)
{
    if (make_symbols(l) || load_input(l)) return -1;
    for (int i = 0; i < l->nodes; i++)
        if (load_node(l, &l->node[i])) return -1;
    return load_output(l);
}

static void find_lifetimes(gan_infer *m)
{
    for (int i = 0; i < m->steps; i++) {
        const struct step *s = &m->step[i];
        m->value[s->target].last = i;
        for (int k = 0; k < s->sources; k++) m->value[s->source[k]].last = i;
    }
}

/* ---- planning --------------------------------------------------------------------------------------------------- */

static int find_shapes(gan_infer *m, int h, int w)
{
    struct shape in = { m->info.in_channels, h, w };
    m->value[0].shape = in;
    for (int i = 0; i < m->steps; i++)
        if (m->step[i].op->shape(m, &m->step[i])) return -1;
    struct shape out = m->value[m->output].shape;
    if (out.h != h || out.w != w) return fail(m, "its result of a picture of %d x %d has %d x %d", w, h, out.w, out.h);
    if (m->info.out_channels && out.c != m->info.out_channels)
        return fail(m, "its result has %d channels at this size", out.c);
    m->info.out_channels = out.c;
    return 0;
}

static size_t room_of(const struct value *v)
{
    const size_t unit = ALIGNMENT / sizeof(float);
    return (volume(v->shape) + unit - 1) / unit * unit;
}

/* The target takes over the memory of its first source, if nobody else needs that any more. */
static int take_over(gan_infer *m, int step, int *live, int count)
{
    const struct step *s = &m->step[step];
    const struct value *from = &m->value[s->source[0]];
    struct value *to = &m->value[s->target];
    if (!s->op->in_place || from->last != step || volume(from->shape) != volume(to->shape)) return 0;
    for (int i = 0; i < count; i++)
        if (live[i] == s->source[0]) {
            to->place = from->place;
            live[i] = s->target;
            return 1;
        }
    return 0;
}

/* The lowest place between values that live now. */
static void insert(gan_infer *m, int target, int *live, int count)
{
    struct value *v = &m->value[target];
    int i = 0;
    v->place = 0;
    for (; i < count && m->value[live[i]].place - v->place < room_of(v); i++)
        v->place = m->value[live[i]].place + room_of(&m->value[live[i]]);
    memmove(live + i + 1, live + i, (size_t)(count - i) * sizeof *live);
    live[i] = target;
}

static int retire(const gan_infer *m, int step, int *live, int count)
{
    int left = 0;
    for (int i = 0; i < count; i++)
        if (m->value[live[i]].last > step) live[left++] = live[i];
    return left;
}

/* Gives every value a place for as long as it lives. Returns the floats that all of them need. */
static size_t find_places(gan_infer *m)
{
    size_t floats = 0;
    int count = 0;
    for (int i = 0; i < m->steps; i++) {
        int target = m->step[i].target;
        if (target != m->output) {
            if (!take_over(m, i, m->live, count)) insert(m, target, m->live, count++);
            size_t end = m->value[target].place + room_of(&m->value[target]);
            if (end > floats) floats = end;
        }
        count = retire(m, i, m->live, count);
    }
    return floats;
}

static int check_size(gan_infer *m, int h, int w)
{
    const gan_infer_info *i = &m->info;
    if (h < 1 || w < 1 || h > MAX_SIDE || w > MAX_SIDE) return fail(m, "a picture of %d x %d is none", w, h);
    if ((i->height && i->height != h) || (i->width && i->width != w))
        return fail(m, "it takes pictures of %d x %d, not %d x %d", i->width, i->height, w, h);
    if (h % i->multiple || w % i->multiple)
        return fail(m, "%d x %d is not a multiple of %d in both directions", w, h, i->multiple);
    return 0;
}

/* Shapes, places and memory for pictures of a size and the threads there are. */
static int plan(gan_infer *m, int h, int w)
{
    int threads = thread_count();
    if (h == m->h && w == m->w && threads <= m->threads) return 0;
    m->h = m->w = 0;
    if (find_shapes(m, h, w)) return -1;
    release(&m->memory);
    m->arena = take(m, &m->memory, find_places(m) + 1, sizeof *m->arena);
    m->scratch = take(m, &m->memory, (size_t)threads * SCRATCH, sizeof *m->scratch);
    if (!m->arena || !m->scratch) return -1;
    m->threads = threads;
    m->h = h;
    m->w = w;
    return 0;
}

static void run_steps(gan_infer *m, const float *in, float *out)
{
    m->out = out;
    m->value[0].data = in;
    for (int i = 0; i < m->steps; i++) {
        const struct step *s = &m->step[i];
        m->value[s->target].data = target(m, s);
        s->op->run(m, s);
    }
}

int gan_infer_run(gan_infer *m, int n, int h, int w, const float *in, float *out)
{
    if (n < 1) return fail(m, "%d images are none", n);
    if (check_size(m, h, w) || plan(m, h, w)) return -1;
    size_t from = (size_t)m->info.in_channels, to = (size_t)m->info.out_channels;
    for (int i = 0; i < n; i++, in += from * (size_t)h * (size_t)w, out += to * (size_t)h * (size_t)w)
        run_steps(m, in, out);
    return 0;
}

/* ---- colours ---------------------------------------------------------------------------------------------------- */

/* sRGB (IEC 61966-2-1) and CIELAB (CIE 15, D65). Rows of the matrices add up to the white point: gray has no chroma. */
static const float xyz_of_rgb[3][3] = { { 0.4124564f, 0.3575761f, 0.1804375f },
                                        { 0.2126729f, 0.7151522f, 0.0721750f },
                                        { 0.0193339f, 0.1191920f, 0.9503041f } };
static const float rgb_of_xyz[3][3] = { { 3.2404542f, -1.5371385f, -0.4985314f },
                                        { -0.9692660f, 1.8760108f, 0.0415560f },
                                        { 0.0556434f, -0.2040259f, 1.0572252f } };
static const float white[3] = { 0.95047f, 1, 1.08883f };

static float linear_of_srgb(float v)
{
    return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

static float srgb_of_linear(float v)
{
    return v <= 0.0031308f ? v * 12.92f : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
}

/* CIE's f, the cube root with a straight foot. */
static float lab_f(float t)
{
    return t > 216.0f / 24389 ? cbrtf(t) : t * (841.0f / 108) + 4.0f / 29;
}

static float lab_f_inverse(float f)
{
    return f > 6.0f / 29 ? f * f * f : (f - 4.0f / 29) * (108.0f / 841);
}

/* 0..1 to 8 bits; what is not a number is 0. */
static unsigned char to_byte(float v)
{
    v = v > 0 ? v : 0;
    v = v < 1 ? v : 1;
    return (unsigned char)(v * 255 + 0.5f);
}

/* f(Y) of a pixel: L is 116 f - 16. linear: of every 8-bit value. */
static float lightness(const unsigned char *rgb, const float *linear)
{
    const float *m = xyz_of_rgb[1];
    return lab_f(m[0] * linear[rgb[0]] + m[1] * linear[rgb[1]] + m[2] * linear[rgb[2]]);
}

/* The pixel with the luminance f(Y) and the chroma a, b. */
static void join_lab(float f, float a, float b, unsigned char *rgb)
{
    float xyz[3] = { white[0] * lab_f_inverse(f + a / 500), lab_f_inverse(f), white[2] * lab_f_inverse(f - b / 200) };
    for (int c = 0; c < 3; c++) {
        const float *m = rgb_of_xyz[c];
        rgb[c] = to_byte(srgb_of_linear(m[0] * xyz[0] + m[1] * xyz[1] + m[2] * xyz[2]));
    }
}

struct picture {         /* on its way through the network */
    int w, h;            /* of the caller's */
    struct shape padded; /* of one plane */
    float linear[256];   /* of 8-bit values */
    float *in, *out;     /* planes */
    const unsigned char *rgb;
    unsigned char *result;
};

static void lab_to_network(const struct picture *p, const unsigned char *rgb, size_t at)
{
    p->in[at] = (116 * lightness(rgb, p->linear) - 16) / 50 - 1;
}

static void lab_from_network(const struct picture *p, const unsigned char *rgb, size_t at, unsigned char *out)
{
    join_lab(lightness(rgb, p->linear), 110 * p->out[at], 110 * p->out[at + area(p->padded)], out);
}

static void rgb_to_network(const struct picture *p, const unsigned char *rgb, size_t at)
{
    for (size_t c = 0; c < 3; c++) p->in[at + c * area(p->padded)] = (float)rgb[c] / 255;
}

static void rgb_from_network(const struct picture *p, const unsigned char *rgb, size_t at, unsigned char *out)
{
    (void)rgb;
    for (size_t c = 0; c < 3; c++) out[c] = to_byte(p->out[at + c * area(p->padded)]);
}

/* How a picture goes in and comes out, by gan_infer_io. */
static const struct interface {
    const char *name; /* in the metadata */
    int in_channels, out_channels;
    void (*to_network)(const struct picture *p, const unsigned char *rgb, size_t at);
    void (*from_network)(const struct picture *p, const unsigned char *rgb, size_t at, unsigned char *out);
} interfaces[] = {
    { NULL, 0, 0, NULL, NULL },
    { "lab", 1, 2, lab_to_network, lab_from_network },
    { "rgb", 3, 3, rgb_to_network, rgb_from_network },
};

/* What is found at i of n pixels that are mirrored at their ends, again and again. */
static int mirrored(int i, int n)
{
    int period = n > 1 ? 2 * (n - 1) : 1;
    i %= period;
    return i < n ? i : period - i;
}

static void fill_input(const struct interface *io, const struct picture *p)
{
    PARALLEL_FOR
    for (int y = 0; y < p->padded.h; y++) {
        const unsigned char *row = p->rgb + (size_t)mirrored(y, p->h) * (size_t)p->w * 3;
        for (int x = 0; x < p->padded.w; x++)
            io->to_network(p, row + (size_t)mirrored(x, p->w) * 3, (size_t)y * (size_t)p->padded.w + (size_t)x);
    }
}

static void take_output(const struct interface *io, const struct picture *p)
{
    PARALLEL_FOR
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            size_t pixel = ((size_t)y * (size_t)p->w + (size_t)x) * 3;
            io->from_network(p, p->rgb + pixel, (size_t)y * (size_t)p->padded.w + (size_t)x, p->result + pixel);
        }
}

/* Networks that reflect want a few pixels at their innermost level too. */
static int padded_side(const gan_infer *m, int side, int fixed)
{
    enum { SMALLEST = 16 };
    return fixed ? fixed : round_up(side > SMALLEST ? side : SMALLEST, m->info.multiple);
}

int gan_infer_run_rgb8(gan_infer *m, int w, int h, const unsigned char *rgb, unsigned char *out)
{
    const struct interface *io = &interfaces[m->info.io];
    struct picture p = { .w = w, .h = h, .rgb = rgb, .result = out };
    struct pool pool = { NULL, 0 };
    int result = -1;
    if (!io->name) return fail(m, "the file does not say which colours it takes");
    if (w < 1 || h < 1 || w > MAX_SIDE || h > MAX_SIDE) return fail(m, "a picture of %d x %d is none", w, h);
    p.padded.h = padded_side(m, h, m->info.height);
    p.padded.w = padded_side(m, w, m->info.width);
    if (h > p.padded.h || w > p.padded.w)
        return fail(m, "it takes pictures up to %d x %d, not %d x %d", p.padded.w, p.padded.h, w, h);
    for (int i = 0; i < 256; i++) p.linear[i] = linear_of_srgb((float)i / 255);
    p.in = take(m, &pool, area(p.padded), (size_t)io->in_channels * sizeof *p.in);
    p.out = p.in ? take(m, &pool, area(p.padded), (size_t)io->out_channels * sizeof *p.out) : NULL;
    if (p.out) {
        fill_input(io, &p);
        result = gan_infer_run(m, 1, p.padded.h, p.padded.w, p.in, p.out);
        if (!result) take_output(io, &p);
    }
    release(&pool);
    return result;
}

/* ---- the interface ---------------------------------------------------------------------------------------------- */

const char *gan_infer_error(const gan_infer *m)
{
    return m->error;
}

const gan_infer_info *gan_infer_get_info(const gan_infer *m)
{
    return &m->info;
}

const char *gan_infer_metadata(const gan_infer *m, const char *key)
{
    for (int i = 0; i < m->texts; i++)
        if (!strcmp(m->metadata[i].key, key)) return m->metadata[i].text;
    return NULL;
}

void gan_infer_close(gan_infer *m)
{
    if (!m) return;
    release(&m->memory);
    release(&m->pool);
    GAN_INFER_FREE(m);
}

/* What the metadata say about sizes and colours. */
static int load_info(gan_infer *m)
{
    const char *io = gan_infer_metadata(m, "gan.io"), *multiple = gan_infer_metadata(m, "gan.multiple");
    long number = multiple ? strtol(multiple, NULL, 10) : 1;
    if (number < 1 || number > MAX_PAD) return fail(m, "its metadata gan.multiple is '%s'", multiple);
    m->info.multiple = (int)number;
    for (int i = GAN_INFER_LAB; i <= GAN_INFER_RGB; i++)
        if (io && !strcmp(io, interfaces[i].name)) m->info.io = (enum gan_infer_io)i;
    return io && !m->info.io ? fail(m, "its metadata gan.io is '%s'", io) : 0;
}

/* Tries the shapes of a picture of 512 x 512 or so, which finds what does not fit and how many channels come out. */
static int try_shapes(gan_infer *m)
{
    const struct interface *io = &interfaces[m->info.io];
    int side = round_up(512, m->info.multiple);
    if (find_shapes(m, m->info.height ? m->info.height : side, m->info.width ? m->info.width : side)) return -1;
    if (io->name && (m->info.in_channels != io->in_channels || m->info.out_channels != io->out_channels))
        return fail(m, "a network from %d to %d channels is not for %s", m->info.in_channels, m->info.out_channels,
                    io->name);
    return 0;
}

static int load(gan_infer *m, const void *data, size_t bytes)
{
    struct loader l = { .m = m };
    struct span file = { data, (const unsigned char *)data + bytes };
    int bad = bytes ? read_model(&l, file) || load_graph(&l) : fail(m, "it is empty");
    release(&l.pool);
    if (bad || load_info(m)) return -1;
    find_lifetimes(m);
    return try_shapes(m);
}

static gan_infer *create(void)
{
    static const gan_infer empty;
    gan_infer *m = GAN_INFER_MALLOC(sizeof *m);
    if (m) *m = empty;
    if (m) m->kernel = choose_kernel();
    return m;
}

/* m, or if something went wrong NULL and a sentence. */
static gan_infer *finish(gan_infer *m, int bad, const char *name, char *error, size_t error_bytes)
{
    if (m && !bad) return m;
    if (error_bytes) snprintf(error, error_bytes, "cannot open '%s': %s", name, m ? m->error : "out of memory");
    gan_infer_close(m);
    return NULL;
}

gan_infer *gan_infer_open_memory(const void *data, size_t bytes, char *error, size_t error_bytes)
{
    gan_infer *m = create();
    return finish(m, m && load(m, data, bytes), "memory", error, error_bytes);
}

static int load_stream(gan_infer *m, FILE *f)
{
    struct pool pool = { NULL, 0 };
    if (fgetc(f) == EOF) return fail(m, "%s", ferror(f) ? strerror(errno) : "it is empty");
    if (fseek(f, 0, SEEK_END)) return fail(m, "%s", strerror(errno));
    long bytes = ftell(f);
    if (bytes < 0 || fseek(f, 0, SEEK_SET)) return fail(m, "%s", strerror(errno));
    void *data = take(m, &pool, (size_t)bytes + 1, 1);
    int bad = !data || (fread(data, 1, (size_t)bytes, f) != (size_t)bytes ? fail(m, "it cannot be read")
                                                                          : load(m, data, (size_t)bytes));
    release(&pool);
    return bad ? -1 : 0;
}

gan_infer *gan_infer_open(const char *path, char *error, size_t error_bytes)
{
    gan_infer *m = create();
    FILE *f = m ? fopen(path, "rb") : NULL;
    int bad = m && (f ? load_stream(m, f) : fail(m, "%s", strerror(errno)));
    if (f) fclose(f);
    return finish(m, bad, path, error, error_bytes);
}
