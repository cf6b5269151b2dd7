/* Every reference kernel's backward pass and every loss's gradient against central differences. A kernel is a row; the
 * rows are walked with batches of 1 and 3. The function checked is the sum of dst times fixed numbers, diff_dst. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "ref/check.h"
#include "ref/ref.h"

enum { MAX_IN = 3, MAX_DATA = 2 };

struct probe {
    const struct row *row;
    int batch;
    size_t nin[MAX_IN], ndata[MAX_DATA], ndst;
    double *in[MAX_IN], *diff[MAX_IN]; /* what gradients exist for */
    double *data[MAX_DATA];            /* what else the kernel reads */
    double *dst, *diff_dst;
};

struct row {
    const char *name;
    void (*size)(struct probe *p); /* sets nin, ndata and ndst */
    void (*fwd)(struct probe *p);
    void (*bwd)(struct probe *p);
    const void *opt;                  /* the kernel's sizes for batch 1 */
    void (*prepare)(struct probe *p); /* turns numbers into what data must be; NULL: they may be any */
};

/* Convolution: src, weights, bias. */
static struct ref_conv conv_at(const struct probe *p)
{
    struct ref_conv o = *(const struct ref_conv *)p->row->opt;
    o.src.n *= p->batch;
    return o;
}

static void conv_size(struct probe *p)
{
    struct ref_conv o = conv_at(p);
    p->nin[0] = ref_count(o.src);
    p->nin[1] = (size_t)(o.oc * o.src.c * o.k * o.k);
    p->nin[2] = (size_t)o.oc;
    p->ndst = ref_count(ref_conv_dst(&o));
}

static void conv_fwd(struct probe *p)
{
    struct ref_conv o = conv_at(p);
    ref_conv_fwd(&o, p->in[0], p->in[1], p->in[2], p->dst);
}

static void conv_bwd(struct probe *p)
{
    struct ref_conv o = conv_at(p);
    ref_conv_bwd(&o, p->in[0], p->in[1], p->diff_dst, p->diff[0], p->diff[1], p->diff[2]);
}

static struct ref_deconv deconv_at(const struct probe *p)
{
    struct ref_deconv o = *(const struct ref_deconv *)p->row->opt;
    o.src.n *= p->batch;
    return o;
}

static void deconv_size(struct probe *p)
{
    struct ref_deconv o = deconv_at(p);
    p->nin[0] = ref_count(o.src);
    p->nin[1] = (size_t)(o.oc * o.src.c * o.k * o.k);
    p->nin[2] = (size_t)o.oc;
    p->ndst = ref_count(ref_deconv_dst(&o));
}

static void deconv_fwd(struct probe *p)
{
    struct ref_deconv o = deconv_at(p);
    ref_deconv_fwd(&o, p->in[0], p->in[1], p->in[2], p->dst);
}

static void deconv_bwd(struct probe *p)
{
    struct ref_deconv o = deconv_at(p);
    ref_deconv_bwd(&o, p->in[0], p->in[1], p->diff_dst, p->diff[0], p->diff[1], p->diff[2]);
}

/* Normalisation: src, gamma, beta; groups 0 stands for one per image. */
static struct ref_norm norm_at(const struct probe *p)
{
    struct ref_norm o = *(const struct ref_norm *)p->row->opt;
    o.shape.n *= p->batch;
    if (!o.groups) o.groups = o.shape.n;
    return o;
}

static void norm_size(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    p->ndst = p->nin[0] = ref_count(o.shape);
    p->nin[1] = p->nin[2] = (size_t)o.shape.c;
}

static void norm_fwd(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    ref_norm_fwd(&o, p->in[0], p->in[1], p->in[2], p->dst);
}

static void norm_bwd(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    ref_norm_bwd(&o, p->in[0], p->in[1], p->diff_dst, p->diff[0], p->diff[1], p->diff[2]);
}

static void plain_norm_size(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    p->ndst = p->nin[0] = ref_count(o.shape);
}

static void plain_norm_fwd(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    ref_norm_fwd(&o, p->in[0], NULL, NULL, p->dst);
}

