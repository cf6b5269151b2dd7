/* The ONNX files of `gan export`, read and run in plain C99. From top to bottom: limits, memory and errors; protobuf;
 * what a loaded model is; what operators read of their nodes; convolutions; the other operators; their table; loading;
 * planning and running; colours; the interface.
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
    MAX_DIMS = 4,
    MAX_SOURCES = 8,
    MAX_ATTRIBUTES = 4,
    MAX_SIDE = 1 << 24, /* of a tensor, in any dimension */
    MAX_KERNEL = 64,
    MAX_STRIDE = 16,
    MAX_PAD = 1 << 12,
    OPSET_OLDEST = 11,
    OPSET_NEWEST = 17,
    ALIGNMENT = 64,
    LABEL_BYTES = 64
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

#ifdef _OPENMP
#include <omp.h>
#define PRAGMA(text) _Pragma(#text)
#define OMP(directive) PRAGMA(omp directive)
#define THREADS omp_get_max_threads()
#define THREAD omp_get_thread_num()
#else
#define OMP(directive)
#define THREADS 1
#define THREAD 0
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

/* Keeps the sentence; whatever bytes of the file are in it, it is plain text. Returns -1. */
FORMAT_LIKE_PRINTF static int fail(gan_infer *m, const char *format, ...);

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
static void *take_zeroed(gan_infer *m, struct pool *pool, size_t count, size_t size)
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

static int at_most(int n, int most)
{
    return n < most ? n : most;
}

/* ---- protobuf --------------------------------------------------------------------------------------------------- */

struct span { /* bytes of the file */
    const unsigned char *at, *end;
};

