/* From many channels to a few.
 *
 * A pixel of the wide tensor contributes to 4x4 pixels of each thin channel: its channels times their weights are 16
 * products per thin channel, a row of a matrix product. Each thin pixel then is a sum of products, of 2x2 pixels with
 * stride, of 4x4 without. Products: (n, h + 2, w + 2, thin channels, 4, 4), with a border of zeros for the pixels that the
 * padding stands for. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/layout.h"
#include "core/dnn/thin.h"
#include "core/params.h"
#include "gan/parallel.h"

enum { K = GAN_THIN_K, TAPS = GAN_THIN_TAPS, MOST_CHANNELS = 4 };
enum { PIXELS = 6 /* of a panel: 6 accumulators of 16 fit 16 AVX registers */ };

struct gather {
    gan_thin at;
    gan_buf weights, products;
};

struct run {
    const gan_thin *at;
    gan_tensor wide, thin;
    const float *weights;
    float *products;
};

/* `pixels` neighbouring pixels times the weights of one thin channel. */
static inline __attribute__((always_inline)) void panel(const struct run *r, int pixels, const float *wide,
                                                        const float *weights, float *products)
{
    size_t channels = (size_t)r->wide.s.c, b = (size_t)r->wide.block, step = (size_t)r->thin.s.c * TAPS;
    size_t plane = (size_t)r->wide.s.h * (size_t)r->wide.s.w * b;
    gan_taps sum[PIXELS] = { { 0 } };
    for (size_t c0 = 0; c0 < channels; c0 += b, wide += plane)
        for (size_t c = 0; c < b; c++, weights += r->at->wide_step) {
            gan_taps w = *(const gan_taps *)(const void *)weights;
            for (int p = 0; p < pixels; p++) sum[p] += w * wide[(size_t)p * b + c];
        }
    for (int p = 0; p < pixels; p++) *(gan_taps *)(void *)(products + (size_t)p * step) = sum[p];
}

/* Floats between two pixels, and between two rows, of the products. */
static size_t pixel_step(const struct run *r)
{
    return (size_t)r->thin.s.c * TAPS;
}

static size_t row_step(const struct run *r)
{
    return ((size_t)r->wide.s.w + 2) * pixel_step(r);
}

/* One row of pixels; a last panel that would reach beyond it begins earlier and computes some again. */
static inline __attribute__((always_inline)) void multiply(const struct run *r, const float *wide, float *products)
{
    size_t w = (size_t)r->wide.s.w, channels = (size_t)r->thin.s.c, b = (size_t)r->wide.block;
    for (size_t x = 0; x < w; x += w < PIXELS ? 1 : PIXELS) {
        size_t at = w < PIXELS || x + PIXELS <= w ? x : w - PIXELS;
        for (size_t o = 0; o < channels; o++) {
            const float *weights = r->weights + o * r->at->thin_step;
            float *to = products + (at * channels + o) * TAPS;
            if (w < PIXELS)
                panel(r, 1, wide + at * b, weights, to);
            else
                panel(r, PIXELS, wide + at * b, weights, to);
        }
    }
}

/* Row i of all pictures' products, borders included. */
GAN_SIMD static void multiply_row(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t h = (size_t)r->wide.s.h, w = (size_t)r->wide.s.w, step = pixel_step(r), n = i / (h + 2), y = i % (h + 2);
    float *products = r->products + i * row_step(r);
    if (y == 0 || y == h + 1) {
        memset(products, 0, row_step(r) * sizeof *products);
        return;
    }
    memset(products, 0, step * sizeof *products);
    multiply(r, r->wide.data + n * r->wide.stride_n + (y - 1) * w * (size_t)r->wide.block, products + step);
    memset(products + (w + 1) * step, 0, step * sizeof *products);
}

/* With stride, a thin row from two rows of products, at one row of the kernel each. */
GAN_SIMD static void gather_row(float *restrict thin, const float *restrict a, const float *restrict b, size_t w,
                                size_t step)
{
    for (size_t x = 0; x < w; x++, a += step, b += step) {
        thin[2 * x] = (a[step + 1] + a[3]) + (b[step + 1] + b[3]);
        thin[2 * x + 1] = (a[step + 2] + a[2 * step]) + (b[step + 2] + b[2 * step]);
    }
}

/* The two thin rows that begin at row i of all pictures. */
static void gather_two(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t h = (size_t)r->wide.s.h, w = (size_t)r->wide.s.w, row = row_step(r), n = i / h, y = i % h;
    for (size_t o = 0; o < (size_t)r->thin.s.c; o++) {
        const float *above = r->products + (n * (h + 2) + y) * row + o * TAPS, *here = above + row, *below = here + row;
        float *thin = r->thin.data + n * r->thin.stride_n + (o * 2 * h + 2 * y) * 2 * w;
        gather_row(thin, here + K, above + 3 * K, w, pixel_step(r));
        gather_row(thin + 2 * w, here + 2 * K, below, w, pixel_step(r));
    }
}