static void plain_norm_bwd(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    ref_norm_bwd(&o, p->in[0], NULL, p->diff_dst, p->diff[0], NULL, NULL);
}

static void eval_size(struct probe *p)
{
    norm_size(p);
    p->ndata[0] = p->ndata[1] = p->nin[1];
}

static void eval_prepare(struct probe *p)
{
    for (size_t i = 0; i < p->ndata[1]; i++) p->data[1][i] = fabs(p->data[1][i]); /* a variance */
}

static void eval_fwd(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    ref_norm_eval_fwd(&o, p->in[0], p->in[1], p->in[2], p->data[0], p->data[1], p->dst);
}

static void eval_bwd(struct probe *p)
{
    struct ref_norm o = norm_at(p);
    ref_norm_eval_bwd(&o, p->in[0], p->in[1], p->data[0], p->data[1], p->diff_dst, p->diff[0], p->diff[1], p->diff[2]);
}

/* Element by element. */
static void map_size(struct probe *p)
{
    p->ndst = p->nin[0] = 35 * (size_t)p->batch;
}

static void lrelu_fwd(struct probe *p)
{
    ref_lrelu_fwd(p->nin[0], *(const double *)p->row->opt, p->in[0], p->dst);
}

static void lrelu_bwd(struct probe *p)
{
    ref_lrelu_bwd(p->nin[0], *(const double *)p->row->opt, p->in[0], p->diff_dst, p->diff[0]);
}

static void tanh_fwd(struct probe *p)
{
    ref_tanh_fwd(p->nin[0], p->in[0], p->dst);
}

static void tanh_bwd(struct probe *p)
{
    ref_tanh_bwd(p->nin[0], p->in[0], p->diff_dst, p->diff[0]);
}

static void sigmoid_fwd(struct probe *p)
{
    ref_sigmoid_fwd(p->nin[0], p->in[0], p->dst);
}

static void sigmoid_bwd(struct probe *p)
{
    ref_sigmoid_bwd(p->nin[0], p->in[0], p->diff_dst, p->diff[0]);
}

static void power_fwd(struct probe *p)
{
    ref_power_fwd(p->nin[0], *(const double *)p->row->opt, p->in[0], p->dst);
}

static void power_bwd(struct probe *p)
{
    ref_power_bwd(p->nin[0], *(const double *)p->row->opt, p->in[0], p->diff_dst, p->diff[0]);
}

static void power_prepare(struct probe *p)
{
    for (size_t i = 0; i < p->nin[0]; i++) p->in[0][i] = fabs(p->in[0][i]);
}

static void scale_fwd(struct probe *p)
{
    ref_scale_fwd(p->nin[0], *(const double *)p->row->opt, p->in[0], p->dst);
}

static void scale_bwd(struct probe *p)
{
    ref_scale_bwd(p->nin[0], *(const double *)p->row->opt, p->diff_dst, p->diff[0]);
}

static void dropout_size(struct probe *p)
{
    map_size(p);
    p->ndata[0] = p->nin[0];
}

static void dropout_prepare(struct probe *p)
{
    for (size_t i = 0; i < p->ndata[0]; i++) p->data[0][i] = p->data[0][i] > 0;
}

static void dropout_fwd(struct probe *p)
{
    ref_dropout_fwd(p->nin[0], *(const double *)p->row->opt, p->data[0], p->in[0], p->dst);
}

static void dropout_bwd(struct probe *p)
{
    ref_dropout_bwd(p->nin[0], *(const double *)p->row->opt, p->data[0], p->diff_dst, p->diff[0]);
}

/* Two sources. */
static void add_size(struct probe *p)
{
    map_size(p);
    p->nin[1] = p->nin[0];
}

static void add_fwd(struct probe *p)
{
    ref_add_fwd(p->ndst, p->in[0], p->in[1], p->dst);
}

static void add_bwd(struct probe *p)
{
    ref_add_bwd(p->ndst, p->diff_dst, p->diff[0], p->diff[1]);
}

