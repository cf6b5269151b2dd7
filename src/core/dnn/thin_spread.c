/* From a few channels to many, and the gradient of weights between them.
 *
 * What a pixel of the wide tensor is connected with is a patch: the 4x4 pixels of each thin channel, zeros where the
 * padding is. Patches: (n, h, w, thin channels, 4, 4), in the wide tensor's pixels. The wide tensor is patches times
 * weights, the gradient the wide tensor, transposed, times patches. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/layout.h"
#include "core/dnn/thin.h"
#include "core/params.h"
#include "gan/parallel.h"

enum { K = GAN_THIN_K, TAPS = GAN_THIN_TAPS };
enum {
    PIXELS = 6 /* of a panel: 6 accumulators fit 16 AVX registers */,
    CHANNELS = 4 /* the same: each is two there */
};
enum { CHUNK = 128 /* pixels whose patches stay in the first cache */ };

struct spread {
    gan_thin at;
    gan_buf weights, turned, patches;
};

struct run {
    const gan_thin *at;
    gan_tensor wide, thin;
    const float *weights; /* canonical */
    float *turned;        /* weights as (blocks of wide channels, thin channels, 4, 4, wide channels of a block) */
    float *patches, *grad;
};

/* Floats of a patch. */
static size_t patch(const struct run *r)
{
    return (size_t)r->thin.s.c * TAPS;
}

/* Four pixels of a thin row from `first` on, rightwards or, with step -1, leftwards; zeros beyond its ends. */
static inline void cut_four(const float *line, int width, int first, int step, float *to)
{
    int last = first + (K - 1) * step;
    if (first >= 0 && first < width && last >= 0 && last < width)
        for (int k = 0; k < K; k++) to[k] = line[first + k * step];
    else
        for (int k = 0, at = first; k < K; k++, at += step) to[k] = at >= 0 && at < width ? line[at] : 0.0f;
}

/* Row ky of the patches of a row of pixels; line: the thin row it meets, NULL outside. */
static void cut_line(const struct run *r, const float *line, float *patches)
{
    for (int x = 0; x < r->wide.s.w; x++, patches += patch(r))
        if (!line)
            memset(patches, 0, K * sizeof *patches);
        else if (r->at->stride == 2)
            cut_four(line, r->thin.s.w, 2 * x - 1, 1, patches);
        else
            cut_four(line, r->thin.s.w, x + 1, -1, patches);
}

/* Row i of all pictures. */
static void cut(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t h = (size_t)r->wide.s.h, w = (size_t)r->thin.s.w, n = i / h;
    int y = (int)(i % h), height = r->thin.s.h;
    for (size_t o = 0; o < (size_t)r->thin.s.c; o++)
        for (int ky = 0; ky < K; ky++) {
            int at = r->at->stride == 2 ? 2 * y - 1 + ky : y + 1 - ky;
            const float *plane = r->thin.data + n * r->thin.stride_n + o * (size_t)height * w;
            float *to = r->patches + i * (size_t)r->wide.s.w * patch(r) + o * TAPS + (size_t)ky * K;
            cut_line(r, at >= 0 && at < height ? plane + (size_t)at * w : NULL, to);
        }
}

/* Wide = patches times weights */

static void turn(void *ctx, size_t block)
{
    const struct run *r = ctx;
    size_t b = (size_t)r->wide.block, taps = patch(r);
    for (size_t k = 0; k < taps; k++)
        for (size_t c = 0; c < b; c++)
            r->turned[(block * taps + k) * b + c] =
                r->weights[(block * b + c) * r->at->wide_step + k / TAPS * r->at->thin_step + k % TAPS];
}

