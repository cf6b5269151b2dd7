/* Max pooling, blocked or plain. Which element of a window was largest is found again in backward instead of being kept:
 * the first in reading order. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "gan/parallel.h"

struct maxpool {
    gan_pool_geometry c;
    gan_buf src, small, diff_src; /* small: dst, or diff_dst; diff_src: GAN_NONE in forward */
};

struct pooling {
    gan_pool_geometry c;
    gan_tensor src, small, diff_src;
    int backward;
};

struct plane { /* one block of channels of one picture */
    const float *src;
    float *small, *diff_src;
    int h, w, out_h, out_w;
    gan_pool_geometry c;
};

struct window { /* rows [top, bottom) and columns [left, right) of src */
    int top, bottom, left, right;
};

enum { MOST_LANES = 16 };

static struct window window_at(const struct plane *p, int y, int x)
{
    struct window v = { y * p->c.stride, y * p->c.stride + p->c.k, x * p->c.stride, x * p->c.stride + p->c.k };
    if (v.bottom > p->h) v.bottom = p->h;
    if (v.right > p->w) v.right = p->w;
    return v;
}

static inline __attribute__((always_inline)) void largest(const struct plane *p, struct window v, size_t lanes,
                                                          float *restrict out)
{
    const float *first = p->src + ((size_t)v.top * (size_t)p->w + (size_t)v.left) * lanes;
    float best[MOST_LANES];
    memcpy(best, first, lanes * sizeof *best);
    for (int y = v.top; y < v.bottom; y++)
        for (int x = v.left; x < v.right; x++) {
            const float *at = p->src + ((size_t)y * (size_t)p->w + (size_t)x) * lanes;
            for (size_t c = 0; c < lanes; c++) best[c] = at[c] > best[c] ? at[c] : best[c];
        }
    memcpy(out, best, lanes * sizeof *best);
}

static inline __attribute__((always_inline)) void give_back(const struct plane *p, struct window v, size_t lanes,
                                                            const float *restrict diff)
{
    size_t first = (size_t)v.top * (size_t)p->w + (size_t)v.left;
    float best[MOST_LANES];
    uint32_t where[MOST_LANES];
    for (size_t c = 0; c < lanes; c++) {
        best[c] = p->src[first * lanes + c];
        where[c] = (uint32_t)first;
    }
    for (int y = v.top; y < v.bottom; y++)
        for (int x = v.left; x < v.right; x++) {
            uint32_t at = (uint32_t)y * (uint32_t)p->w + (uint32_t)x;
            const float *value = p->src + (size_t)at * lanes;
            for (size_t c = 0; c < lanes; c++) {
                where[c] = value[c] > best[c] ? at : where[c];
                best[c] = value[c] > best[c] ? value[c] : best[c];
            }
        }
    for (size_t c = 0; c < lanes; c++) p->diff_src[(size_t)where[c] * lanes + c] += diff[c];
}

static inline __attribute__((always_inline)) void pool(const struct plane *p, size_t lanes)
{
    float *at = p->small;
    if (p->diff_src) memset(p->diff_src, 0, (size_t)p->h * (size_t)p->w * lanes * sizeof(float));
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++, at += lanes)
            if (p->diff_src)
                give_back(p, window_at(p, y, x), lanes, at);
            else
                largest(p, window_at(p, y, x), lanes, at);
}

/* A constant number of lanes becomes vectors. */
GAN_SIMD static void pool_plane(const struct plane *p, int lanes)
{
    if (lanes == 16)
        pool(p, 16);
    else if (lanes == 8)
        pool(p, 8);
    else
        pool(p, 1);
}

static float *plane_of(const gan_tensor *t, size_t n, size_t block)
{
    return t->data + n * t->stride_n + block * (size_t)t->block * (size_t)t->s.h * (size_t)t->s.w;
}

static void pool_block(void *ctx, size_t i)
{
    const struct pooling *m = ctx;
    size_t blocks = (size_t)(m->src.s.c / m->src.block), n = i / blocks, b = i % blocks;
    struct plane p = { plane_of(&m->src, n, b),
                       plane_of(&m->small, n, b),
                       m->backward ? plane_of(&m->diff_src, n, b) : NULL,
                       m->src.s.h,
                       m->src.s.w,
                       m->small.s.h,
                       m->small.s.w,
                       m->c };
    pool_plane(&p, m->src.block);
}

static int run(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct maxpool *k = op->state;
    struct pooling m = {
        k->c, gan_plan_tensor(p, k->src), gan_plan_tensor(p, k->small), { 0 }, k->diff_src != GAN_NONE
    };
    if (m.backward) m.diff_src = gan_plan_tensor(p, k->diff_src);
    gan_parallel_each((size_t)m.src.s.n * (size_t)(m.src.s.c / m.src.block), pool_block, &m);
    return 0;
}

int gan_dnn_maxpool(gan_emit *e, gan_pool_geometry c, gan_buf src, gan_buf dst)
{
    struct maxpool k = { c, src, dst, GAN_NONE };
    return gan_kernel_op(e, "fwd", 2, (gan_buf[]){ src, dst }, &k, sizeof k, run) ? 0 : -1;
}

int gan_dnn_maxpool_backward(gan_emit *e, gan_pool_geometry c, gan_buf src, gan_buf diff_dst, gan_buf diff_src)
{
    struct maxpool k = { c, src, diff_dst, diff_src };
    return gan_kernel_op(e, "bwd", 3, (gan_buf[]){ src, diff_dst, diff_src }, &k, sizeof k, run) ? 0 : -1;
}