static struct ref_concat concat_at(const struct probe *p)
{
    struct ref_concat o = *(const struct ref_concat *)p->row->opt;
    o.n *= p->batch;
    return o;
}

static void concat_size(struct probe *p)
{
    struct ref_concat o = concat_at(p);
    p->nin[0] = (size_t)(o.n * o.ac * o.h * o.w);
    p->nin[1] = (size_t)(o.n * o.bc * o.h * o.w);
    p->ndst = p->nin[0] + p->nin[1];
}

static void concat_fwd(struct probe *p)
{
    struct ref_concat o = concat_at(p);
    ref_concat_fwd(&o, p->in[0], p->in[1], p->dst);
}

static void concat_bwd(struct probe *p)
{
    struct ref_concat o = concat_at(p);
    ref_concat_bwd(&o, p->diff_dst, p->diff[0], p->diff[1]);
}

/* Vectors: opt is the shape of the pixels. */
static struct ref_shape pixels_at(const struct probe *p)
{
    struct ref_shape s = *(const struct ref_shape *)p->row->opt;
    s.n *= p->batch;
    return s;
}

static void softmax_size(struct probe *p)
{
    p->nin[0] = p->ndst = ref_count(pixels_at(p));
}

static void softmax_fwd(struct probe *p)
{
    ref_softmax_fwd(pixels_at(p), p->in[0], p->dst);
}

static void softmax_bwd(struct probe *p)
{
    softmax_fwd(p);
    ref_softmax_bwd(pixels_at(p), p->dst, p->diff_dst, p->diff[0]);
}

static void shift_size(struct probe *p)
{
    struct ref_shape s = pixels_at(p);
    p->nin[0] = p->ndst = ref_count(s);
    p->nin[1] = (size_t)(s.n * s.c);
}

static void shift_fwd(struct probe *p)
{
    ref_shift_fwd(pixels_at(p), p->in[0], p->in[1], p->dst);
}

static void shift_bwd(struct probe *p)
{
    ref_shift_bwd(pixels_at(p), p->diff_dst, p->diff[0], p->diff[1]);
}

static void avgpool_size(struct probe *p)
{
    struct ref_shape s = pixels_at(p);
    p->nin[0] = ref_count(s);
    p->ndst = (size_t)(s.n * s.c);
}

static void avgpool_fwd(struct probe *p)
{
    ref_avgpool_fwd(pixels_at(p), p->in[0], p->dst);
}

static void avgpool_bwd(struct probe *p)
{
    ref_avgpool_bwd(pixels_at(p), p->diff_dst, p->diff[0]);
}

static struct ref_maxpool maxpool_at(const struct probe *p)
{
    struct ref_maxpool o = *(const struct ref_maxpool *)p->row->opt;
    o.src.n *= p->batch;
    return o;
}

static void maxpool_size(struct probe *p)
{
    struct ref_maxpool o = maxpool_at(p);
    p->nin[0] = ref_count(o.src);
    p->ndst = ref_count(ref_maxpool_dst(&o));
}

static void maxpool_fwd(struct probe *p)
{
    struct ref_maxpool o = maxpool_at(p);
    ref_maxpool_fwd(&o, p->in[0], p->dst);
}

static void maxpool_bwd(struct probe *p)
{
    struct ref_maxpool o = maxpool_at(p);
    ref_maxpool_bwd(&o, p->in[0], p->diff_dst, p->diff[0]);
}

/* Pixels copied within their plane. */
static struct ref_pad pad_at(const struct probe *p)
{
    struct ref_pad o = *(const struct ref_pad *)p->row->opt;
    o.src.n *= p->batch;
    return o;
}

static void pad_size(struct probe *p)
{
    struct ref_pad o = pad_at(p);
    p->nin[0] = ref_count(o.src);
    p->ndst = ref_count(ref_pad_dst(&o));
}

static void pad_fwd(struct probe *p)
{
    struct ref_pad o = pad_at(p);
    ref_pad_fwd(&o, p->in[0], p->dst);
}