/* Functions of their own per block of channels: `pixels` neighbouring pixels, and the pixels of a row. */
#define DEFINE_ROW(LANES)                                                                                              \
    typedef float lanes##LANES __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));            \
    static inline __attribute__((always_inline)) void panel##LANES(int pixels, const float *patches, size_t taps,      \
                                                                   const float *weights, float *wide)                  \
    {                                                                                                                  \
        lanes##LANES sum[PIXELS] = { { 0 } };                                                                          \
        for (size_t k = 0; k < taps; k++) {                                                                            \
            lanes##LANES w = *(const lanes##LANES *)(const void *)(weights + k * LANES);                               \
            for (int p = 0; p < pixels; p++) sum[p] += patches[(size_t)p * taps + k] * w;                              \
        }                                                                                                              \
        for (int p = 0; p < pixels; p++) *(lanes##LANES *)(void *)(wide + p * LANES) = sum[p];                         \
    }                                                                                                                  \
    GAN_SIMD static void row##LANES(const float *patches, size_t taps, const float *weights, float *wide, size_t w)    \
    {                                                                                                                  \
        size_t x = 0;                                                                                                  \
        for (; x + PIXELS <= w; x += PIXELS)                                                                           \
            panel##LANES(PIXELS, patches + x * taps, taps, weights, wide + x * LANES);                                 \
        for (; x < w; x++) panel##LANES(1, patches + x * taps, taps, weights, wide + x * LANES);                       \
    }
DEFINE_ROW(8)
DEFINE_ROW(16)

/* Row i of all pictures. */
static void multiply(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t h = (size_t)r->wide.s.h, w = (size_t)r->wide.s.w, b = (size_t)r->wide.block, taps = patch(r);
    float *wide = r->wide.data + i / h * r->wide.stride_n + i % h * w * b;
    for (size_t block = 0; block < (size_t)r->wide.s.c / b; block++, wide += h * w * b)
        (b == 16 ? row16 : row8)(r->patches + i * w * taps, taps, r->turned + block * taps * b, wide, w);
}

static struct run bind(const gan_op *op, const gan_plan *p)
{
    const struct spread *k = op->state;
    return (struct run){ &k->at,
                         gan_plan_tensor(p, k->at.wide),
                         gan_plan_tensor(p, k->at.thin),
                         gan_plan_data(p, k->weights),
                         gan_plan_data(p, k->turned),
                         gan_plan_data(p, k->patches),
                         gan_plan_data(p, k->weights) };
}

static int run_spread(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    struct run r = bind(op, p);
    size_t rows = (size_t)r.wide.s.n * (size_t)r.wide.s.h;
    gan_parallel_each((size_t)(r.wide.s.c / r.wide.block), turn, &r);
    gan_parallel_each(rows, cut, &r);
    gan_parallel_each(rows, multiply, &r);
    return 0;
}

/* Gradient = wide, transposed, times patches */

/* Adds `pixels` pixels of CHANNELS wide channels and one thin one. */
GAN_SIMD static void add_pixels(float *grad, size_t step, const float *wide, size_t b, const float *patches,
                                size_t taps, size_t pixels)
{
    gan_taps sum[CHANNELS];
    for (size_t c = 0; c < CHANNELS; c++) sum[c] = *(const gan_taps *)(const void *)(grad + c * step);
    for (size_t p = 0; p < pixels; p++) {
        gan_taps v = *(const gan_taps *)(const void *)(patches + p * taps);
        for (size_t c = 0; c < CHANNELS; c++) sum[c] += wide[p * b + c] * v;
    }
    for (size_t c = 0; c < CHANNELS; c++) *(gan_taps *)(void *)(grad + c * step) = sum[c];
}

static void add_chunk(const struct run *r, size_t block, size_t n, size_t first, size_t pixels)
{
    size_t b = (size_t)r->wide.block, plane = (size_t)r->wide.s.h * (size_t)r->wide.s.w, taps = patch(r);
    const float *wide = r->wide.data + n * r->wide.stride_n + (block * plane + first) * b;
    const float *patches = r->patches + (n * plane + first) * taps;
    for (size_t o = 0; o < (size_t)r->thin.s.c; o++)
        for (size_t c = 0; c < b; c += CHANNELS)
            add_pixels(r->grad + (block * b + c) * r->at->wide_step + o * r->at->thin_step, r->at->wide_step, wide + c,
                       b, patches + o * TAPS, taps, pixels);
}

static void gradient_of_block(void *ctx, size_t block)
{
    const struct run *r = ctx;
    size_t b = (size_t)r->wide.block, plane = (size_t)r->wide.s.h * (size_t)r->wide.s.w;
    for (size_t c = block * b; c < (block + 1) * b; c++)
        for (size_t k = 0; k < patch(r); k++)
            r->grad[c * r->at->wide_step + k / TAPS * r->at->thin_step + k % TAPS] = 0;
    for (size_t n = 0; n < (size_t)r->wide.s.n; n++)
        for (size_t at = 0; at < plane; at += CHUNK)
            add_chunk(r, block, n, at, plane - at < CHUNK ? plane - at : CHUNK);
}

static int run_gradient(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    struct run r = bind(op, p);
    gan_parallel_each((size_t)r.wide.s.n * (size_t)r.wide.s.h, cut, &r);
    gan_parallel_each((size_t)(r.wide.s.c / r.wide.block), gradient_of_block, &r);
    return 0;
}

/* Emission */

static gan_buf patches_of(gan_emit *e, const gan_thin *t)
{
    const gan_shape *wide = &e->p->buf[t->wide].shape, *thin = &e->p->buf[t->thin].shape;
    size_t pixels = (size_t)wide->n * (size_t)wide->h * (size_t)wide->w;
    return gan_build_scratch(e->p, pixels * (size_t)thin->c * TAPS * sizeof(float));
}

int gan_thin_spread(gan_emit *e, const gan_thin *t, const gan_conv_desc *d, const char *what, int weights)
{
    gan_md *canonical = gan_layout_canonical(gan_graph_param(e->p->g, weights));
    if (!canonical) return -1;
    struct spread k = { *t, gan_build_values(e->p, weights, canonical),
                        gan_build_scratch(e->p, gan_md_bytes(canonical)), patches_of(e, t) };
    gan_op *op = NULL;
    if (k.weights != GAN_NONE && k.turned != GAN_NONE && k.patches != GAN_NONE)
        op = gan_kernel_op(e, what, 5, (gan_buf[]){ t->thin, k.weights, k.turned, k.patches, t->wide }, &k, sizeof k,
                           run_spread);
    if (op) gan_kernel_describe(op, d, gan_build_md(e, t->wide), canonical, gan_build_md(e, t->thin));
    gan_md_free(canonical);
    return op ? 0 : -1;
}

int gan_thin_gradient(gan_emit *e, const gan_thin *t, const gan_conv_desc *d, gan_buf grad)
{
    struct spread k = { *t, grad, GAN_NONE, patches_of(e, t) };
    if (k.patches == GAN_NONE) return -1;
    gan_op *op = gan_kernel_op(e, "bwd_weights", 4, (gan_buf[]){ t->thin, t->wide, k.patches, grad }, &k, sizeof k,
                               run_gradient);
    if (op) gan_kernel_describe(op, d, gan_build_md(e, t->wide), gan_build_md(e, grad), gan_build_md(e, t->thin));
    return op ? 0 : -1;
}
