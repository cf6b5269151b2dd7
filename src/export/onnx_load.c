#include "export/onnx_load.h"

#include <stdio.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"

struct loader {
    gan_onnx_file *file;
    gan_graph *g;
    gan_id x;
    gan_id *made;     /* per operation: the node; -1: none; owned */
    int (*zeros)[2];  /* per operation: zeros around what it made, near and far, which convolutions add; owned */
    gan_slice *value; /* per parameter of the graph: its name in the file; owned */
    int values;
};

typedef gan_id load_fn(struct loader *l, const gan_onnx_op *op, const char *name);

/* Inputs */

static int index_of(const struct loader *l, const gan_onnx_op *op)
{
    return (int)(op - gan_onnx_file_op(l->file, 0));
}

/* *zeros: of the loader. */
static gan_id padded_source(struct loader *l, const gan_onnx_op *op, int i, const int **zeros)
{
    static const int none[2];
    *zeros = none;
    if (i >= op->inputs) return gan_error("it has no input %d", i);
    if (gan_slice_is(op->input[i], "x")) return l->x;
    const gan_onnx_op *from = gan_onnx_file_producer(l->file, op->input[i], op);
    gan_id id = from ? l->made[index_of(l, from)] : -1;
    if (from) *zeros = l->zeros[index_of(l, from)];
    return id >= 0 ? id : gan_error("its input %d comes from no operation before it", i);
}

static gan_id source(struct loader *l, const gan_onnx_op *op, int i)
{
    const int *zeros;
    gan_id id = padded_source(l, op, i, &zeros);
    return zeros[1] ? gan_error("only convolutions can read what is padded with zeros") : id;
}

static int channels_of(const struct loader *l, gan_id id)
{
    return gan_graph_node(l->g, id)->dst.c;
}

/* A constant of so many dimensions. */
static const gan_onnx_constant *constant(struct loader *l, const gan_onnx_op *op, int i, int ndims)
{
    const gan_onnx_constant *c = i < op->inputs ? gan_onnx_file_constant(l->file, op->input[i]) : NULL;
    if (i >= op->inputs) gan_error("it has no input %d", i);
    if (!c || c->ndims == ndims) return c;
    gan_error("its input %d has %d dimensions", i, c->ndims);
    return NULL;
}

static int whole_numbers(struct loader *l, const gan_onnx_op *op, int i, int64_t *out, int n)
{
    const gan_onnx_constant *c = constant(l, op, i, 1);
    int count;
    if (!c || gan_onnx_constant_whole(c, out, n, &count)) return -1;
    return count == n ? 0 : gan_error("its input %d has %d numbers", i, count);
}

/* The parameters of a node that was added are inputs of the operation, from `first` on. */
static gan_id with_values(struct loader *l, const gan_onnx_op *op, gan_id id, int first)
{
    if (id < 0) return -1;
    const gan_node *nd = gan_graph_node(l->g, id);
    gan_slice *more = gan_mem_resize(l->value, (size_t)l->values + (size_t)nd->nparam, sizeof *more);
    if (!more) return -1;
    l->value = more;
    for (int i = 0; i < nd->nparam; i++) {
        if (first + i >= op->inputs) return gan_error("it has no input %d", first + i);
        l->value[l->values++] = op->input[first + i];
    }
    return id;
}

/* Convolutions */

/* An attribute of n numbers that are all the same; *out: that number. */
static int uniform(const gan_onnx_op *op, const char *name, int n, int otherwise, int *out)
{
    int64_t v[GAN_ONNX_INPUTS];
    int count;
    if (gan_onnx_op_ints(op, name, v, n, &count)) return -1;
    *out = otherwise;
    if (!count) return 0;
    for (int i = 0; i < count; i++)
        if (count != n || v[i] != v[0] || v[0] < 0 || v[0] > INT16_MAX) return gan_error("its %s are not alike", name);
    *out = (int)v[0];
    return 0;
}

