/* Dropout: what is dropped depends on seed, step, node and the canonical index of the element alone, so the mask is
 * computed again in backward instead of being kept. */
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "gan/parallel.h"
#include "gan/rng.h"

struct dropout {
    gan_buf src, dst;
    float p;
    gan_id node;
    int add;
};

struct dropping {
    const struct dropout *k;
    gan_tensor src, dst;
    uint32_t key, limit;
    float scale;
};

/* A 32-bit finaliser with full avalanche (constants of MurmurHash3), which compilers vectorise. */
static inline uint32_t scramble(uint32_t h)
{
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

static void drop_block(void *ctx, size_t i)
{
    const struct dropping *d = ctx;
    size_t b = (size_t)d->dst.block, blocks = (size_t)d->dst.s.c / b, plane = (size_t)d->dst.s.h * (size_t)d->dst.s.w;
    size_t n = i / blocks, c0 = i % blocks * b;
    const float *x = d->src.data + n * d->src.stride_n + c0 * plane;
    float *y = d->dst.data + n * d->dst.stride_n + c0 * plane;
    for (size_t k = 0; k < plane * b; k++) {
        size_t channel = n * (size_t)d->dst.s.c + c0 + k % b;
        uint32_t h = scramble(scramble((uint32_t)(channel * plane + k / b) ^ d->key) + d->key);
        float kept = h >= d->limit ? x[k] * d->scale : 0.0f;
        y[k] = d->k->add ? y[k] + kept : kept;
    }
}

static int run_dropout(const gan_op *op, gan_plan *p, gan_step_key key)
{
    const struct dropout *k = op->state;
    gan_rng r = gan_rng_at(key.seed, GAN_STREAM_DROPOUT, key.step);
    struct dropping d = { k,
                          gan_plan_tensor(p, k->src),
                          gan_plan_tensor(p, k->dst),
                          (uint32_t)gan_rng_bits(r, (uint64_t)k->node),
                          (uint32_t)((double)k->p * 0x1p32),
                          1.0f / (1.0f - k->p) };
    gan_parallel_each((size_t)d.dst.s.n * (size_t)(d.dst.s.c / d.dst.block), drop_block, &d);
    return 0;
}

int gan_dnn_dropout(gan_emit *e, float p, gan_id node, gan_buf src, gan_buf dst, int add)
{
    struct dropout k = { src, dst, p, node, add };
    return gan_kernel_op(e, "drop", 2, (gan_buf[]){ src, dst }, &k, sizeof k, run_dropout) ? 0 : -1;
}