static void pad_bwd(struct probe *p)
{
    struct ref_pad o = pad_at(p);
    ref_pad_bwd(&o, p->diff_dst, p->diff[0]);
}

static struct ref_crop crop_at(const struct probe *p)
{
    struct ref_crop o = *(const struct ref_crop *)p->row->opt;
    o.src.n *= p->batch;
    return o;
}

static void crop_size(struct probe *p)
{
    struct ref_crop o = crop_at(p);
    p->nin[0] = ref_count(o.src);
    p->ndst = ref_count(ref_crop_dst(&o));
}

static void crop_fwd(struct probe *p)
{
    struct ref_crop o = crop_at(p);
    ref_crop_fwd(&o, p->in[0], p->dst);
}

static void crop_bwd(struct probe *p)
{
    struct ref_crop o = crop_at(p);
    ref_crop_bwd(&o, p->diff_dst, p->diff[0]);
}

static struct ref_upsample upsample_at(const struct probe *p)
{
    struct ref_upsample o = *(const struct ref_upsample *)p->row->opt;
    o.src.n *= p->batch;
    return o;
}

static void upsample_size(struct probe *p)
{
    struct ref_upsample o = upsample_at(p);
    p->nin[0] = ref_count(o.src);
    p->ndst = ref_count(ref_upsample_dst(&o));
}

static void upsample_fwd(struct probe *p)
{
    struct ref_upsample o = upsample_at(p);
    ref_upsample_fwd(&o, p->in[0], p->dst);
}

static void upsample_bwd(struct probe *p)
{
    struct ref_upsample o = upsample_at(p);
    ref_upsample_bwd(&o, p->diff_dst, p->diff[0]);
}

static struct ref_bilinear bilinear_at(const struct probe *p)
{
    struct ref_bilinear o = *(const struct ref_bilinear *)p->row->opt;
    o.src.n *= p->batch;
    return o;
}

static void bilinear_size(struct probe *p)
{
    struct ref_bilinear o = bilinear_at(p);
    p->nin[0] = ref_count(o.src);
    p->ndst = ref_count(ref_bilinear_dst(&o));
}

static void bilinear_fwd(struct probe *p)
{
    struct ref_bilinear o = bilinear_at(p);
    ref_bilinear_fwd(&o, p->in[0], p->dst);
}

static void bilinear_bwd(struct probe *p)
{
    struct ref_bilinear o = bilinear_at(p);
    ref_bilinear_bwd(&o, p->diff_dst, p->diff[0]);
}

/* Losses: dst is one number; pixel losses get whole numbers as targets, which pred stays clear of. */
struct pixel {
    double (*loss)(size_t n, const double *pred, const double *target, double *diff);
};

static void times_diff_dst(struct probe *p)
{
    for (size_t i = 0; i < p->nin[0]; i++) p->diff[0][i] *= p->diff_dst[0];
}

static void pixel_size(struct probe *p)
{
    p->nin[0] = p->ndata[0] = 35 * (size_t)p->batch;
    p->ndst = 1;
}

static void pixel_prepare(struct probe *p)
{
    for (size_t i = 0; i < p->ndata[0]; i++) p->data[0][i] = floor(p->data[0][i]);
}

static void pixel_fwd(struct probe *p)
{
    const struct pixel *o = p->row->opt;
    p->dst[0] = o->loss(p->nin[0], p->in[0], p->data[0], NULL);
}

static void pixel_bwd(struct probe *p)
{
    const struct pixel *o = p->row->opt;
    o->loss(p->nin[0], p->in[0], p->data[0], p->diff[0]);
    times_diff_dst(p);
}

struct adversarial {
    double (*loss)(size_t n, enum ref_role role, const double *score, double *diff);
    enum ref_role role;
};

static void adversarial_size(struct probe *p)
{
    p->nin[0] = 35 * (size_t)p->batch;
    p->ndst = 1;
}

static void adversarial_fwd(struct probe *p)
{
    const struct adversarial *o = p->row->opt;
    p->dst[0] = o->loss(p->nin[0], o->role, p->in[0], NULL);
}