/* Zeros at the near ends, and how many more at the far ones: both alike for rows and columns. */
static int conv_pads(const gan_onnx_op *op, gan_conv_opt *o)
{
    int64_t v[4] = { 0 };
    int count;
    if (gan_onnx_op_ints(op, "pads", v, 4, &count)) return -1;
    int64_t more = v[2] - v[0];
    if ((count && count != 4) || v[0] != v[1] || v[2] != v[3] || v[0] < 0 || v[0] > INT16_MAX || more < 0 ||
        more > INT16_MAX)
        return gan_error("its pads are not alike");
    o->pad = (int)v[0];
    o->far = (int)more;
    return 0;
}

static int conv_options(const gan_onnx_op *op, gan_conv_opt *o)
{
    gan_slice auto_pad;
    int group;
    *o = (gan_conv_opt){ 0 };
    if (uniform(op, "strides", 2, 1, &o->stride) || conv_pads(op, o) ||
        uniform(op, "output_padding", 2, 0, &o->out_pad) || uniform(op, "dilations", 2, 1, &o->dilation) ||
        gan_onnx_op_int(op, "group", 1, &group) || gan_onnx_op_text(op, "auto_pad", &auto_pad))
        return -1;
    int plain = group == 1 && (!auto_pad.n || gan_slice_is(auto_pad, "NOTSET"));
    o->bias = op->inputs > 2 && op->input[2].n;
    return plain ? 0 : gan_error("only plain convolutions are known: no groups, no auto_pad");
}

static gan_id load_convolution(struct loader *l, const gan_onnx_op *op, const char *name, int transposed,
                               gan_id (*add)(gan_graph *, const char *, gan_id, gan_conv_opt))
{
    const gan_onnx_constant *w = constant(l, op, 1, 4);
    const int *zeros;
    gan_id x = padded_source(l, op, 0, &zeros);
    gan_conv_opt o;
    if (!w || x < 0 || conv_options(op, &o)) return -1;
    if (transposed && zeros[1]) return gan_error("it cannot read what is padded with zeros");
    o.pad += zeros[0];
    o.far += zeros[1] - zeros[0];
    int64_t in = w->dims[!transposed], out = w->dims[transposed];
    if (in != channels_of(l, x) || out > INT32_MAX || w->dims[2] != w->dims[3] || w->dims[2] > INT16_MAX)
        return gan_error("its weights do not fit its input");
    o.oc = (int)out;
    o.k = (int)w->dims[2];
    return with_values(l, op, add(l->g, name, x, o), 1);
}

static gan_id load_conv(struct loader *l, const gan_onnx_op *op, const char *name)
{
    return load_convolution(l, op, name, 0, gan_conv);
}

static gan_id load_deconv(struct loader *l, const gan_onnx_op *op, const char *name)
{
    return load_convolution(l, op, name, 1, gan_deconv);
}

/* Norms */

static gan_id load_norm(struct loader *l, const gan_onnx_op *op, const char *name,
                        gan_id (*add)(gan_graph *, const char *, gan_id, float))
{
    float eps;
    gan_id x = source(l, op, 0);
    if (x < 0 || gan_onnx_op_float(op, "epsilon", 1e-5f, &eps)) return -1;
    return with_values(l, op, add(l->g, name, x, eps), 1);
}

static gan_id load_batchnorm(struct loader *l, const gan_onnx_op *op, const char *name)
{
    return load_norm(l, op, name, gan_batchnorm);
}

static gan_id load_instancenorm(struct loader *l, const gan_onnx_op *op, const char *name)
{
    return load_norm(l, op, name, gan_instancenorm_affine);
}

/* Element by element */

static gan_id load_relu(struct loader *l, const gan_onnx_op *op, const char *name)
{
    gan_id x = source(l, op, 0);
    return x < 0 ? -1 : gan_relu(l->g, name, x);
}