/* Without stride, thin row i of all pictures from four rows of products. */
static void gather_one(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t h = (size_t)r->thin.s.h, w = (size_t)r->thin.s.w, step = pixel_step(r), n = i / h, y = i % h;
    for (size_t o = 0; o < (size_t)r->thin.s.c; o++) {
        const float *from = r->products + (n * ((size_t)r->wide.s.h + 2) + y) * row_step(r) + o * TAPS;
        float *thin = r->thin.data + n * r->thin.stride_n + (o * h + y) * w;
        for (size_t x = 0; x < w; x++, from += step) {
            float sum = 0;
            for (size_t k = 0; k < TAPS; k++) sum += from[k / K * row_step(r) + k % K * step + k];
            thin[x] = sum;
        }
    }
}

static int run_gather(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct gather *k = op->state;
    struct run r = { &k->at, gan_plan_tensor(p, k->at.wide), gan_plan_tensor(p, k->at.thin),
                     gan_plan_data(p, k->weights), gan_plan_data(p, k->products) };
    size_t n = (size_t)r.wide.s.n;
    gan_parallel_each(n * ((size_t)r.wide.s.h + 2), multiply_row, &r);
    if (k->at.stride == 2)
        gan_parallel_each(n * (size_t)r.wide.s.h, gather_two, &r);
    else
        gan_parallel_each(n * (size_t)r.thin.s.h, gather_one, &r);
    return 0;
}

/* With stride the other side has as many channels as a vector has lanes, and oneDNN fills its vectors with them; but its
 * AVX2 kernels take the gradient of one or two channels for that of eight. */
static int faster(enum gan_thin_pass pass, int stride, int block, int channels)
{
    return pass == GAN_THIN_GATHER || stride == 1 || (pass == GAN_THIN_GRADIENT && block == 8 && channels <= 2);
}

int gan_thin_fits(const gan_emit *e, const gan_conv_desc *d, gan_buf wide, gan_buf thin, gan_thin *t)
{
    const struct buf *w = &e->p->buf[wide], *n = &e->p->buf[thin];
    const gan_shape *many = &w->shape, *few = &n->shape;
    int twice = d->stride == 2 && few->h == 2 * many->h && few->w == 2 * many->w;
    int same = d->stride == 1 && !d->transposed && few->h == many->h - 1 && few->w == many->w - 1;
    if (d->k != K || d->pad != 1 || d->dilation != 1 || w->block <= 1 || n->block != 1 || few->c > MOST_CHANNELS ||
        (!twice && !same))
        return 0;
    /* canonical weights are (wide, thin, 4, 4) with stride, of either kind of layer, and (thin, wide, 4, 4) without */
    *t = (gan_thin){ wide, thin, d->stride, twice ? (size_t)few->c * TAPS : TAPS,
                     twice ? TAPS : (size_t)many->c * TAPS };
    return 1;
}

int gan_thin_suits(const gan_emit *e, const gan_conv_desc *d, enum gan_thin_pass pass, gan_buf wide, gan_buf thin,
                   gan_thin *t)
{
    const struct buf *w = &e->p->buf[wide], *n = &e->p->buf[thin];
    return gan_thin_fits(e, d, wide, thin, t) && faster(pass, d->stride, w->block, n->shape.c);
}

int gan_thin_gather(gan_emit *e, const gan_thin *t, const gan_conv_desc *d, const char *what, int weights)
{
    gan_md *canonical = gan_layout_canonical(gan_graph_param(e->p->g, weights));
    if (!canonical) return -1;
    const gan_shape wide = e->p->buf[t->wide].shape;
    size_t pixels = (size_t)wide.n * ((size_t)wide.h + 2) * ((size_t)wide.w + 2);
    size_t bytes = pixels * (size_t)e->p->buf[t->thin].shape.c * TAPS * sizeof(float);
    struct gather k = { .at = *t, .weights = gan_build_values(e->p, weights, canonical) };
    k.products = gan_build_scratch(e->p, bytes);
    int ready = k.weights != GAN_NONE && k.products != GAN_NONE;
    gan_op *op = NULL;
    if (ready)
        op =
            gan_kernel_op(e, what, 4, (gan_buf[]){ t->wide, k.weights, k.products, t->thin }, &k, sizeof k, run_gather);
    if (op) gan_kernel_describe(op, d, gan_build_md(e, t->wide), canonical, gan_build_md(e, t->thin));
    gan_md_free(canonical);
    return op ? 0 : -1;
}