static void adversarial_bwd(struct probe *p)
{
    const struct adversarial *o = p->row->opt;
    o->loss(p->nin[0], o->role, p->in[0], p->diff[0]);
    times_diff_dst(p);
}

#define CONV(...) conv_size, conv_fwd, conv_bwd, &(const struct ref_conv){ __VA_ARGS__ }, NULL
#define DECONV(...) deconv_size, deconv_fwd, deconv_bwd, &(const struct ref_deconv){ __VA_ARGS__ }, NULL
#define NORM(...) norm_size, norm_fwd, norm_bwd, &(const struct ref_norm){ __VA_ARGS__ }, NULL
#define PLAIN_NORM(...) plain_norm_size, plain_norm_fwd, plain_norm_bwd, &(const struct ref_norm){ __VA_ARGS__ }, NULL
#define EVAL(...) eval_size, eval_fwd, eval_bwd, &(const struct ref_norm){ __VA_ARGS__ }, eval_prepare
#define LRELU(slope) map_size, lrelu_fwd, lrelu_bwd, &(const double){ slope }, NULL
#define DROPOUT(p) dropout_size, dropout_fwd, dropout_bwd, &(const double){ p }, dropout_prepare
#define CONCAT(...) concat_size, concat_fwd, concat_bwd, &(const struct ref_concat){ __VA_ARGS__ }, NULL
#define PAD(...) pad_size, pad_fwd, pad_bwd, &(const struct ref_pad){ __VA_ARGS__ }, NULL
#define SHIFT(...) shift_size, shift_fwd, shift_bwd, &(const struct ref_shape){ __VA_ARGS__ }, NULL
#define AVGPOOL(...) avgpool_size, avgpool_fwd, avgpool_bwd, &(const struct ref_shape){ __VA_ARGS__ }, NULL
#define MAXPOOL(...) maxpool_size, maxpool_fwd, maxpool_bwd, &(const struct ref_maxpool){ __VA_ARGS__ }, NULL
#define POWER(exponent) map_size, power_fwd, power_bwd, &(const double){ exponent }, power_prepare
#define CROP(...) crop_size, crop_fwd, crop_bwd, &(const struct ref_crop){ __VA_ARGS__ }, NULL
#define UPSAMPLE(...) upsample_size, upsample_fwd, upsample_bwd, &(const struct ref_upsample){ __VA_ARGS__ }, NULL
#define BILINEAR(...) bilinear_size, bilinear_fwd, bilinear_bwd, &(const struct ref_bilinear){ __VA_ARGS__ }, NULL
#define SCALE(factor) map_size, scale_fwd, scale_bwd, &(const double){ factor }, NULL
#define SOFTMAX(...) softmax_size, softmax_fwd, softmax_bwd, &(const struct ref_shape){ __VA_ARGS__ }, NULL
#define PIXEL(loss) pixel_size, pixel_fwd, pixel_bwd, &(const struct pixel){ loss }, pixel_prepare
#define ADVERSARIAL(...)                                                                                               \
    adversarial_size, adversarial_fwd, adversarial_bwd, &(const struct adversarial){ __VA_ARGS__ }, NULL