enum wire { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

struct field {
    uint64_t key;      /* number and wire type as below; 0: there is none */
    uint64_t number;   /* of a varint or fixed field */
    struct span bytes; /* of one with a length */
};

/* The fields of onnx.proto that are read. */
#define KEY(number, wire) ((number) << 3 | (wire))
enum { MODEL_GRAPH = KEY(7, LENGTH), MODEL_OPSET = KEY(8, LENGTH), MODEL_METADATA = KEY(14, LENGTH) };
enum { OPSET_DOMAIN = KEY(1, LENGTH), OPSET_VERSION = KEY(2, VARINT) };
enum { ENTRY_KEY = KEY(1, LENGTH), ENTRY_VALUE = KEY(2, LENGTH) };
enum { GRAPH_NODE = KEY(1, LENGTH), GRAPH_TENSOR = KEY(5, LENGTH) };
enum { GRAPH_INPUT = KEY(11, LENGTH), GRAPH_OUTPUT = KEY(12, LENGTH) };
enum { NODE_SOURCE = KEY(1, LENGTH), NODE_TARGET = KEY(2, LENGTH), NODE_NAME = KEY(3, LENGTH) };
enum { NODE_OP = KEY(4, LENGTH), NODE_ATTRIBUTE = KEY(5, LENGTH), NODE_DOMAIN = KEY(7, LENGTH) };
enum { ATTRIBUTE_NAME = KEY(1, LENGTH), ATTRIBUTE_FLOAT = KEY(2, FIXED32), ATTRIBUTE_INT = KEY(3, VARINT) };
enum { ATTRIBUTE_TEXT = KEY(4, LENGTH), ATTRIBUTE_INTS = KEY(8, VARINT) };
enum { TENSOR_DIM = KEY(1, VARINT), TENSOR_TYPE = KEY(2, VARINT), TENSOR_NAME = KEY(8, LENGTH) };
enum { TENSOR_DATA = KEY(9, LENGTH), TENSOR_LOCATION = KEY(14, VARINT) };
/* An input or output of the graph: its name, type, shape, dimensions and their sizes. */
enum { PORT_NAME = KEY(1, LENGTH), PORT_TYPE = KEY(2, LENGTH), TYPE_TENSOR = KEY(1, LENGTH) };
enum { TYPE_ELEMENT = KEY(1, VARINT), TYPE_SHAPE = KEY(2, LENGTH) };
enum { SHAPE_DIM = KEY(1, LENGTH), DIM_SIZE = KEY(1, VARINT) };

static size_t length_of(struct span s)
{
    return (size_t)(s.end - s.at);
}

static int same(struct span a, struct span b)
{
    return length_of(a) == length_of(b) && !memcmp(a.at, b.at, length_of(a));
}

static int equals(struct span s, const char *text)
{
    return length_of(s) == strlen(text) && !memcmp(s.at, text, length_of(s));
}

/* For "%.*s"; names are cut. */
#define SHOWN(span) (length_of(span) < 48 ? (int)length_of(span) : 48), (const char *)(span).at

static uint32_t get_u32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static float float_of_bits(uint32_t bits)
{
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
    if (s->at == s->end) return 0;
    f->bytes.at = f->bytes.end = s->at;
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

enum message { LEAF, MODEL, GRAPH, NODE, PORT, TYPE, TYPED_TENSOR, SHAPE };

/* Whether a message and all that are read within it can be taken apart. What follows relies on it. */
static int well_formed(struct span s, enum message message)
{
    static const struct {
        enum message outer;
        uint64_t key;
        enum message inner;
    } nested[] = {
        { MODEL, MODEL_GRAPH, GRAPH },       { MODEL, MODEL_OPSET, LEAF },        { MODEL, MODEL_METADATA, LEAF },
        { GRAPH, GRAPH_NODE, NODE },         { GRAPH, GRAPH_TENSOR, LEAF },       { GRAPH, GRAPH_INPUT, PORT },
        { GRAPH, GRAPH_OUTPUT, PORT },       { NODE, NODE_ATTRIBUTE, LEAF },      { PORT, PORT_TYPE, TYPE },
        { TYPE, TYPE_TENSOR, TYPED_TENSOR }, { TYPED_TENSOR, TYPE_SHAPE, SHAPE }, { SHAPE, SHAPE_DIM, LEAF },
    };
    struct field f;
    int more;
    while ((more = next_field(&s, &f)) > 0)
        for (size_t i = 0; i < COUNT(nested); i++)
            if (nested[i].outer == message && nested[i].key == f.key && !well_formed(f.bytes, nested[i].inner))
                return 0;
    return !more;
}

/* Takes fields off a well-formed message up to the next one of that key; 0: there is none. */
static int next_of(struct span *s, uint64_t key, struct field *f)
{
    while (next_field(s, f) > 0)
        if (f->key == key) return 1;
    return 0;
}

static int count_of(struct span s, uint64_t key)
{
    struct field f;
    int count = 0;
    while (next_of(&s, key, &f)) count++;
    return count;
}

/* The field of that key; the last one counts. Of one that is absent all is 0 or empty. */
static struct field field_of(struct span s, uint64_t key)
{
    struct field f, found = { 0, 0, { s.end, s.end } };
    while (next_of(&s, key, &f)) found = f;
    return found;
}

/* ---- what a loaded model is ------------------------------------------------------------------------------------- */

struct shape {
    int c, h, w;
};

struct value { /* what operators read and write */
    struct shape shape;
    const float *data; /* while running */
    size_t place;      /* floats into the arena */
    int last;          /* step that reads it last */
};

struct step { /* an operator at work; what its op's load leaves here, its shape and run find */
    const struct op *op;
    int source[MAX_SOURCES], sources, target; /* indices of values */
    char label[LABEL_BYTES];                  /* Conv 'enc1' */
    struct conv *conv;
    const float *scale, *shift; /* of each channel */
    int channels;
    float number; /* slope, exponent, factor or epsilon */
    int side[4];  /* padding: top, left, bottom, right; cut: height, width; enlarging: factors of height and width;
                     pooling: height and width of a window, rows and columns from one to the next */
    int plain;    /* padding is with zeros, not by reflection; enlarging repeats, does not interpolate */
};

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

static int fail(gan_infer *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(m->error, sizeof m->error, format, args);
    va_end(args);
    for (char *c = m->error; *c; c++)
        if (*c < ' ' || *c > '~') *c = '?';
    return -1;
}

static size_t area(struct shape s)
{
    return (size_t)s.h * (size_t)s.w;
}

static size_t volume(struct shape s)
{
    return (size_t)s.c * area(s);
}

static struct shape source_shape(const gan_infer *m, const struct step *s, int i)
{
    return m->value[s->source[i]].shape;
}

static struct shape target_shape(const gan_infer *m, const struct step *s)
{
    return m->value[s->target].shape;
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

/* What an operator's shape function ends with. */
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

/* ---- what operators read of their nodes ------------------------------------------------------------------------- */

enum tensor_type { TYPE_FLOAT = 1, TYPE_INT64 = 7, TYPE_FLOAT16 = 10 };

struct tensor {
    struct span data;
    int type, dims;
    int64_t dim[MAX_DIMS];
    size_t count;
};

struct symbol { /* what a name stands for */
    struct span name;
    int value; /* -1: a constant */
    struct tensor constant;
};

struct loader { /* a graph while it is read */
    gan_infer *m;
    struct pool pool;
    struct symbol *symbol; /* open addressing, slots is a power of 2 */
    size_t slots;
    struct span node;                         /* the one being loaded, */
    const struct symbol *source[MAX_SOURCES]; /* its inputs, NULL where one is left out, */
    int sources;                              /* and how many */
};

static struct span attribute(const struct loader *l, const char *name)
{
    static const unsigned char nothing;
    const struct span none = { &nothing, &nothing };
    struct span rest = l->node;
    struct field f;
    while (next_of(&rest, NODE_ATTRIBUTE, &f))
        if (equals(field_of(f.bytes, ATTRIBUTE_NAME).bytes, name)) return f.bytes;
    return none;
}

/* Reads exactly count whole numbers within least and most; an attribute that is absent leaves out as it is. */
static int get_ints(struct loader *l, const struct step *s, const char *name, int least, int most, int count, int *out)
{
    struct span list = attribute(l, name);
    struct field f;
    int found = 0;
    if (list.at == list.end) return 0;
    for (; next_of(&list, ATTRIBUTE_INTS, &f); found++) {
        int64_t n = (int64_t)f.number;
        if (n < least || n > most) return fail(l->m, "%s: %s of %lld is not supported", s->label, name, (long long)n);
        if (found < count) out[found] = (int)n;
    }
    return found == count ? 0 : fail(l->m, "%s: %s has %d numbers, not %d", s->label, name, found, count);
}

static float get_float(const struct loader *l, const char *name, float otherwise)
{
    struct field f = field_of(attribute(l, name), ATTRIBUTE_FLOAT);
    return f.key ? float_of_bits((uint32_t)f.number) : otherwise;
}

static int expect_int(struct loader *l, const struct step *s, const char *name, int expected)
{
    int64_t n = (int64_t)field_of(attribute(l, name), ATTRIBUTE_INT).number;
    return n == expected ? 0 : fail(l->m, "%s: %s of %lld is not supported", s->label, name, (long long)n);
}

static int has_text(const struct loader *l, const char *name, const char *text)
{
    return equals(field_of(attribute(l, name), ATTRIBUTE_TEXT).bytes, text);
}

static int expect_text(struct loader *l, const struct step *s, const char *name, const char *expected)
{
    struct span text = field_of(attribute(l, name), ATTRIBUTE_TEXT).bytes;
    return equals(text, expected) ? 0 : fail(l->m, "%s: %s '%.*s' is not supported", s->label, name, SHOWN(text));
}

/* Input i as a constant of floats of either width. */
static const struct tensor *float_tensor(struct loader *l, const struct step *s, int i)
{
    const struct symbol *symbol = i < l->sources ? l->source[i] : NULL;
    if (symbol && symbol->value < 0 && symbol->constant.type != TYPE_INT64) return &symbol->constant;
    fail(l->m, "%s: input %d is no constant of floats", s->label, i);
    return NULL;
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
    return t->type == TYPE_FLOAT ? float_of_bits(get_u32(p + 4 * i))
                                 : half_to_float(p[2 * i] | (unsigned)p[2 * i + 1] << 8);
}

/* Input i as a constant of exactly count floats; they live as long as the model. */
static const float *get_floats(struct loader *l, const struct step *s, int i, int count)
{
    const struct tensor *t = float_tensor(l, s, i);
    if (!t) return NULL;
    if (t->count != (size_t)count) {
        fail(l->m, "%s: input %d has %lu numbers, not %d", s->label, i, (unsigned long)t->count, count);
        return NULL;
    }
    float *out = take(l->m, &l->m->pool, t->count, sizeof *out);
    for (size_t k = 0; out && k < t->count; k++) out[k] = tensor_float(t, k);
    return out;
}

/* Input i as a constant of exactly count whole numbers within least and most. */
static int get_constant_ints(struct loader *l, const struct step *s, int i, int least, int most, int count, int *out)
{
    const struct symbol *symbol = l->source[i];
    if (!symbol || symbol->value >= 0 || symbol->constant.type != TYPE_INT64 || symbol->constant.count != (size_t)count)
        return fail(l->m, "%s: input %d is no constant of %d whole numbers", s->label, i, count);
    for (int k = 0; k < count; k++) {
        const unsigned char *p = symbol->constant.data.at + 8 * k;
        int64_t n = (int64_t)(get_u32(p) | (uint64_t)get_u32(p + 4) << 32);
        if (n < least || n > most)
            return fail(l->m, "%s: %lld in input %d is not supported", s->label, (long long)n, i);
        out[k] = (int)n;
    }
    return 0;
}

/* ---- convolutions: the kernel ----------------------------------------------------------------------------------- */

/* Every convolution is a sum of products of small tiles: c[j][i] += a[k][i] * b[k][j] for i < LANES, j < rows. LANES is
 * the same everywhere, rows is what the registers of a CPU hold. GNU C has vectors in the language; with them the tile
 * stays in registers, whatever the compiler's mood. */
enum { LANES = 16 };

struct kernel {
    int rows;
    void (*run)(size_t n, const float *a, const float *b, float *c);
};

#if defined __GNUC__ && !defined __i386__ /* which may compute floats wider than vectors hold them */
#define VECTOR(bytes) __attribute__((vector_size(bytes)))
enum { ANY_WIDTH = 4 };
#else
#define VECTOR(bytes)
enum { ANY_WIDTH = 1 };
#endif

#define KERNEL(name, attribute, width, rows)                                                                           \
    attribute static void name(size_t n, const float *a, const float *b, float *c)                                     \
    {                                                                                                                  \
        typedef float vector VECTOR(4 * (width));                                                                      \
        vector tile[rows][LANES / (width)], left[LANES / (width)];                                                     \
        memcpy(tile, c, sizeof tile);                                                                                  \
        for (; n; n--, a += LANES, b += (rows)) {                                                                      \
            memcpy(left, a, sizeof left);                                                                              \
            for (int j = 0; j < (rows); j++)                                                                           \
                for (int i = 0; i < LANES / (width); i++) tile[j][i] += left[i] * b[j];                                \
        }                                                                                                              \
        memcpy(c, tile, sizeof tile);                                                                                  \
    }

KERNEL(kernel_any, , ANY_WIDTH, 2)
#if defined __GNUC__ && defined __x86_64__
KERNEL(kernel_avx2, __attribute__((target("avx2,fma"))), 8, 6)
KERNEL(kernel_avx512, __attribute__((target("avx512f"))), 16, 12)
#endif

/* The best one for the CPU that this runs on. */
static const struct kernel *choose_kernel(void)
{
    static const struct kernel any = { 2, kernel_any };
#if defined __GNUC__ && defined __x86_64__
    static const struct kernel avx2 = { 6, kernel_avx2 }, avx512 = { 12, kernel_avx512 };
    if (__builtin_cpu_supports("avx512f")) return &avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2;
#endif
    return &any;
}

/* ---- convolutions: running -------------------------------------------------------------------------------------- */

struct tap {    /* one element of a kernel */
    int dy, dx; /* from the position that an output is computed at to the input it reads */
    int at;     /* its index in the kernel */
};

/* A convolution is one pass. A transposed one of stride s is s * s, each an ordinary convolution that fills every s-th
 * row and column of the output. */
struct pass {
    int first[2]; /* output it begins with: y, x */
    int taps;
    struct tap *tap;
    float *weights; /* [group][tap, input channel][lane] */
};

struct conv {
    int ic, oc, transposed;
    int kernel[2], stride[2], dilation[2], pads[4], out_pad[2]; /* y, x; top, left, bottom, right */
    int in_step[2], out_step[2]; /* neighbours of a pass are that far apart in the input and in the output */
    int groups;                  /* of LANES output channels, the last one padded with zeros */
    int passes;
    struct pass *pass;
    float *bias; /* groups * LANES */
};

/* A task computes PIXELS outputs (of one pass, in reading order) of some groups of channels: the matrix of what these
 * pixels read, one row for each tap and input channel, times the weights. DEPTH rows of it at a time are gathered into a
 * panel. PIXELS is a multiple of every kernel's rows. */
enum { PIXELS = 96, DEPTH = 256, MOST_GROUPS = 32, SCRATCH = PIXELS * (DEPTH + MOST_GROUPS * LANES) };

struct task {
    const struct kernel *kernel;
    const struct conv *conv;
    const struct pass *pass;
    const float *src;
    float *dst;
    struct shape in, out;
    int group, groups;        /* first one, and how many */
    int pixels, tiles;        /* kernel->rows pixels are a tile */
    int y[PIXELS], x[PIXELS]; /* where in the input each pixel's kernel is laid, */
    size_t to[PIXELS];        /* and where in an output plane its result goes */
    float *panel;             /* [tile][row][pixel] */
    float *sum;               /* [group][tile][pixel][lane] */
};

/* How many of the outputs along an axis a pass computes. */
static int side_of_pass(const struct conv *c, const struct pass *p, int axis, int side)
{
    return side <= p->first[axis] ? 0 : (side - p->first[axis] - 1) / c->out_step[axis] + 1;
}

static size_t pixels_of(const struct conv *c, const struct pass *p, struct shape out)
{
    return (size_t)side_of_pass(c, p, 0, out.h) * (size_t)side_of_pass(c, p, 1, out.w);
}

static void locate_pixels(struct task *t, size_t from)
{
    const struct conv *c = t->conv;
    size_t wide = (size_t)side_of_pass(c, t->pass, 1, t->out.w);
    for (int i = 0; i < t->pixels; i++, from++) {
        int row = (int)(from / wide), col = (int)(from % wide);
        int y = t->pass->first[0] + row * c->out_step[0], x = t->pass->first[1] + col * c->out_step[1];
        t->y[i] = row * c->in_step[0];
        t->x[i] = col * c->in_step[1];
        t->to[i] = (size_t)y * (size_t)t->out.w + (size_t)x;
    }
}

static float *sum_of(const struct task *t, int group, int pixel)
{
    return t->sum + (size_t)(group * t->tiles * t->kernel->rows + pixel) * LANES;
}

/* Sums begin with the bias. */
static void begin_sums(const struct task *t)
{
    for (int g = 0; g < t->groups; g++)
        for (int i = 0; i < t->tiles * t->kernel->rows; i++)
            memcpy(sum_of(t, g, i), t->conv->bias + (t->group + g) * LANES, LANES * sizeof *t->sum);
}

/* Where each pixel of the panel reads for a tap, -1 outside of the input. 0: all is outside. */
static int locate_tap(const struct task *t, const struct tap *tap, ptrdiff_t *at)
{
    int some = 0;
    for (int i = 0; i < t->tiles * t->kernel->rows; i++) {
        int y = i < t->pixels ? t->y[i] + tap->dy : -1, x = i < t->pixels ? t->x[i] + tap->dx : -1;
        int inside = y >= 0 && y < t->in.h && x >= 0 && x < t->in.w;
        at[i] = inside ? (ptrdiff_t)y * t->in.w + x : -1;
        some |= inside;
    }
    return some;
}

/* Fills the panel with n rows of the matrix from `first` on. 0: nothing but padding is read. */
static int fill_panel(const struct task *t, size_t first, size_t n)
{
    const size_t ic = (size_t)t->conv->ic, rows = (size_t)t->kernel->rows;
    ptrdiff_t at[PIXELS];
    int some = 0;
    for (size_t row = 0; row < n; row++) {
        size_t tap = (first + row) / ic, channel = (first + row) % ic;
        const float *plane = t->src + channel * area(t->in);
        if (!row || !channel) some |= locate_tap(t, &t->pass->tap[tap], at);
        for (size_t tile = 0; tile < (size_t)t->tiles; tile++) {
            float *to = t->panel + (tile * DEPTH + row) * rows;
            const ptrdiff_t *from = at + tile * rows;
            for (size_t k = 0; k < rows; k++) to[k] = from[k] < 0 ? 0 : plane[from[k]];
        }
    }
    return some;
}

static void multiply_panel(const struct task *t, size_t first, size_t n)
{
    size_t depth = (size_t)t->pass->taps * (size_t)t->conv->ic;
    int rows = t->kernel->rows;
    for (int g = 0; g < t->groups; g++) {
        const float *weights = t->pass->weights + ((size_t)(t->group + g) * depth + first) * LANES;
        for (int i = 0; i < t->tiles; i++)
            t->kernel->run(n, weights, t->panel + i * DEPTH * rows, sum_of(t, g, i * rows));
    }
}

static void store_sums(const struct task *t)
{
    int first = t->group * LANES, end = at_most(first + t->groups * LANES, t->conv->oc);
    for (int o = first; o < end; o++) {
        float *plane = t->dst + (size_t)o * area(t->out);
        const float *sum = sum_of(t, o / LANES - t->group, 0) + o % LANES;
        for (int i = 0; i < t->pixels; i++) plane[t->to[i]] = sum[i * LANES];
    }
}

static void run_task(struct task *t, size_t from, float *scratch)
{
    size_t depth = (size_t)t->pass->taps * (size_t)t->conv->ic;
    t->panel = scratch;
    t->sum = scratch + PIXELS * DEPTH;
    t->tiles = (t->pixels + t->kernel->rows - 1) / t->kernel->rows;
    locate_pixels(t, from);
    begin_sums(t);
    for (size_t first = 0; first < depth; first += DEPTH) {
        size_t n = depth - first < DEPTH ? depth - first : DEPTH;
        if (fill_panel(t, first, n)) multiply_panel(t, first, n);
    }
    store_sums(t);
}

/* Channel groups per task: all that fit, but enough tasks for every thread. */
static int groups_per_task(const struct conv *c, long parts, int threads)
{
    int groups = parts < 2L * threads ? (c->groups + threads - 1) / threads : c->groups;
    return at_most(groups, MOST_GROUPS);
}

static void run_conv(gan_infer *m, const struct step *s)
{
    const struct conv *c = s->conv;
    const struct task all = { .kernel = m->kernel,
                              .conv = c,
                              .src = source(m, s, 0),
                              .dst = target(m, s),
                              .in = source_shape(m, s, 0),
                              .out = target_shape(m, s) };
    /* The first pass is the largest. */
    long blocks = (long)((pixels_of(c, c->pass, all.out) + PIXELS - 1) / PIXELS), parts = blocks * c->passes;
    int groups = groups_per_task(c, parts, m->threads), slabs = (c->groups + groups - 1) / groups;
    OMP(parallel for schedule(dynamic))
    for (long i = 0; i < parts * slabs; i++) {
        struct task t = all;
        t.pass = &c->pass[i / slabs / blocks];
        t.group = (int)(i % slabs) * groups;
        t.groups = at_most(groups, c->groups - t.group);
        size_t pixels = pixels_of(c, t.pass, t.out), from = (size_t)(i / slabs % blocks) * PIXELS;
        t.pixels = pixels > from ? at_most(PIXELS, (int)(pixels - from)) : 0;
        if (t.pixels) run_task(&t, from, m->scratch + (size_t)THREAD * SCRATCH);
    }
}

/* ---- convolutions: loading -------------------------------------------------------------------------------------- */

static int64_t conv_side(const struct conv *c, int axis, int side)
{
    int64_t pads = c->pads[axis] + c->pads[axis + 2], stride = c->stride[axis];
    int64_t k = (int64_t)(c->kernel[axis] - 1) * c->dilation[axis] + 1;
    if (c->transposed) return (side - 1) * stride - pads + k + c->out_pad[axis];
    return side + pads < k ? 0 : (side + pads - k) / stride + 1;
}

static int shape_conv(gan_infer *m, const struct step *s)
{
    const struct conv *c = s->conv;
    struct shape in = source_shape(m, s, 0);
    if (in.c != c->ic) return fail(m, "%s: it takes %d channels, not %d", s->label, c->ic, in.c);
    return set_shape(m, s, c->oc, conv_side(c, 0, in.h), conv_side(c, 1, in.w));
}

/* All but the weights. */
static int load_geometry(struct loader *l, const struct step *s, const struct tensor *weights)
{
    const int64_t *dim = weights->dim;
    struct conv *c = s->conv;
    if (weights->dims != 4 || !weights->count || dim[2] > MAX_KERNEL || dim[3] > MAX_KERNEL)
        return fail(l->m, "%s: the shape of its weights is not supported", s->label);
    c->oc = (int)dim[c->transposed];
    c->ic = (int)dim[!c->transposed];
    c->groups = (c->oc + LANES - 1) / LANES;
    int kernel[2] = { (int)dim[2], (int)dim[3] };
    for (int axis = 0; axis < 2; axis++) {
        c->kernel[axis] = kernel[axis];
        c->stride[axis] = c->dilation[axis] = c->in_step[axis] = c->out_step[axis] = 1;
    }
    if (get_ints(l, s, "kernel_shape", 1, MAX_KERNEL, 2, kernel) ||
        get_ints(l, s, "strides", 1, MAX_STRIDE, 2, c->stride) || get_ints(l, s, "pads", 0, MAX_KERNEL, 4, c->pads) ||
        get_ints(l, s, "dilations", 1, MAX_STRIDE, 2, c->dilation) ||
        get_ints(l, s, "output_padding", 0, MAX_STRIDE, 2, c->out_pad))
        return -1;
    memcpy(c->transposed ? c->out_step : c->in_step, c->stride, sizeof c->stride);
    return kernel[0] == c->kernel[0] && kernel[1] == c->kernel[1]
               ? 0
               : fail(l->m, "%s: kernel_shape is not the shape of its weights", s->label);
}

/* How far from where a pass lays its kernel the element k of it reads, in out_steps: a whole number of them, or the pass
 * does not use it. */
static int reach(const struct conv *c, const struct pass *p, int axis, int k)
{
    return c->transposed ? p->first[axis] + c->pads[axis] - k : k * c->dilation[axis] - c->pads[axis];
}

static void find_taps(const struct conv *c, struct pass *p)
{
    for (int at = 0; at < c->kernel[0] * c->kernel[1]; at++) {
        int dy = reach(c, p, 0, at / c->kernel[1]), dx = reach(c, p, 1, at % c->kernel[1]);
        if (dy % c->out_step[0] || dx % c->out_step[1]) continue;
        struct tap tap = { dy / c->out_step[0], dx / c->out_step[1], at };
        p->tap[p->taps++] = tap;
    }
}

/* From (out, in, kh, kw), or (in, out, kh, kw) of a transposed convolution, into the order that the kernel reads. */
static void pack_weights(const struct conv *c, struct pass *p, const struct tensor *weights)
{
    size_t oc = (size_t)c->oc, ic = (size_t)c->ic, taps = (size_t)p->taps;
    size_t plane = (size_t)c->kernel[0] * (size_t)c->kernel[1];
    size_t by_out = c->transposed ? plane : plane * ic, by_in = c->transposed ? plane * oc : plane;
    for (size_t o = 0; o < oc; o++) {
        float *to = p->weights + o / LANES * taps * ic * LANES + o % LANES;
        for (size_t i = 0; i < ic; i++)
            for (size_t k = 0; k < taps; k++)
                to[(k * ic + i) * LANES] = tensor_float(weights, o * by_out + i * by_in + (size_t)p->tap[k].at);
    }
}

static int load_pass(struct loader *l, const struct conv *c, struct pass *p, const struct tensor *weights)
{
    p->tap = take(l->m, &l->m->pool, (size_t)c->kernel[0] * (size_t)c->kernel[1], sizeof *p->tap);
    if (!p->tap) return -1;
    find_taps(c, p);
    size_t rows = (size_t)p->taps * (size_t)c->ic * (size_t)c->groups;
    p->weights = take_zeroed(l->m, &l->m->pool, rows, LANES * sizeof *p->weights);
    if (p->weights) pack_weights(c, p, weights);
    return p->weights ? 0 : -1;
}

static int load_passes(struct loader *l, struct conv *c, const struct tensor *weights)
{
    c->passes = c->out_step[0] * c->out_step[1];
    c->pass = take_zeroed(l->m, &l->m->pool, (size_t)c->passes, sizeof *c->pass);
    if (!c->pass) return -1;
    for (int i = 0; i < c->passes; i++) {
        c->pass[i].first[0] = i / c->out_step[1];
        c->pass[i].first[1] = i % c->out_step[1];
        if (load_pass(l, c, &c->pass[i], weights)) return -1;
    }
    return 0;
}

static int load_bias(struct loader *l, const struct step *s)
{
    struct conv *c = s->conv;
    c->bias = take_zeroed(l->m, &l->m->pool, (size_t)c->groups, LANES * sizeof *c->bias);
    if (!c->bias || l->sources < 3) return c->bias ? 0 : -1;
    const float *bias = get_floats(l, s, 2, c->oc);
    if (bias) memcpy(c->bias, bias, (size_t)c->oc * sizeof *bias);
    return bias ? 0 : -1;
}

static int load_convolution(struct loader *l, struct step *s, int transposed)
{
    const struct tensor *weights = float_tensor(l, s, 1);
    s->conv = weights ? take_zeroed(l->m, &l->m->pool, 1, sizeof *s->conv) : NULL;
    if (!s->conv) return -1;
    s->conv->transposed = transposed;
    return load_geometry(l, s, weights) || load_bias(l, s) ? -1 : load_passes(l, s->conv, weights);
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

/* Of each number x of the input; p is the step's number. */
#define ELEMENTWISE(name, expression)                                                                                  \
    static void name(gan_infer *m, const struct step *s)                                                               \
    {                                                                                                                  \
        const long n = (long)volume(target_shape(m, s));                                                               \
        const float *src = source(m, s, 0), p = s->number;                                                             \
        float *dst = target(m, s);                                                                                     \
        (void)p;                                                                                                       \
        OMP(parallel for)                                                                                              \
        for (long i = 0; i < n; i++) {                                                                                 \
            const float x = src[i];                                                                                    \
            dst[i] = expression;                                                                                       \
        }                                                                                                              \
    }

ELEMENTWISE(run_relu, x > 0 ? x : 0)
ELEMENTWISE(run_leaky_relu, x > 0 ? x : p * x)
ELEMENTWISE(run_tanh, tanhf(x))
ELEMENTWISE(run_sigmoid, 1 / (1 + expf(-x)))
ELEMENTWISE(run_pow, powf(x, p))
ELEMENTWISE(run_mul, x *p)

static int load_slope(struct loader *l, struct step *s)
{
    s->number = get_float(l, "alpha", 0.01f);
    return 0;
}

/* The second input, an exponent or a factor. */
static int load_number(struct loader *l, struct step *s)
{
    const float *number = get_floats(l, s, 1, 1);
    if (number) s->number = *number;
    return number ? 0 : -1;
}

/* What is added has the same shape or is a vector, which is added to every pixel. */
static int shape_add(gan_infer *m, const struct step *s)
{
    struct shape a = source_shape(m, s, 0), b = source_shape(m, s, 1);
    if (a.c != b.c || (area(b) != 1 && (a.h != b.h || a.w != b.w)))
        return fail(m, "%s: %d x %d x %d and %d x %d x %d do not fit each other", s->label, a.c, a.h, a.w, b.c, b.h,
                    b.w);
    return shape_same(m, s);
}

static void add_vector(const float *a, const float *b, struct shape shape, float *dst)
{
    const size_t n = area(shape);
    OMP(parallel for)
    for (int c = 0; c < shape.c; c++)
        for (size_t i = (size_t)c * n; i < ((size_t)c + 1) * n; i++) dst[i] = a[i] + b[c];
}

static void run_add(gan_infer *m, const struct step *s)
{
    const long n = (long)volume(target_shape(m, s));
    const float *a = source(m, s, 0), *b = source(m, s, 1);
    float *dst = target(m, s);
    if (area(source_shape(m, s, 1)) == 1) {
        add_vector(a, b, target_shape(m, s), dst);
        return;
    }
    OMP(parallel for)
    for (long i = 0; i < n; i++) dst[i] = a[i] + b[i];
}

/* Over channels, at each pixel. */
static int load_softmax(struct loader *l, struct step *s)
{
    return expect_int(l, s, "axis", 1);
}

static void run_softmax(gan_infer *m, const struct step *s)
{
    const struct shape shape = target_shape(m, s);
    const size_t n = area(shape), end = volume(shape);
    const float *src = source(m, s, 0);
    float *dst = target(m, s);
    OMP(parallel for)
    for (long pixel = 0; pixel < (long)n; pixel++) {
        float most = src[pixel];
        double sum = 0;
        for (size_t i = (size_t)pixel; i < end; i += n) most = src[i] > most ? src[i] : most;
        for (size_t i = (size_t)pixel; i < end; i += n) sum += dst[i] = expf(src[i] - most);
        for (size_t i = (size_t)pixel; i < end; i += n) dst[i] = (float)(dst[i] / sum);
    }
}

/* Windows that may end beyond the edge; none begins there. */
static int load_max_pool(struct loader *l, struct step *s)
{
    int *window = s->side, *step = s->side + 2;
    step[0] = step[1] = 1;
    if (expect_int(l, s, "ceil_mode", 1) || get_ints(l, s, "kernel_shape", 1, MAX_KERNEL, 2, window) ||
        get_ints(l, s, "strides", 1, MAX_STRIDE, 2, step))
        return -1;
    if (window[0] >= step[0] && window[1] >= step[1]) return 0;
    return fail(l->m, "%s: windows of %d x %d every %d x %d are not supported", s->label, window[0], window[1], step[0],
                step[1]);
}

static int shape_max_pool(gan_infer *m, const struct step *s)
{
    const int *window = s->side, *step = s->side + 2;
    struct shape in = source_shape(m, s, 0);
    if (in.h < window[0] || in.w < window[1])
        return fail(m, "%s: a window does not fit into %d x %d", s->label, in.h, in.w);
    return set_shape(m, s, in.c, (in.h - window[0] + step[0] - 1) / step[0] + 1,
                     (in.w - window[1] + step[1] - 1) / step[1] + 1);
}

static float largest(const float *plane, struct shape in, int top, int left, const int *window)
{
    int bottom = at_most(top + window[0], in.h), right = at_most(left + window[1], in.w);
    float most = plane[(size_t)top * (size_t)in.w + (size_t)left];
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            float value = plane[(size_t)y * (size_t)in.w + (size_t)x];
            most = value > most ? value : most;
        }
    return most;
}

static void run_max_pool(gan_infer *m, const struct step *s)
{
    const struct shape in = source_shape(m, s, 0), out = target_shape(m, s);
    const float *src = source(m, s, 0);
    float *dst = target(m, s);
    OMP(parallel for)
    for (int c = 0; c < out.c; c++) {
        float *to = dst + (size_t)c * area(out);
        for (int y = 0; y < out.h; y++)
            for (int x = 0; x < out.w; x++)
                *to++ = largest(src + (size_t)c * area(in), in, y * s->side[2], x * s->side[3], s->side);
    }
}

static int shape_mean(gan_infer *m, const struct step *s)
{
    return set_shape(m, s, source_shape(m, s, 0).c, 1, 1);
}

static void run_mean(gan_infer *m, const struct step *s)
{
    const struct shape in = source_shape(m, s, 0);
    float *dst = target(m, s);
    OMP(parallel for)
    for (int c = 0; c < in.c; c++) {
        const float *plane = source(m, s, 0) + (size_t)c * area(in);
        double sum = 0;
        for (size_t i = 0; i < area(in); i++) sum += plane[i];
        dst[c] = (float)(sum / (double)area(in));
    }
}

static int load_instance_norm(struct loader *l, struct step *s)
{
    const struct tensor *scale = float_tensor(l, s, 1);
    if (!scale) return -1;
    s->channels = (int)scale->count;
    s->number = get_float(l, "epsilon", 1e-5f);
    s->scale = get_floats(l, s, 1, s->channels);
    s->shift = s->scale ? get_floats(l, s, 2, s->channels) : NULL;
    return s->shift ? 0 : -1;
}

/* With statistics that are constants all is one factor and one summand per channel. */
static int load_batch_norm(struct loader *l, struct step *s)
{
    if (load_instance_norm(l, s)) return -1;
    const float *mean = get_floats(l, s, 3, s->channels), *variance = mean ? get_floats(l, s, 4, s->channels) : NULL;
    float *both = variance ? take(l->m, &l->m->pool, 2 * (size_t)s->channels, sizeof *both) : NULL;
    if (!both) return -1;
    for (int i = 0; i < s->channels; i++) {
        double factor = s->scale[i] / sqrt((double)variance[i] + s->number);
        both[i] = (float)factor;
        both[s->channels + i] = (float)(s->shift[i] - factor * mean[i]);
    }
    s->scale = both;
    s->shift = both + s->channels;
    return 0;
}

static int shape_norm(gan_infer *m, const struct step *s)
{
    int channels = source_shape(m, s, 0).c;
    if (channels != s->channels) return fail(m, "%s: it takes %d channels, not %d", s->label, s->channels, channels);
    return shape_same(m, s);
}

static void scale_and_shift(const float *x, float *y, size_t n, double scale, double shift)
{
    const float factor = (float)scale, summand = (float)shift;
    for (size_t i = 0; i < n; i++) y[i] = x[i] * factor + summand;
}

static void run_batch_norm(gan_infer *m, const struct step *s)
{
    const float *x = source(m, s, 0);
    float *y = target(m, s);
    size_t n = area(target_shape(m, s));
    OMP(parallel for)
    for (int c = 0; c < s->channels; c++)
        scale_and_shift(x + (size_t)c * n, y + (size_t)c * n, n, s->scale[c], s->shift[c]);
}

static void run_instance_norm(gan_infer *m, const struct step *s)
{
    float *y = target(m, s);
    size_t n = area(target_shape(m, s));
    OMP(parallel for)
    for (int c = 0; c < s->channels; c++) {
        const float *x = source(m, s, 0) + (size_t)c * n;
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) sum += x[i];
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
        double scale = s->scale[c] / sqrt(squares / (double)n + s->number);
        scale_and_shift(x, y + (size_t)c * n, n, scale, s->shift[c] - mean * scale);
    }
}

static int load_concat(struct loader *l, struct step *s)
{
    return expect_int(l, s, "axis", 1);
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

/* What is found at i of n pixels that are mirrored at their ends, again and again. */
static int mirrored(int i, int n)
{
    if (i >= 0 && i < n) return i;
    int period = n > 1 ? 2 * (n - 1) : 1;
    i = abs(i) % period;
    return i < n ? i : period - i;
}

/* i, or -1 if it is none of n. */
static int within(int i, int n)
{
    return i >= 0 && i < n ? i : -1;
}

/* Operators that only move pixels: row or column i of the output is the one of n in the input that the expression says,
 * -1: zeros; side and plain are the step's, of that axis. */
#define MOVING(name, expression)                                                                                       \
    static int name##_from(int i, int n, int side, int plain)                                                          \
    {                                                                                                                  \
        (void)n, (void)side, (void)plain;                                                                              \
        return expression;                                                                                             \
    }                                                                                                                  \
    static void name(gan_infer *m, const struct step *s)                                                               \
    {                                                                                                                  \
        const struct shape in = source_shape(m, s, 0), out = target_shape(m, s);                                       \
        const float *src = source(m, s, 0);                                                                            \
        float *dst = target(m, s);                                                                                     \
        OMP(parallel for)                                                                                              \
        for (int c = 0; c < out.c; c++)                                                                                \
            for (int row = 0; row < out.h; row++) {                                                                    \
                int y = name##_from(row, in.h, s->side[0], s->plain);                                                  \
                const float *from = src + (size_t)c * area(in) + (size_t)(y < 0 ? 0 : y) * (size_t)in.w;               \
                float *to = dst + (size_t)c * area(out) + (size_t)row * (size_t)out.w;                                 \
                for (int i = 0; i < out.w; i++) {                                                                      \
                    int x = name##_from(i, in.w, s->side[1], s->plain);                                                \
                    to[i] = y < 0 || x < 0 ? 0 : from[x];                                                              \
                }                                                                                                      \
            }                                                                                                          \
    }

MOVING(run_pad, plain ? within(i - side, n) : mirrored(i - side, n))
MOVING(run_slice, i)
MOVING(repeat, i / side)

/* By reflection or with zeros. Pads are 8 numbers: of images, channels, rows and columns before, then after. */
static int load_pad(struct loader *l, struct step *s)
{
    int pads[8];
    s->plain = has_text(l, "mode", "constant");
    if (!s->plain && expect_text(l, s, "mode", "reflect")) return -1;
    if (get_constant_ints(l, s, 1, 0, MAX_PAD, 8, pads)) return -1;
    if (pads[0] || pads[1] || pads[4] || pads[5]) return fail(l->m, "%s: only height and width are padded", s->label);
    const int side[4] = { pads[2], pads[3], pads[6], pads[7] };
    memcpy(s->side, side, sizeof side);
    return 0;
}

static int shape_pad(gan_infer *m, const struct step *s)
{
    const int *pad = s->side;
    struct shape in = source_shape(m, s, 0);
    int reaches = pad[0] < in.h && pad[1] < in.w && pad[2] < in.h && pad[3] < in.w;
    if (!s->plain && !reaches) return fail(m, "%s: %d x %d pixels cannot be reflected that far", s->label, in.w, in.h);
    return set_shape(m, s, in.c, (int64_t)in.h + pad[0] + pad[2], (int64_t)in.w + pad[1] + pad[3]);
}

/* The upper left part: inputs are where height and width begin (0) and end, and the axes they are (2, 3). */
static int load_slice(struct loader *l, struct step *s)
{
    int begin[2], axis[2];
    if (get_constant_ints(l, s, 1, 0, 0, 2, begin) || get_constant_ints(l, s, 2, 1, MAX_SIDE, 2, s->side) ||
        get_constant_ints(l, s, 3, 2, 3, 2, axis))
        return -1;
    return axis[0] < axis[1] ? 0 : fail(l->m, "%s: axes %d and %d are not supported", s->label, axis[0], axis[1]);
}

static int shape_slice(gan_infer *m, const struct step *s)
{
    struct shape in = source_shape(m, s, 0);
    return set_shape(m, s, in.c, at_most(s->side[0], in.h), at_most(s->side[1], in.w));
}

/* A rectangle of each pixel, or the line between the centres of two. */
static int load_resize_mode(struct loader *l, struct step *s)
{
    s->plain = has_text(l, "mode", "nearest");
    if (s->plain)
        return expect_text(l, s, "nearest_mode", "floor") ||
               expect_text(l, s, "coordinate_transformation_mode", "asymmetric");
    return expect_text(l, s, "mode", "linear") || expect_text(l, s, "coordinate_transformation_mode", "half_pixel");
}

/* Inputs: a region that is not used, the four scales. */
static int load_resize(struct loader *l, struct step *s)
{
    if (load_resize_mode(l, s)) return -1;
    const float *scales = get_floats(l, s, 2, 4);
    if (!scales) return -1;
    for (int i = 0; i < 4; i++) {
        int most = i < 2 ? 1 : MAX_STRIDE;
        if (!(scales[i] >= 1 && scales[i] <= (float)most) || scales[i] != floorf(scales[i]))
            return fail(l->m, "%s: a scale of %g is not supported", s->label, (double)scales[i]);
        if (i >= 2) s->side[i - 2] = (int)scales[i];
    }
    return 0;
}

static int shape_resize(gan_infer *m, const struct step *s)
{
    struct shape in = source_shape(m, s, 0);
    return set_shape(m, s, in.c, (int64_t)in.h * s->side[0], (int64_t)in.w * s->side[1]);
}

struct between { /* two of n, and how much of the second */
    size_t first, second;
    float share;
};

static struct between between(int i, int n, int factor)
{
    float at = ((float)i + 0.5f) / (float)factor - 0.5f, end = (float)(n - 1);
    at = at < 0 ? 0 : at > end ? end : at;
    struct between b = { (size_t)at, (size_t)at_most((int)at + 1, n - 1), at - (float)(int)at };
    return b;
}

static float mixed(const float *from, struct between b)
{
    return from[b.first] + b.share * (from[b.second] - from[b.first]);
}

static void interpolate(gan_infer *m, const struct step *s)
{
    const struct shape in = source_shape(m, s, 0), out = target_shape(m, s);
    const float *src = source(m, s, 0);
    float *dst = target(m, s);
    OMP(parallel for)
    for (int c = 0; c < out.c; c++)
        for (int y = 0; y < out.h; y++) {
            struct between rows = between(y, in.h, s->side[0]);
            const float *plane = src + (size_t)c * area(in);
            float *to = dst + (size_t)c * area(out) + (size_t)y * (size_t)out.w;
            for (int x = 0; x < out.w; x++) {
                struct between columns = between(x, in.w, s->side[1]);
                float first = mixed(plane + rows.first * (size_t)in.w, columns);
                to[x] = first + rows.share * (mixed(plane + rows.second * (size_t)in.w, columns) - first);
            }
        }
}

static void run_resize(gan_infer *m, const struct step *s)
{
    if (s->plain)
        repeat(m, s);
    else
        interpolate(m, s);
}

/* Weights kept as 16-bit floats are cast where they are used; tensor_float reads both. */
static int load_cast(struct loader *l, struct step *s)
{
    return expect_int(l, s, "to", TYPE_FLOAT) || !float_tensor(l, s, 0) ? -1 : 0;
}

/* ---- the table of operators ------------------------------------------------------------------------------------- */

struct op {
    const char *type;
    const char *attributes[MAX_ATTRIBUTES];        /* others are refused */
    int least, most;                               /* inputs, constants too */
    int values;                                    /* inputs that are no constants; they come first */
    int (*load)(struct loader *l, struct step *s); /* reads attributes and constants */
    int (*shape)(gan_infer *m, const struct step *s);
    void (*run)(gan_infer *m, const struct step *s); /* NULL: the result is the constant that is its input */
};

#define OF_CONV "kernel_shape", "pads", "strides"
#define OF_RESIZE "mode", "nearest_mode", "coordinate_transformation_mode"

static const struct op ops[] = {
    { "Conv", { OF_CONV, "dilations" }, 2, 3, 1, load_conv, shape_conv, run_conv },
    { "ConvTranspose", { OF_CONV, "output_padding" }, 2, 3, 1, load_deconv, shape_conv, run_conv },
    { "Relu", { NULL }, 1, 1, 1, NULL, shape_same, run_relu },
    { "LeakyRelu", { "alpha" }, 1, 1, 1, load_slope, shape_same, run_leaky_relu },
    { "Tanh", { NULL }, 1, 1, 1, NULL, shape_same, run_tanh },
    { "Sigmoid", { NULL }, 1, 1, 1, NULL, shape_same, run_sigmoid },
    { "Pow", { NULL }, 2, 2, 1, load_number, shape_same, run_pow },
    { "Mul", { NULL }, 2, 2, 1, load_number, shape_same, run_mul },
    { "Softmax", { "axis" }, 1, 1, 1, load_softmax, shape_same, run_softmax },
    { "Add", { NULL }, 2, 2, 2, NULL, shape_add, run_add },
    { "InstanceNormalization", { "epsilon" }, 3, 3, 1, load_instance_norm, shape_norm, run_instance_norm },
    { "BatchNormalization", { "epsilon" }, 5, 5, 1, load_batch_norm, shape_norm, run_batch_norm },
    { "MaxPool", { "kernel_shape", "strides", "ceil_mode" }, 1, 1, 1, load_max_pool, shape_max_pool, run_max_pool },
    { "GlobalAveragePool", { NULL }, 1, 1, 1, NULL, shape_mean, run_mean },
    { "Concat", { "axis" }, 1, MAX_SOURCES, MAX_SOURCES, load_concat, shape_concat, run_concat },
    { "Pad", { "mode" }, 2, 2, 1, load_pad, shape_pad, run_pad },
    { "Slice", { NULL }, 4, 4, 1, load_slice, shape_slice, run_slice },
    { "Resize", { OF_RESIZE }, 3, 3, 1, load_resize, shape_resize, run_resize },
    { "Cast", { "to" }, 1, 1, 0, load_cast, NULL, NULL },
};

/* ---- loading ---------------------------------------------------------------------------------------------------- */

/* The slot of a name, found or empty (no name). */
static struct symbol *slot_of(const struct loader *l, struct span name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const unsigned char *c = name.at; c < name.end; c++) hash = (hash ^ *c) * 16777619u;
    size_t at = hash & (l->slots - 1);
    while (l->symbol[at].name.at && !same(l->symbol[at].name, name)) at = (at + 1) & (l->slots - 1);
    return &l->symbol[at];
}

/* What a name that was not there yet stands for. */
static int declare(struct loader *l, struct span name, int value, const struct tensor *constant)
{
    struct symbol *s = slot_of(l, name);
    if (name.at == name.end) return fail(l->m, "something has no name");
    if (s->name.at) return fail(l->m, "two things are called '%.*s'", SHOWN(name));
    s->name = name;
    s->value = value;
    if (constant) s->constant = *constant;
    return 0;
}

static int declare_value(struct loader *l, struct span name)
{
    return declare(l, name, l->m->values++, NULL);
}

static size_t bytes_of_type(uint64_t type)
{
    switch (type) {
    case TYPE_FLOAT: return 4;
    case TYPE_FLOAT16: return 2;
    case TYPE_INT64: return 8;
    default: return 0;
    }
}

static int load_tensor(struct loader *l, struct span s)
{
    struct span name = field_of(s, TENSOR_NAME).bytes, rest = s;
    uint64_t type = field_of(s, TENSOR_TYPE).number;
    struct tensor t = { .data = field_of(s, TENSOR_DATA).bytes, .count = 1 };
    struct field f;
    if (field_of(s, TENSOR_LOCATION).number) return fail(l->m, "tensor '%.*s' is kept in another file", SHOWN(name));
    if (!bytes_of_type(type))
        return fail(l->m, "tensor '%.*s' is of type %llu, which is not supported", SHOWN(name),
                    (unsigned long long)type);
    t.type = (int)type;
    while (next_of(&rest, TENSOR_DIM, &f)) {
        if (t.dims == MAX_DIMS || f.number > MAX_SIDE || t.count * f.number > INT32_MAX)
            return fail(l->m, "tensor '%.*s' is too large", SHOWN(name));
        t.dim[t.dims++] = (int64_t)f.number;
        t.count *= (size_t)f.number;
    }
    if (length_of(t.data) != bytes_of_type(type) * t.count)
        return fail(l->m, "tensor '%.*s' has %lu bytes of data, its shape needs %lu", SHOWN(name),
                    (unsigned long)length_of(t.data), (unsigned long)(bytes_of_type(type) * t.count));
    return declare(l, name, -1, &t);
}

/* Value 0 is the input: floats in (images, channels, height, width), 0 for any number. */
static int load_input(struct loader *l, struct span port)
{
    gan_infer_info *info = &l->m->info;
    struct span type = field_of(field_of(port, PORT_TYPE).bytes, TYPE_TENSOR).bytes;
    struct span shape = field_of(type, TYPE_SHAPE).bytes;
    uint64_t dim[4] = { 0 };
    struct field f;
    int dims = 0, bad = field_of(type, TYPE_ELEMENT).number != TYPE_FLOAT;
    for (; !bad && next_of(&shape, SHAPE_DIM, &f); dims++) {
        uint64_t side = field_of(f.bytes, DIM_SIZE).number;
        if (dims == 4 || side > MAX_SIDE)
            bad = 1;
        else
            dim[dims] = side;
    }
    if (bad || dims != 4 || dim[0] > 1 || !dim[1])
        return fail(l->m, "its input is not floats in (any number of images, channels, height, width)");
    info->in_channels = (int)dim[1];
    info->height = (int)dim[2];
    info->width = (int)dim[3];
    return declare_value(l, field_of(port, PORT_NAME).bytes);
}

static const struct op *find_op(struct span node)
{
    struct span type = field_of(node, NODE_OP).bytes, domain = field_of(node, NODE_DOMAIN).bytes;
    for (size_t i = 0; domain.at == domain.end && i < COUNT(ops); i++)
        if (equals(type, ops[i].type)) return &ops[i];
    return NULL;
}

/* Sets what the node reads, all of which was declared before. */
static int load_sources(struct loader *l, struct step *s)
{
    struct span rest = l->node;
    struct field f;
    int targets = count_of(l->node, NODE_TARGET);
    l->sources = count_of(l->node, NODE_SOURCE);
    if (l->sources < s->op->least || l->sources > s->op->most || targets != 1)
        return fail(l->m, "%s: %d inputs and %d outputs are not supported", s->label, l->sources, targets);
    for (int i = 0; next_of(&rest, NODE_SOURCE, &f); i++) {
        l->source[i] = length_of(f.bytes) ? slot_of(l, f.bytes) : NULL;
        if (l->source[i] && !l->source[i]->name.at)
            return fail(l->m, "%s: it reads '%.*s', which nothing before it makes", s->label, SHOWN(f.bytes));
    }
    s->sources = at_most(s->op->values, l->sources);
    for (int i = 0; i < s->sources; i++) {
        if (!l->source[i] || l->source[i]->value < 0)
            return fail(l->m, "%s: its input %d is missing or a constant", s->label, i);
        s->source[i] = l->source[i]->value;
        l->m->value[s->source[i]].last = l->m->steps;
    }
    return 0;
}

static int check_attributes(struct loader *l, const struct step *s)
{
    struct span rest = l->node;
    struct field f;
    while (next_of(&rest, NODE_ATTRIBUTE, &f)) {
        struct span name = field_of(f.bytes, ATTRIBUTE_NAME).bytes;
        int known = 0;
        for (int i = 0; i < MAX_ATTRIBUTES && s->op->attributes[i]; i++) known |= equals(name, s->op->attributes[i]);
        if (!known) return fail(l->m, "%s: the attribute %.*s is not supported", s->label, SHOWN(name));
    }
    return 0;
}

static int load_node(struct loader *l, struct span node)
{
    struct step *s = &l->m->step[l->m->steps];
    struct span type = field_of(node, NODE_OP).bytes, name = field_of(node, NODE_NAME).bytes;
    struct span result = field_of(node, NODE_TARGET).bytes;
    l->node = node;
    s->op = find_op(node);
    if (!s->op) return fail(l->m, "the operator %.*s is not supported", SHOWN(type));
    snprintf(s->label, sizeof s->label, "%s '%.*s'", s->op->type, SHOWN(length_of(name) ? name : result));
    if (load_sources(l, s) || check_attributes(l, s) || (s->op->load && s->op->load(l, s))) return -1;
    if (!s->op->run) return declare(l, result, -1, &l->source[0]->constant);
    s->target = l->m->values;
    l->m->value[s->target].last = l->m->steps++;
    return declare_value(l, result);
}

/* Tables for everything that can get a name: tensors, the input, what nodes make. */
static int make_tables(struct loader *l, struct span graph)
{
    gan_infer *m = l->m;
    int nodes = count_of(graph, GRAPH_NODE), tensors = count_of(graph, GRAPH_TENSOR);
    int inputs = count_of(graph, GRAPH_INPUT), outputs = count_of(graph, GRAPH_OUTPUT);
    if (nodes > MAX_NODES || tensors > MAX_TENSORS)
        return fail(m, "%d nodes and %d tensors are more than are read", nodes, tensors);
    if (inputs != 1 || outputs != 1) return fail(m, "it has %d inputs and %d outputs, not one each", inputs, outputs);
    for (l->slots = 16; l->slots < 2 * (size_t)(nodes + tensors + 1); l->slots *= 2) continue;
    l->symbol = take_zeroed(m, &l->pool, l->slots, sizeof *l->symbol);
    m->value = take_zeroed(m, &m->pool, (size_t)nodes + 1, sizeof *m->value);
    m->live = take_zeroed(m, &m->pool, (size_t)nodes + 1, sizeof *m->live);
    m->step = take_zeroed(m, &m->pool, (size_t)nodes + 1, sizeof *m->step);
    return l->symbol && m->value && m->live && m->step ? 0 : -1;
}

static int load_graph(struct loader *l, struct span graph)
{
    struct span rest = graph;
    struct field f;
    if (make_tables(l, graph)) return -1;
    while (next_of(&rest, GRAPH_TENSOR, &f))
        if (load_tensor(l, f.bytes)) return -1;
    if (load_input(l, field_of(graph, GRAPH_INPUT).bytes)) return -1;
    for (rest = graph; next_of(&rest, GRAPH_NODE, &f);)
        if (load_node(l, f.bytes)) return -1;
    const struct symbol *output = slot_of(l, field_of(field_of(graph, GRAPH_OUTPUT).bytes, PORT_NAME).bytes);
    if (!output->name.at || output->value < 1) return fail(l->m, "nothing makes its output");
    l->m->output = output->value;
    return 0;
}

static const char *keep_text(gan_infer *m, struct span s)
{
    char *text = take_zeroed(m, &m->pool, length_of(s) + 1, 1);
    if (text) memcpy(text, s.at, length_of(s));
    return text;
}

static int load_metadata(gan_infer *m, struct span model)
{
    int count = count_of(model, MODEL_METADATA);
    struct field f;
    if (count > MAX_METADATA) return fail(m, "it has %d metadata, at most %d are read", count, MAX_METADATA);
    m->metadata = take_zeroed(m, &m->pool, (size_t)count + 1, sizeof *m->metadata);
    while (m->metadata && next_of(&model, MODEL_METADATA, &f)) {
        struct metadata entry = { keep_text(m, field_of(f.bytes, ENTRY_KEY).bytes),
                                  keep_text(m, field_of(f.bytes, ENTRY_VALUE).bytes) };
        if (!entry.key || !entry.text) return -1;
        m->metadata[m->texts++] = entry;
    }
    return m->metadata ? 0 : -1;
}

/* The version of ONNX's own operators; those of other domains are refused where they are used. */
static int check_opset(gan_infer *m, struct span model)
{
    struct field f;
    uint64_t version = 0;
    while (next_of(&model, MODEL_OPSET, &f))
        if (!field_of(f.bytes, OPSET_DOMAIN).key || !length_of(field_of(f.bytes, OPSET_DOMAIN).bytes))
            version = field_of(f.bytes, OPSET_VERSION).number;
    if (version >= OPSET_OLDEST && version <= OPSET_NEWEST) return 0;
    return fail(m, "its opset is %llu, %d to %d are read", (unsigned long long)version, OPSET_OLDEST, OPSET_NEWEST);
}

static int load_model(gan_infer *m, struct span model)
{
    struct loader l = { .m = m };
    if (!well_formed(model, MODEL)) return fail(m, "damaged, cut off or no ONNX file");
    int graphs = count_of(model, MODEL_GRAPH);
    if (graphs != 1) return fail(m, "%d graphs: cut off, or no ONNX file", graphs);
    if (check_opset(m, model) || load_metadata(m, model)) return -1;
    int bad = load_graph(&l, field_of(model, MODEL_GRAPH).bytes);
    release(&l.pool);
    return bad;
}

/* ---- planning and running --------------------------------------------------------------------------------------- */

static int find_shapes(gan_infer *m, int h, int w)
{
    struct shape in = { m->info.in_channels, h, w };
    m->value[0].shape = in;
    for (int i = 0; i < m->steps; i++)
        if (m->step[i].op->shape(m, &m->step[i])) return -1;
    struct shape out = m->value[m->output].shape;
    if (out.h != h || out.w != w) return fail(m, "its result of a picture of %d x %d has %d x %d", w, h, out.w, out.h);
    m->info.out_channels = out.c;
    return 0;
}

static size_t room_of(const struct value *v)
{
    const size_t unit = ALIGNMENT / sizeof(float);
    return (volume(v->shape) + unit - 1) / unit * unit;
}

/* The lowest place between values that live now. */
static void insert(gan_infer *m, int target, int count)
{
    struct value *v = &m->value[target];
    int i = 0;
    v->place = 0;
    for (; i < count && m->value[m->live[i]].place - v->place < room_of(v); i++)
        v->place = m->value[m->live[i]].place + room_of(&m->value[m->live[i]]);
    memmove(m->live + i + 1, m->live + i, (size_t)(count - i) * sizeof *m->live);
    m->live[i] = target;
}

/* Takes those out that no later step reads. Returns how many stay. */
static int retire(gan_infer *m, int step, int count)
{
    int left = 0;
    for (int i = 0; i < count; i++)
        if (m->value[m->live[i]].last > step) m->live[left++] = m->live[i];
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
            insert(m, target, count++);
            size_t end = m->value[target].place + room_of(&m->value[target]);
            if (end > floats) floats = end;
        }
        count = retire(m, i, count);
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
    const int threads = THREADS;
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
static const float luminance[3] = { 0.2126729f, 0.7151522f, 0.0721750f };
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

struct picture {        /* on its way through the network */
    struct shape shape; /* of what the network sees; c: 1 */
    float linear[256];  /* of 8-bit values */
    float *in, *out;    /* planes */
};

/* f(Y) of a pixel: L is 116 f - 16. */
static float lightness(const struct picture *p, const unsigned char *rgb)
{
    float y = 0;
    for (int c = 0; c < 3; c++) y += luminance[c] * p->linear[rgb[c]];
    return lab_f(y);
}

static void lab_to_network(const struct picture *p, const unsigned char *rgb, size_t at)
{
    p->in[at] = (116 * lightness(p, rgb) - 16) / 50 - 1;
}

static void lab_from_network(const struct picture *p, const unsigned char *rgb, size_t at, unsigned char *out)
{
    float f = lightness(p, rgb), a = 110 * p->out[at], b = 110 * p->out[at + area(p->shape)];
    float xyz[3] = { white[0] * lab_f_inverse(f + a / 500), lab_f_inverse(f), white[2] * lab_f_inverse(f - b / 200) };
    for (int c = 0; c < 3; c++) {
        const float *row = rgb_of_xyz[c];
        out[c] = to_byte(srgb_of_linear(row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2]));
    }
}

static void rgb_to_network(const struct picture *p, const unsigned char *rgb, size_t at)
{
    for (size_t c = 0; c < 3; c++) p->in[at + c * area(p->shape)] = (float)rgb[c] / 255;
}

static void rgb_from_network(const struct picture *p, const unsigned char *rgb, size_t at, unsigned char *out)
{
    (void)rgb;
    for (size_t c = 0; c < 3; c++) out[c] = to_byte(p->out[at + c * area(p->shape)]);
}

/* How a pixel goes in and comes out, by gan_infer_io. */
static const struct interface {
    const char *name; /* in the metadata */
    int in_channels, out_channels;
    void (*to_network)(const struct picture *p, const unsigned char *rgb, size_t at);
    void (*from_network)(const struct picture *p, const unsigned char *rgb, size_t at, unsigned char *out);
} interfaces[] = {
    [GAN_INFER_PLAIN] = { NULL, 0, 0, NULL, NULL },
    [GAN_INFER_LAB] = { "lab", 1, 2, lab_to_network, lab_from_network },
    [GAN_INFER_RGB] = { "rgb", 3, 3, rgb_to_network, rgb_from_network },
};

/* Networks that reflect want a few pixels at their innermost level too. */
static int padded_side(const gan_infer *m, int side, int fixed)
{
    enum { SMALLEST = 16 };
    int multiple = m->info.multiple, least = side > SMALLEST ? side : SMALLEST;
    return fixed ? fixed : (least + multiple - 1) / multiple * multiple;
}

static int init_picture(gan_infer *m, struct picture *p, struct pool *pool, int w, int h)
{
    if (!interfaces[m->info.io].name) return fail(m, "the file does not say which colours it takes");
    if (w < 1 || h < 1 || w > MAX_SIDE || h > MAX_SIDE) return fail(m, "a picture of %d x %d is none", w, h);
    struct shape shape = { 1, padded_side(m, h, m->info.height), padded_side(m, w, m->info.width) };
    if (h > shape.h || w > shape.w)
        return fail(m, "it takes pictures up to %d x %d, not %d x %d", shape.w, shape.h, w, h);
    p->shape = shape;
    for (int i = 0; i < 256; i++) p->linear[i] = linear_of_srgb((float)i / 255);
    p->in = take(m, pool, area(shape), (size_t)m->info.in_channels * sizeof *p->in);
    p->out = p->in ? take(m, pool, area(shape), (size_t)m->info.out_channels * sizeof *p->out) : NULL;
    return p->out ? 0 : -1;
}

static int colour(gan_infer *m, const struct picture *p, int w, int h, const unsigned char *rgb, unsigned char *out)
{
    const struct interface *io = &interfaces[m->info.io];
    OMP(parallel for)
    for (int y = 0; y < p->shape.h; y++)
        for (int x = 0; x < p->shape.w; x++) {
            size_t from = (size_t)mirrored(y, h) * (size_t)w + (size_t)mirrored(x, w);
            io->to_network(p, rgb + 3 * from, (size_t)y * (size_t)p->shape.w + (size_t)x);
        }
    if (gan_infer_run(m, 1, p->shape.h, p->shape.w, p->in, p->out)) return -1;
    OMP(parallel for)
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            size_t pixel = (size_t)y * (size_t)w + (size_t)x;
            io->from_network(p, rgb + 3 * pixel, (size_t)y * (size_t)p->shape.w + (size_t)x, out + 3 * pixel);
        }
    return 0;
}