static gan_id load_lrelu(struct loader *l, const gan_onnx_op *op, const char *name)
{
    float slope;
    gan_id x = source(l, op, 0);
    return x < 0 || gan_onnx_op_float(op, "alpha", 0.01f, &slope) ? -1 : gan_lrelu(l->g, name, x, slope);
}

static gan_id load_tanh(struct loader *l, const gan_onnx_op *op, const char *name)
{
    gan_id x = source(l, op, 0);
    return x < 0 ? -1 : gan_tanh(l->g, name, x);
}

static gan_id load_sigmoid(struct loader *l, const gan_onnx_op *op, const char *name)
{
    gan_id x = source(l, op, 0);
    return x < 0 ? -1 : gan_sigmoid(l->g, name, x);
}

static gan_id load_power(struct loader *l, const gan_onnx_op *op, const char *name)
{
    float exponent;
    gan_id x = source(l, op, 0);
    const gan_onnx_constant *c = x < 0 ? NULL : constant(l, op, 1, 0);
    return !c || gan_onnx_constant_floats(c, &exponent) ? -1 : gan_power(l->g, name, x, exponent);
}

/* Times a constant. */
static gan_id load_scale(struct loader *l, const gan_onnx_op *op, const char *name)
{
    float factor;
    gan_id x = source(l, op, 0);
    const gan_onnx_constant *c = x < 0 ? NULL : constant(l, op, 1, 0);
    return !c || gan_onnx_constant_floats(c, &factor) ? -1 : gan_scale(l->g, name, x, factor);
}

static gan_id load_softmax(struct loader *l, const gan_onnx_op *op, const char *name)
{
    int axis;
    gan_id x = source(l, op, 0);
    if (x < 0 || gan_onnx_op_int(op, "axis", -1, &axis)) return -1;
    return axis == 1 ? gan_softmax(l->g, name, x) : gan_error("only softmax over axis 1 is known");
}

/* Two sources */

/* A vector is added to every pixel; of a picture of one pixel that is the same as a sum. */
static gan_id load_add(struct loader *l, const gan_onnx_op *op, const char *name)
{
    gan_id a = source(l, op, 0), b = a < 0 ? -1 : source(l, op, 1);
    if (b < 0) return -1;
    gan_shape of_a = gan_graph_node(l->g, a)->dst, of_b = gan_graph_node(l->g, b)->dst;
    int vector = of_b.h == 1 && of_b.w == 1 && (of_a.h > 1 || of_a.w > 1);
    return vector ? gan_shift(l->g, name, a, b) : gan_add(l->g, name, a, b);
}

static gan_id load_concat(struct loader *l, const gan_onnx_op *op, const char *name)
{
    int axis;
    gan_id a = source(l, op, 0), b = a < 0 ? -1 : source(l, op, 1);
    if (b < 0 || gan_onnx_op_int(op, "axis", 1, &axis)) return -1;
    return axis == 1 && op->inputs == 2 ? gan_concat(l->g, name, a, b)
                                        : gan_error("only two parts along axis 1 are known");
}

/* Pooling */

static gan_id load_maxpool(struct loader *l, const gan_onnx_op *op, const char *name)
{
    int k, stride, pad, dilation, ceiling;
    gan_id x = source(l, op, 0);
    if (x < 0 || uniform(op, "kernel_shape", 2, 0, &k) || uniform(op, "strides", 2, 1, &stride) ||
        uniform(op, "pads", 4, 0, &pad) || uniform(op, "dilations", 2, 1, &dilation) ||
        gan_onnx_op_int(op, "ceil_mode", 0, &ceiling))
        return -1;
    if (pad || dilation != 1 || !ceiling) return gan_error("only pooling without padding, up to the edge, is known");
    return gan_maxpool(l->g, name, x, k, stride);
}

