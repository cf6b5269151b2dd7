/* Deconvolution k4 s2 p1 to a few channels, a colorizer's last layer: oneDNN would compute 8 or 16 of them.
 *
 * A source pixel contributes to 4x4 pixels of each destination channel: its channels times their weights are 16 products
 * per destination channel, a row of a matrix product. Each destination pixel then is the sum of 4 of them, from 2 rows
 * and 2 columns of source pixels. Products: (n, h + 2, w + 2, oc, 4, 4), with a border of zeros for the pixels that the
 * padding stands for. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/parallel.h"

enum { K = 4, TAPS = K * K, MOST_CHANNELS = 4, PIXELS = 6 /* of a panel: 6 accumulators of 16 fit 16 AVX registers */ };

typedef float taps __attribute__((vector_size(TAPS * sizeof(float)), aligned(sizeof(float))));

struct narrow {
    gan_buf src, weights, products, dst;
};

struct run {
    gan_tensor src, dst;
    const float *weights; /* (ic, oc, 4, 4) */
    float *products;
};

/* `pixels` neighbouring source pixels times the weights of one destination channel. */
static inline __attribute__((always_inline)) void panel(const struct run *r, int pixels, const float *src,
                                                        const float *weights, float *products)
{
    size_t ic = (size_t)r->src.s.c, oc = (size_t)r->dst.s.c, b = (size_t)r->src.block;
    size_t plane = (size_t)r->src.s.h * (size_t)r->src.s.w * b;
    taps sum[PIXELS] = { { 0 } };
    for (size_t c0 = 0; c0 < ic; c0 += b, src += plane)
        for (size_t c = 0; c < b; c++, weights += oc * TAPS) {
            taps w = *(const taps *)(const void *)weights;
            for (int p = 0; p < pixels; p++) sum[p] += w * src[(size_t)p * b + c];
        }
    for (int p = 0; p < pixels; p++) *(taps *)(void *)(products + (size_t)p * oc * TAPS) = sum[p];
}

/* Floats between two pixels, and between two rows, of the products. */
static size_t pixel_step(const struct run *r)
{
    return (size_t)r->dst.s.c * TAPS;
}

static size_t row_step(const struct run *r)
{
    return ((size_t)r->src.s.w + 2) * pixel_step(r);
}

/* One row of source pixels; a last panel that would reach beyond it begins earlier and computes some again. */
static inline __attribute__((always_inline)) void multiply(const struct run *r, const float *src, float *products)
{
    size_t w = (size_t)r->src.s.w, oc = (size_t)r->dst.s.c, b = (size_t)r->src.block;
    for (size_t x = 0; w >= PIXELS && x < w; x += PIXELS) {
        size_t at = x + PIXELS <= w ? x : w - PIXELS;
        for (size_t o = 0; o < oc; o++)
            panel(r, PIXELS, src + at * b, r->weights + o * TAPS, products + (at * oc + o) * TAPS);
    }
    for (size_t x = 0; w < PIXELS && x < w; x++)
        for (size_t o = 0; o < oc; o++) panel(r, 1, src + x * b, r->weights + o * TAPS, products + (x * oc + o) * TAPS);
}

/* Row i of all pictures' products, borders included. */
GAN_SIMD static void multiply_row(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t h = (size_t)r->src.s.h, w = (size_t)r->src.s.w, step = pixel_step(r), n = i / (h + 2), y = i % (h + 2);
    float *products = r->products + i * row_step(r);
    if (y == 0 || y == h + 1) {
        memset(products, 0, row_step(r) * sizeof *products);
        return;
    }
    memset(products, 0, step * sizeof *products);
    multiply(r, r->src.data + n * r->src.stride_n + (y - 1) * w * (size_t)r->src.block, products + step);
    memset(products + (w + 1) * step, 0, step * sizeof *products);
}

/* A destination row from two rows of products, at one row of the kernel each. */
GAN_SIMD static void gather_row(float *restrict dst, const float *restrict a, const float *restrict b, size_t w,
                                size_t step)
{
    for (size_t x = 0; x < w; x++, a += step, b += step) {
        dst[2 * x] = (a[step + 1] + a[3]) + (b[step + 1] + b[3]);
        dst[2 * x + 1] = (a[step + 2] + a[2 * step]) + (b[step + 2] + b[2 * step]);
    }
}

/* The two destination rows that begin at source row i of all pictures. */
static void gather(void *ctx, size_t i)
{
    const struct run *r = ctx;
    size_t h = (size_t)r->src.s.h, w = (size_t)r->src.s.w, row = row_step(r), n = i / h, y = i % h;
    for (size_t o = 0; o < (size_t)r->dst.s.c; o++) {
        const float *above = r->products + (n * (h + 2) + y) * row + o * TAPS, *here = above + row, *below = here + row;
        float *dst = r->dst.data + n * r->dst.stride_n + (o * 2 * h + 2 * y) * 2 * w;
        gather_row(dst, here + K, above + 3 * K, w, pixel_step(r));
        gather_row(dst + 2 * w, here + 2 * K, below, w, pixel_step(r));
    }
}

static int run_narrow(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct narrow *k = op->state;
    struct run r = { gan_plan_tensor(p, k->src), gan_plan_tensor(p, k->dst), gan_plan_data(p, k->weights),
                     gan_plan_data(p, k->products) };
    size_t n = (size_t)r.src.s.n, h = (size_t)r.src.s.h;
    gan_parallel_each(n * (h + 2), multiply_row, &r);
    gan_parallel_each(n * h, gather, &r);
    return 0;
}

int gan_kernel_is_narrow(const gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf dst)
{
    const struct buf *from = &e->p->buf[src], *to = &e->p->buf[dst];
    return d->transposed && d->k == K && d->stride == 2 && d->pad == 1 && d->dst.c <= MOST_CHANNELS &&
           d->dst.h == 2 * d->src.h && d->dst.w == 2 * d->src.w && from->block > 1 && to->block == 1;
}

int gan_kernel_narrow(gan_emit *e, const gan_conv_desc *d, int weights, gan_buf src, gan_buf dst)
{
    gan_md *canonical = gan_layout_canonical(gan_graph_param(e->p->g, weights));
    if (!canonical) return -1;
    size_t pixels = (size_t)d->src.n * ((size_t)d->src.h + 2) * ((size_t)d->src.w + 2);
    struct narrow k = { .src = src, .dst = dst, .weights = gan_build_values(e->p, weights, canonical) };
    k.products = gan_build_scratch(e->p, pixels * (size_t)d->dst.c * TAPS * sizeof(float));
    int ready = k.weights != GAN_NONE && k.products != GAN_NONE;
    gan_op *op = NULL;
    if (ready)
        op = gan_kernel_op(e, "fwd", 4, (gan_buf[]){ src, k.weights, k.products, dst }, &k, sizeof k, run_narrow);
    if (op) gan_kernel_describe(op, d, gan_build_md(e, src), canonical, gan_build_md(e, dst));
    gan_md_free(canonical);
    return op ? 0 : -1;
}