int gan_infer_run_rgb8(gan_infer *m, int w, int h, const unsigned char *rgb, unsigned char *out)
{
    struct picture p;
    struct pool pool = { NULL, 0 };
    int bad = init_picture(m, &p, &pool, w, h) || colour(m, &p, w, h, rgb, out);
    release(&pool);
    return bad ? -1 : 0;
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
    int plain = !io || !strcmp(io, "native"); /* of other tasks than gray to CIELAB */
    return !plain && !m->info.io ? fail(m, "its metadata gan.io is '%s'", io) : 0;
}

/* Tries the shapes of some picture, which finds what does not fit and how many channels come out. */
static int try_shapes(gan_infer *m)
{
    const struct interface *io = &interfaces[m->info.io];
    if (find_shapes(m, padded_side(m, 512, m->info.height), padded_side(m, 512, m->info.width))) return -1;
    if (io->name && (m->info.in_channels != io->in_channels || m->info.out_channels != io->out_channels))
        return fail(m, "a network from %d to %d channels is not for %s", m->info.in_channels, m->info.out_channels,
                    io->name);
    return 0;
}

static int load(gan_infer *m, const void *data, size_t bytes)
{
    struct span file = { data, (const unsigned char *)data + bytes };
    if (!bytes) return fail(m, "it is empty");
    if (load_model(m, file) || load_info(m)) return -1;
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
