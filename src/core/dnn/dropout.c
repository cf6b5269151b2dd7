/* Dropout: what is dropped depends on seed, step, node and the canonical index of the element alone, so the mask is
 * computed again in backward instead of being kept. */
#include "base/simd.h"
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
    size_t each, first, of; /* of a group: pictures here, and where they begin among how many */
};

/* A 32-bit finaliser with full avalanche (constants of MurmurHash3), which compilers vectorise. */
static inline uint32_t scramble(uint32_t h)
{
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

/* One block of channels: `index` is the canonical index of its first element, of which the next channel's first is
 * `plane` further. */
static inline __attribute__((always_inline)) void drop_lanes(const struct dropping *d, const float *restrict x,
                                                             float *restrict y, uint32_t index, uint32_t plane,
                                                             const uint32_t lanes, const int add)
{
    float scale = d->scale;
    uint32_t key = d->key, limit = d->limit;
    for (uint32_t p = 0; p < plane; p++, x += lanes, y += lanes)
        for (uint32_t c = 0; c < lanes; c++) {
            uint32_t h = scramble(scramble((index + c * plane + p) ^ key) + key);
            float kept = h >= limit ? x[c] * scale : 0.0f;
            y[c] = add ? y[c] + kept : kept;
        }
}

/* A constant number of lanes becomes vectors. */
GAN_SIMD static void drop(const struct dropping *d, const float *x, float *y, uint32_t index, uint32_t plane,
                          uint32_t block)
{
    int add = d->k->add;
    if (block == 16 && !add)
        drop_lanes(d, x, y, index, plane, 16, 0);
    else if (block == 8 && !add)
        drop_lanes(d, x, y, index, plane, 8, 0);
    else
        drop_lanes(d, x, y, index, plane, block, add);
}

static void drop_block(void *ctx, size_t i)
{
    const struct dropping *d = ctx;
    size_t b = (size_t)d->dst.block, blocks = (size_t)d->dst.s.c / b, plane = (size_t)d->dst.s.h * (size_t)d->dst.s.w;
    size_t n = i / blocks, c0 = i % blocks * b;
    const float *x = d->src.data + n * d->src.stride_n + c0 * plane;
    float *y = d->dst.data + n * d->dst.stride_n + c0 * plane;
    size_t whole = n / d->each * d->of + d->first + n % d->each; /* the picture's number in the whole batch */
    uint32_t index = (uint32_t)((whole * (size_t)d->dst.s.c + c0) * plane);
    drop(d, x, y, index, (uint32_t)plane, (uint32_t)b);
}

static int run_dropout(const gan_op *op, gan_plan *p, gan_step_key key)
{
    const struct dropout *k = op->state;
    const gan_plan_part *part = &p->o.part;
    gan_rng r = gan_rng_at(key.seed, GAN_STREAM_DROPOUT, key.step);
    struct dropping d = { k,
                          gan_plan_tensor(p, k->src),
                          gan_plan_tensor(p, k->dst),
                          (uint32_t)gan_rng_bits(r, (uint64_t)k->node),
                          (uint32_t)((double)k->p * 0x1p32),
                          1.0f / (1.0f - k->p),
                          .first = (size_t)part->first };
    d.each = (size_t)(d.dst.s.n / p->o.groups);
    d.of = part->of ? (size_t)part->of : d.each;
    gan_parallel_each((size_t)d.dst.s.n * (size_t)(d.dst.s.c / d.dst.block), drop_block, &d);
    return 0;
}

int gan_dnn_dropout(gan_emit *e, float p, gan_id node, gan_buf src, gan_buf dst, int add)
{
    struct dropout k = { src, dst, p, node, add };
    if (dst == GAN_NONE) return -1;
    return gan_kernel_op(e, "drop", 2, (gan_buf[]){ src, dst }, &k, sizeof k, run_dropout) ? 0 : -1;
}