static gan_id load_avgpool(struct loader *l, const gan_onnx_op *op, const char *name)
{
    gan_id x = source(l, op, 0);
    return x < 0 ? -1 : gan_avgpool(l->g, name, x);
}

/* Moving pixels */

static int is_small(const int64_t *v, int n)
{
    for (int i = 0; i < n; i++)
        if (v[i] < 0 || v[i] > INT16_MAX) return 0;
    return 1;
}

/* Zeros are left to the convolution that reads them. */
static gan_id load_zeros(struct loader *l, const gan_onnx_op *op, gan_id x, const int64_t *p)
{
    if (p[2] != p[3] || p[6] != p[7] || p[6] < p[2] || op->inputs > 2)
        return gan_error("only zeros at rows and columns alike, as many or more at the far ends, are known");
    int *zeros = l->zeros[index_of(l, op)];
    zeros[0] = (int)p[2];
    zeros[1] = (int)p[6];
    return x;
}

static gan_id load_pad(struct loader *l, const gan_onnx_op *op, const char *name)
{
    int64_t p[8];
    gan_slice mode;
    gan_id x = source(l, op, 0);
    if (x < 0 || gan_onnx_op_text(op, "mode", &mode) || whole_numbers(l, op, 1, p, 8)) return -1;
    if (!is_small(p, 8) || p[0] || p[1] || p[4] || p[5]) return gan_error("only padding of pictures is known");
    if (gan_slice_is(mode, "constant")) return load_zeros(l, op, x, p);
    if (!gan_slice_is(mode, "reflect")) return gan_error("only padding by reflection and with zeros is known");
    if (p[2] == p[3] && p[2] == p[6] && p[2] == p[7]) return gan_reflectpad(l->g, name, x, (int)p[2]);
    if (p[2] || p[3]) return gan_error("only padding of all sides alike, or of the far ones, is known");
    return gan_reflectpad_far(l->g, name, x, (int)p[6], (int)p[7]);
}

static gan_id load_crop(struct loader *l, const gan_onnx_op *op, const char *name)
{
    int64_t start[2], end[2], axis[2];
    gan_id x = source(l, op, 0);
    if (x < 0 || whole_numbers(l, op, 1, start, 2) || whole_numbers(l, op, 2, end, 2) ||
        whole_numbers(l, op, 3, axis, 2))
        return -1;
    if (start[0] || start[1] || axis[0] != 2 || axis[1] != 3 || !is_small(end, 2) || op->inputs > 4)
        return gan_error("only the top left of pictures can be cut out");
    return gan_crop(l->g, name, x, (int)end[0], (int)end[1]);
}

static gan_id load_resize(struct loader *l, const gan_onnx_op *op, const char *name)
{
    float s[4];
    gan_slice mode, grid;
    gan_id x = source(l, op, 0);
    const gan_onnx_constant *c = x < 0 ? NULL : constant(l, op, 2, 1);
    if (!c || gan_onnx_op_text(op, "mode", &mode) || gan_onnx_op_text(op, "coordinate_transformation_mode", &grid))
        return -1;
    int linear = gan_slice_is(mode, "linear") && (!grid.n || gan_slice_is(grid, "half_pixel"));
    if (c->count != 4 || op->inputs != 3 || gan_onnx_constant_floats(c, s) ||
        !(linear || gan_slice_is(mode, "nearest")))
        return gan_error("only nearest and linear resizing by constant factors is known");
    int factor = s[2] >= 1 && s[2] <= 64 ? (int)s[2] : 0;
    if (s[0] != 1 || s[1] != 1 || s[2] != (float)factor || s[3] != s[2])
        return gan_error("only whole factors of both sides are known");
    return linear ? gan_bilinear(l->g, name, x, factor) : gan_upsample(l->g, name, x, factor);
}