static const struct row rows[] = {
    { "conv k4 s2 p1", CONV({ 1, 3, 9, 7 }, .oc = 5, .k = 4, .stride = 2, .pad = 1) },
    { "conv k4 s1 p1", CONV({ 1, 2, 5, 6 }, .oc = 1, .k = 4, .stride = 1, .pad = 1) },
    { "conv k3 s2 p1", CONV({ 1, 3, 6, 5 }, .oc = 2, .k = 3, .stride = 2, .pad = 1) },
    { "conv k7 s1 p3", CONV({ 1, 2, 5, 4 }, .oc = 3, .k = 7, .stride = 1, .pad = 3) },
    { "conv k1 s1 p0", CONV({ 1, 4, 3, 5 }, .oc = 3, .k = 1, .stride = 1, .pad = 0) },
    { "conv to 1x1", CONV({ 1, 3, 2, 2 }, .oc = 4, .k = 4, .stride = 2, .pad = 1) },
    { "conv k3 d2 p2", CONV({ 1, 2, 7, 6 }, .oc = 3, .k = 3, .stride = 1, .pad = 2, .dilation = 2) },
    { "conv k3 s2 d3 p1", CONV({ 1, 2, 9, 8 }, .oc = 2, .k = 3, .stride = 2, .pad = 1, .dilation = 3) },
    { "conv k3 s2, a zero at the end", CONV({ 1, 2, 6, 4 }, .oc = 3, .k = 3, .stride = 2, .far = 1) },
    { "deconv k4 s2 p1", DECONV({ 1, 3, 5, 4 }, .oc = 2, .k = 4, .stride = 2, .pad = 1) },
    { "deconv k3 s2 p1 op1", DECONV({ 1, 3, 3, 5 }, .oc = 4, .k = 3, .stride = 2, .pad = 1, .output_pad = 1) },
    { "deconv from 1x1", DECONV({ 1, 4, 1, 1 }, .oc = 3, .k = 4, .stride = 2, .pad = 1) },
    { "batch norm", NORM({ 1, 3, 5, 3 }, .groups = 1, .eps = 1e-5) },
    { "batch norm in 2 groups", NORM({ 2, 3, 3, 5 }, .groups = 2, .eps = 1e-5) },
    { "instance norm", PLAIN_NORM({ 1, 3, 5, 3 }, .groups = 0, .eps = 1e-5) },
    { "norm in evaluation", EVAL({ 2, 3, 3, 5 }, .groups = 2, .eps = 1e-5) },
    { "leaky relu", LRELU(0.2) },
    { "relu", LRELU(0) },
    { "tanh", map_size, tanh_fwd, tanh_bwd, NULL, NULL },
    { "sigmoid", map_size, sigmoid_fwd, sigmoid_bwd, NULL, NULL },
    { "power", POWER(2.4) },
    { "root", POWER(1.0 / 3) },
    { "scale", SCALE(-2.5) },
    { "softmax", SOFTMAX(1, 4, 3, 2) },
    { "dropout", DROPOUT(0.3) },
    { "add", add_size, add_fwd, add_bwd, NULL, NULL },
    { "concat", CONCAT(.n = 1, .ac = 2, .bc = 3, .h = 3, .w = 5) },
    { "shift", SHIFT(1, 3, 2, 5) },
    { "average pool", AVGPOOL(1, 3, 4, 3) },
    { "max pool 3 s2", MAXPOOL({ 1, 2, 6, 7 }, .k = 3, .stride = 2) },
    { "max pool 2 s2", MAXPOOL({ 1, 3, 5, 4 }, .k = 2, .stride = 2) },
    { "reflection pad 1", PAD({ 1, 2, 2, 3 }, .pad = 1) },
    { "reflection pad 3", PAD({ 1, 2, 5, 4 }, .pad = 3) },
    { "reflection pad at the far ends", PAD({ 1, 2, 5, 4 }, .bottom = 4, .right = 2) },
    { "crop", CROP({ 1, 3, 5, 4 }, .h = 2, .w = 3) },
    { "upsample 2", UPSAMPLE({ 1, 2, 3, 5 }, .factor = 2) },
    { "upsample 3", UPSAMPLE({ 1, 3, 1, 2 }, .factor = 3) },
    { "bilinear 4", BILINEAR({ 1, 2, 3, 5 }, .factor = 4) },
    { "bilinear 3", BILINEAR({ 1, 1, 1, 2 }, .factor = 3) },
    { "l1", PIXEL(ref_l1) },
    { "l2", PIXEL(ref_l2) },
    { "vanilla, real", ADVERSARIAL(ref_vanilla, REF_REAL) },
    { "vanilla, fake", ADVERSARIAL(ref_vanilla, REF_FAKE) },
    { "vanilla, fool", ADVERSARIAL(ref_vanilla, REF_FOOL) },
    { "lsgan, real", ADVERSARIAL(ref_lsgan, REF_REAL) },
    { "lsgan, fake", ADVERSARIAL(ref_lsgan, REF_FAKE) },
    { "lsgan, fool", ADVERSARIAL(ref_lsgan, REF_FOOL) },
    { "hinge, real", ADVERSARIAL(ref_hinge, REF_REAL) },
    { "hinge, fake", ADVERSARIAL(ref_hinge, REF_FAKE) },
    { "hinge, fool", ADVERSARIAL(ref_hinge, REF_FOOL) },
};

