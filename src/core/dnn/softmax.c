/* Softmax over the channels of each pixel, blocked or plain. Pixels go in chunks of consecutive ones: of each block of
 * channels a chunk is one run of floats, and a pixel's numbers are `block` lanes of it. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/dnn/vmath.h"
#include "gan/parallel.h"

enum { RUN = 256 }; /* floats of a chunk in one block of channels; a multiple of every block */

struct softmax {
    gan_buf src, dst, diff_dst, diff_src; /* forward has src and dst, backward the others */
};

struct tensors {
    gan_tensor src, dst, diff_dst, diff_src;
};

struct chunk { /* some pixels of one picture */
    const float *src, *diff_dst;
    float *dst, *diff_src;
    size_t blocks, stride; /* floats from one block of channels to the next */
    size_t n, lanes;       /* floats of a run, of which `lanes` are a pixel's */
};

/* Every lane becomes the largest, or the sum, of its pixel's lanes. */
static void join_largest(float *v, size_t n, size_t lanes)
{
    for (size_t i = 0; i < n; i += lanes) {
        float largest = v[i];
        for (size_t k = 1; k < lanes; k++) largest = v[i + k] > largest ? v[i + k] : largest;
        for (size_t k = 0; k < lanes; k++) v[i + k] = largest;
    }
}

static void join_sum(float *v, size_t n, size_t lanes)
{
    for (size_t i = 0; i < n; i += lanes) {
        float sum = 0;
        for (size_t k = 0; k < lanes; k++) sum += v[i + k];
        for (size_t k = 0; k < lanes; k++) v[i + k] = sum;
    }
}

GAN_SIMD static void forward(const struct chunk *c)
{
    float largest[RUN], sum[RUN] = { 0 };
    memcpy(largest, c->src, c->n * sizeof *largest);
    for (size_t b = 1; b < c->blocks; b++) {
        const float *x = c->src + b * c->stride;
        for (size_t i = 0; i < c->n; i++) largest[i] = x[i] > largest[i] ? x[i] : largest[i];
    }
    join_largest(largest, c->n, c->lanes);
    for (size_t b = 0; b < c->blocks; b++) {
        const float *restrict x = c->src + b * c->stride;
        float *restrict y = c->dst + b * c->stride;
        for (size_t i = 0; i < c->n; i++) sum[i] += y[i] = gan_vexp(x[i] - largest[i]);
    }
    join_sum(sum, c->n, c->lanes);
    for (size_t b = 0; b < c->blocks; b++) {
        float *y = c->dst + b * c->stride;
        for (size_t i = 0; i < c->n; i++) y[i] /= sum[i];
    }
}

/* dx = y (dy - sum over channels of y dy) */
GAN_SIMD static void backward(const struct chunk *c)
{
    float sum[RUN] = { 0 };
    for (size_t b = 0; b < c->blocks; b++) {
        const float *y = c->dst + b * c->stride, *dy = c->diff_dst + b * c->stride;
        for (size_t i = 0; i < c->n; i++) sum[i] += y[i] * dy[i];
    }
    join_sum(sum, c->n, c->lanes);
    for (size_t b = 0; b < c->blocks; b++) {
        const float *y = c->dst + b * c->stride, *dy = c->diff_dst + b * c->stride;
        float *restrict dx = c->diff_src + b * c->stride;
        for (size_t i = 0; i < c->n; i++) dx[i] = y[i] * (dy[i] - sum[i]);
    }
}

static float *run_of(const gan_tensor *t, size_t picture, size_t offset)
{
    return t->data ? t->data + picture * t->stride_n + offset : NULL;
}

static size_t runs_of(const gan_tensor *t)
{
    return ((size_t)t->s.h * (size_t)t->s.w * (size_t)t->block + RUN - 1) / RUN;
}

static void run_chunk(void *ctx, size_t i)
{
    const struct tensors *t = ctx;
    size_t runs = runs_of(&t->dst), picture = i / runs, offset = i % runs * RUN, lanes = (size_t)t->dst.block;
    size_t stride = (size_t)t->dst.s.h * (size_t)t->dst.s.w * lanes, left = stride - offset;
    struct chunk c = { run_of(&t->src, picture, offset), run_of(&t->diff_dst, picture, offset),
                       run_of(&t->dst, picture, offset), run_of(&t->diff_src, picture, offset),
                       (size_t)t->dst.s.c / lanes,       stride,
                       left < RUN ? left : RUN,          lanes };
    if (c.src)
        forward(&c);
    else
        backward(&c);
}

static int run(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct softmax *k = op->state;
    struct tensors t = { .dst = gan_plan_tensor(p, k->dst) };
    if (k->src != GAN_NONE) t.src = gan_plan_tensor(p, k->src);
    if (k->diff_dst != GAN_NONE) t.diff_dst = gan_plan_tensor(p, k->diff_dst);
    if (k->diff_src != GAN_NONE) t.diff_src = gan_plan_tensor(p, k->diff_src);
    gan_parallel_each((size_t)t.dst.s.n * runs_of(&t.dst), run_chunk, &t);
    return 0;
}

int gan_dnn_softmax(gan_emit *e, gan_buf src, gan_buf dst)
{
    struct softmax k = { src, dst, GAN_NONE, GAN_NONE };
    return gan_kernel_op(e, "fwd", 2, (gan_buf[]){ src, dst }, &k, sizeof k, run) ? 0 : -1;
}

int gan_dnn_softmax_backward(gan_emit *e, gan_buf dst, gan_buf diff_dst, gan_buf diff_src)
{
    struct softmax k = { GAN_NONE, dst, diff_dst, diff_src };
    return gan_kernel_op(e, "bwd", 3, (gan_buf[]){ dst, diff_dst, diff_src }, &k, sizeof k, run) ? 0 : -1;
}