static const struct {
    const char *type;
    load_fn *load; /* NULL: what it makes is a constant */
} rows[] = {
    { "Conv", load_conv },
    { "ConvTranspose", load_deconv },
    { "BatchNormalization", load_batchnorm },
    { "InstanceNormalization", load_instancenorm },
    { "Relu", load_relu },
    { "LeakyRelu", load_lrelu },
    { "Tanh", load_tanh },
    { "Sigmoid", load_sigmoid },
    { "Pow", load_power },
    { "Mul", load_scale },
    { "Softmax", load_softmax },
    { "Add", load_add },
    { "Concat", load_concat },
    { "MaxPool", load_maxpool },
    { "GlobalAveragePool", load_avgpool },
    { "Pad", load_pad },
    { "Slice", load_crop },
    { "Resize", load_resize },
    { "Cast", NULL },
};

static int load_op(struct loader *l, int i)
{
    const gan_onnx_op *op = gan_onnx_file_op(l->file, i);
    char name[GAN_NAME_BYTES / 2];
    snprintf(name, sizeof name, "op%d", i);
    l->made[i] = -1;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        if (!gan_slice_is(op->type, rows[k].type)) continue;
        if (rows[k].load && (l->made[i] = rows[k].load(l, op, name)) < 0)
            return gan_error_in("operation %d, %s", i, rows[k].type);
        return 0;
    }
    return gan_error("operation %d, '%.*s', is not known", i, op->type.n < 64 ? (int)op->type.n : 64,
                     op->type.n ? (const char *)op->type.at : "");
}

static int same_shape(const gan_onnx_constant *c, const gan_param *p)
{
    int same = c->ndims == p->ndims;
    for (int i = 0; same && i < p->ndims; i++) same = c->dims[i] == p->dims[i];
    return same;
}

static int set_value(struct loader *l, gan_params *w, int i)
{
    const gan_param *p = gan_graph_param(l->g, i);
    const gan_onnx_constant *c = gan_onnx_file_constant(l->file, l->value[i]);
    if (!c) return -1;
    if (!same_shape(c, p)) return gan_error("tensor %d has another shape than its operation needs", i);
    float *v = gan_mem_alloc(p->count, sizeof *v);
    int result = v && !gan_onnx_constant_floats(c, v) ? gan_params_set(w, i, GAN_VALUES, v) : -1;
    gan_mem_free(v);
    return result;
}

static int load_graph(struct loader *l, gan_shape x)
{
    int ops = gan_onnx_file_ops(l->file);
    l->made = gan_mem_alloc((size_t)ops, sizeof *l->made);
    l->zeros = gan_mem_alloc((size_t)ops, sizeof *l->zeros);
    l->g = gan_graph_new("onnx");
    l->x = l->g ? gan_graph_input(l->g, "x", x) : -1;
    if (!l->made || !l->zeros || l->x < 0) return -1;
    for (int i = 0; i < ops; i++)
        if (load_op(l, i)) return -1;
    const gan_onnx_op *last = gan_onnx_file_producer(l->file, gan_onnx_file_output(l->file), NULL);
    gan_id y = last ? l->made[index_of(l, last)] : -1;
    if (last && l->zeros[index_of(l, last)][1]) return gan_error("its output is padded with zeros");
    return y < 0 ? gan_error("no operation makes its output") : gan_graph_output(l->g, "y", y);
}

int gan_onnx_load(gan_onnx_file *file, gan_shape x, gan_frozen *out)
{
    struct loader l = { .file = file };
    int result = load_graph(&l, x);
    *out = (gan_frozen){ .graph = l.g };
    if (!result) result = (out->params = gan_params_new(l.g, 0)) ? 0 : -1;
    for (int i = 0; !result && i < l.values; i++) result = set_value(&l, out->params, i);
    if (!result && !gan_params_finite(out->params)) result = gan_error("its weights are not finite");
    gan_mem_free(l.made);
    gan_mem_free(l.zeros);
    gan_mem_free(l.value);
    if (result) gan_frozen_release(out);
    return result;
}