enum { NROWS = sizeof rows / sizeof rows[0] };

/* n numbers, or n NaN that show what a kernel does not write. */
static double *numbers(size_t n, uint64_t seed)
{
    double *x = gan_mem_alloc(n, sizeof *x);
    cr_assert(x, "%s", gan_error_message());
    check_numbers(seed, n, x);
    return x;
}

static double *poison(size_t n)
{
    double *x = numbers(n, 0);
    for (size_t i = 0; i < n; i++) x[i] = NAN;
    return x;
}

static struct probe probe_new(const struct row *row, int batch)
{
    struct probe p = { .row = row, .batch = batch };
    row->size(&p);
    for (int i = 0; i < MAX_IN && p.nin[i]; i++) {
        p.in[i] = numbers(p.nin[i], 10 + (uint64_t)i);
        p.diff[i] = poison(p.nin[i]);
    }
    for (int i = 0; i < MAX_DATA && p.ndata[i]; i++) p.data[i] = numbers(p.ndata[i], 20 + (uint64_t)i);
    p.dst = poison(p.ndst);
    p.diff_dst = numbers(p.ndst, 30);
    if (row->prepare) row->prepare(&p);
    return p;
}

static void probe_release(struct probe *p)
{
    for (int i = 0; i < MAX_IN; i++) {
        gan_mem_free(p->in[i]);
        gan_mem_free(p->diff[i]);
    }
    for (int i = 0; i < MAX_DATA; i++) gan_mem_free(p->data[i]);
    gan_mem_free(p->dst);
    gan_mem_free(p->diff_dst);
}

static double weighted_sum(void *ctx)
{
    struct probe *p = ctx;
    p->row->fwd(p);
    double sum = 0;
    for (size_t i = 0; i < p->ndst; i++) sum += p->dst[i] * p->diff_dst[i];
    return sum;
}

Test(ref, backward_is_the_derivative_of_forward)
{
    static const char *const names[MAX_IN] = { "first input", "second input", "third input" };
    for (int i = 0; i < 2 * NROWS; i++) {
        struct probe p = probe_new(&rows[i / 2], i % 2 ? 3 : 1);
        p.row->bwd(&p);
        struct check_block block[MAX_IN];
        size_t nblock = 0;
        for (; nblock < MAX_IN && p.nin[nblock]; nblock++)
            block[nblock] = (struct check_block){ names[nblock], p.in[nblock], p.diff[nblock], p.nin[nblock] };
        cr_expect(!check_gradient(weighted_sum, &p, nblock, block, 40), "%s, batch %d: %s", p.row->name, p.batch,
                  gan_error_message());
        probe_release(&p);
    }
}

/* Each gradient asked for alone has the bits it has among all. */
Test(ref, gradients_that_are_not_wanted_may_be_null)
{
    for (int i = 0; i < NROWS; i++) {
        struct probe p = probe_new(&rows[i], 2);
        p.row->bwd(&p);
        for (int wanted = 0; wanted < MAX_IN && p.nin[1] && p.nin[wanted]; wanted++) {
            struct probe alone = p;
            for (int j = 0; j < MAX_IN; j++) alone.diff[j] = NULL;
            alone.diff[wanted] = poison(p.nin[wanted]);
            alone.row->bwd(&alone);
            cr_expect(!memcmp(alone.diff[wanted], p.diff[wanted], p.nin[wanted] * sizeof(double)), "%s: gradient %d",
                      p.row->name, wanted);
            gan_mem_free(alone.diff[wanted]);
        }
        probe_release(&p);
    }
}
