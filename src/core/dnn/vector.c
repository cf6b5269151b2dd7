/* One vector per picture, a number per channel, and all pixels of the picture: means over pixels, and vectors added to
 * them. Pixels are blocked or plain; a vector, which is one pixel, is the same in any blocks. */
#include "base/simd.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "gan/parallel.h"

enum { MOST_LANES = 16 };

struct vector {
    gan_buf pixels, vector, dst; /* dst: of a shift, else pixels */
    int mean;
};

struct vectors {
    gan_tensor pixels, vector, dst;
    int mean;
};

struct plane { /* one block of channels of one picture */
    float *pixels, *vector, *dst;
    size_t count, lanes;
    double share; /* a pixel's in the mean */
};

static struct plane plane_at(const struct vectors *m, size_t i)
{
    size_t lanes = (size_t)m->pixels.block, blocks = (size_t)m->pixels.s.c / lanes, n = i / blocks, b = i % blocks;
    size_t count = (size_t)m->pixels.s.h * (size_t)m->pixels.s.w;
    return (struct plane){ m->pixels.data + n * m->pixels.stride_n + b * lanes * count,
                           m->vector.data + n * m->vector.stride_n + b * lanes,
                           m->dst.data + n * m->dst.stride_n + b * lanes * count,
                           count,
                           lanes,
                           m->mean ? 1.0 / (double)count : 1 };
}

GAN_SIMD static void sum_plane(void *ctx, size_t i)
{
    struct plane p = plane_at(ctx, i);
    double sum[MOST_LANES] = { 0 };
    for (size_t k = 0; k < p.count; k++)
        for (size_t c = 0; c < p.lanes; c++) sum[c] += (double)p.pixels[k * p.lanes + c];
    for (size_t c = 0; c < p.lanes; c++) p.vector[c] = (float)(sum[c] * p.share);
}

GAN_SIMD static void spread_plane(void *ctx, size_t i)
{
    struct plane p = plane_at(ctx, i);
    float share = (float)p.share;
    for (size_t k = 0; k < p.count; k++)
        for (size_t c = 0; c < p.lanes; c++) p.pixels[k * p.lanes + c] = p.vector[c] * share;
}

GAN_SIMD static void shift_plane(void *ctx, size_t i)
{
    struct plane p = plane_at(ctx, i);
    for (size_t k = 0; k < p.count; k++)
        for (size_t c = 0; c < p.lanes; c++) p.dst[k * p.lanes + c] = p.pixels[k * p.lanes + c] + p.vector[c];
}

static int run(const gan_op *op, gan_plan *p, void (*each)(void *ctx, size_t i))
{
    const struct vector *k = op->state;
    struct vectors m = { gan_plan_tensor(p, k->pixels), gan_plan_tensor(p, k->vector), gan_plan_tensor(p, k->dst),
                         k->mean };
    gan_parallel_each((size_t)m.pixels.s.n * (size_t)(m.pixels.s.c / m.pixels.block), each, &m);
    return 0;
}

static int run_sum(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, sum_plane);
}

static int run_spread(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, spread_plane);
}

static int run_shift(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, shift_plane);
}

int gan_dnn_pixel_sum(gan_emit *e, gan_buf src, int mean, gan_buf dst)
{
    struct vector k = { src, dst, src, mean };
    return gan_kernel_op(e, "sum", 2, (gan_buf[]){ src, dst }, &k, sizeof k, run_sum) ? 0 : -1;
}

int gan_dnn_spread(gan_emit *e, gan_buf src, gan_buf dst)
{
    struct vector k = { dst, src, dst, 1 };
    return gan_kernel_op(e, "bwd", 2, (gan_buf[]){ dst, src }, &k, sizeof k, run_spread) ? 0 : -1;
}

int gan_dnn_shift(gan_emit *e, gan_buf src, gan_buf vector, gan_buf dst)
{
    struct vector k = { src, vector, dst, 0 };
    return gan_kernel_op(e, "fwd", 3, (gan_buf[]){ src, vector, dst }, &k, sizeof k, run_shift) ? 0 : -1;
}
