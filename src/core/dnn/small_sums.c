/* Forward and backward-data of small pictures: one tensor's pixels are sums over taps and channels of the other's.
 *
 * A tile times the pixels that its tap connects is a matrix product: panels of up to 12 pixels stay in registers while the
 * tile's rows pass by, one per channel of the tensor that is read. Where a tile's rows are the channels that are written,
 * it is transposed first, on its way from memory through the first cache. Taps that connect nothing are not read: at 1x1,
 * 12 of 16.
 *
 * Pictures of a batch lie powers of two apart, where few of them fit a cache's sets: with more than one, blocks of channels
 * are put together first, pixel behind pixel, and the sums are taken apart when they are done. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/layout.h"
#include "core/dnn/small.h"
#include "gan/mem.h"
#include "gan/parallel.h"

enum { PANEL = 12 /* sums, a row and a factor fit 16 AVX registers */, MOST_TAPS = 49 };

struct pair { /* offsets in floats of two pixels that a tap connects, within a block of channels of all pictures */
    int32_t to, from;
};

struct sums {
    gan_small at;
    gan_buf to, from, weights;
    gan_buf together_to, together_from; /* (c / side, n, h, w, side); GAN_NONE: the tensors themselves are so */
    size_t to_step, from_step;          /* of at.small_step and at.large_step */
    int turned;                         /* a tile's rows are channels of `to` */
    int begin[MOST_TAPS + 1];           /* of each tap's pairs */
    struct pair pair[];
};

struct run {
    const struct sums *k;
    gan_tensor to, from;
    float *together_to, *together_from;
    const float *weights;
};

/* Floats of a block of channels in one picture. */
static size_t floats_of(const gan_tensor *t)
{
    return (size_t)t->s.h * (size_t)t->s.w * (size_t)t->block;
}

/* A block of all pictures. */
static float *block_of(const gan_tensor *t, float *together, size_t block)
{
    return together ? together + block * (size_t)t->s.n * floats_of(t) : t->data + block * floats_of(t);
}

static void put_together(void *ctx, size_t block)
{
    const struct run *r = ctx;
    size_t floats = floats_of(&r->from);
    float *to = block_of(&r->from, r->together_from, block);
    for (size_t n = 0; n < (size_t)r->from.s.n; n++)
        memcpy(to + n * floats, r->from.data + n * r->from.stride_n + block * floats, floats * sizeof *to);
}

static void take_apart(const struct run *r, size_t block)
{
    size_t floats = floats_of(&r->to);
    const float *from = block_of(&r->to, r->together_to, block);
    for (size_t n = 0; r->together_to && n < (size_t)r->to.s.n; n++)
        memcpy(r->to.data + n * r->to.stride_n + block * floats, from + n * floats, floats * sizeof *from);
}

/* Functions of their own per side: panels and tiles stay in registers. `block` is one block of channels of `to`. */
#define DEFINE_BLOCK(SIDE, LOW, HIGH)                                                                                  \
    typedef float lanes##SIDE __attribute__((vector_size(SIDE * sizeof(float)), aligned(sizeof(float))));              \
                                                                                                                       \
    static inline __attribute__((always_inline)) void panel##SIDE(int pixels, const struct pair *p, float *to,         \
                                                                  const float *from, const float *tile)                \
    {                                                                                                                  \
        lanes##SIDE sum[PANEL];                                                                                        \
        const float *x[PANEL];                                                                                         \
        for (int i = 0; i < pixels; i++) {                                                                             \
            sum[i] = *(const lanes##SIDE *)(const void *)(to + p[i].to);                                               \
            x[i] = from + p[i].from;                                                                                   \
        }                                                                                                              \
        for (int r = 0; r < SIDE; r++) {                                                                               \
            lanes##SIDE row = *(const lanes##SIDE *)(const void *)(tile + r * SIDE);                                   \
            for (int i = 0; i < pixels; i++) sum[i] += x[i][r] * row;                                                  \
        }                                                                                                              \
        for (int i = 0; i < pixels; i++) *(lanes##SIDE *)(void *)(to + p[i].to) = sum[i];                              \
    }                                                                                                                  \
                                                                                                                       \
    static inline __attribute__((always_inline)) void tile##SIDE(const struct pair *p, const struct pair *end,         \
                                                                 float *to, const float *from, const float *tile)      \
    {                                                                                                                  \
        for (; end - p >= PANEL; p += PANEL) panel##SIDE(PANEL, p, to, from, tile);                                    \
        for (; end - p >= 8; p += 8) panel##SIDE(8, p, to, from, tile);                                                \
        for (; end - p >= 4; p += 4) panel##SIDE(4, p, to, from, tile);                                                \
        for (; end - p >= 1; p += 1) panel##SIDE(1, p, to, from, tile);                                                \
    }                                                                                                                  \
                                                                                                                       \
    /* Each round interleaves the first half of the rows with the second: a perfect shuffle of the row's number. */    \
    static inline __attribute__((always_inline)) const float *turn##SIDE(const float *tile, lanes##SIDE *turned)       \
    {                                                                                                                  \
        lanes##SIDE a[SIDE], b[SIDE];                                                                                  \
        for (int i = 0; i < SIDE; i++) a[i] = *(const lanes##SIDE *)(const void *)(tile + i * SIDE);                   \
        for (int round = 1; round < SIDE; round *= 2) {                                                                \
            for (int i = 0; i < SIDE / 2; i++) {                                                                       \
                b[2 * i] = __builtin_shufflevector(a[i], a[i + SIDE / 2], LOW);                                        \
                b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + SIDE / 2], HIGH);                                   \
            }                                                                                                          \
            for (int i = 0; i < SIDE; i++) a[i] = b[i];                                                                \
        }                                                                                                              \
        for (int i = 0; i < SIDE; i++) turned[i] = a[i];                                                               \
        return (const float *)turned;                                                                                  \
    }                                                                                                                  \
                                                                                                                       \
    GAN_SIMD static void block##SIDE(void *ctx, size_t block)                                                          \
    {                                                                                                                  \
        const struct run *r = ctx;                                                                                     \
        const struct sums *k = r->k;                                                                                   \
        size_t blocks = (size_t)r->from.s.c / SIDE, side = (size_t)k->at.k;                                            \
        size_t floats = (size_t)r->to.s.n * floats_of(&r->to);                                                         \
        float *to = block_of(&r->to, r->together_to, block);                                                           \
        lanes##SIDE turned[SIDE];                                                                                      \
        memset(to, 0, floats * sizeof(float));                                                                         \
        for (size_t b = 0; b < blocks; b++) {                                                                          \
            const float *from = block_of(&r->from, r->together_from, b);                                               \
            for (size_t t = 0; t < side * side; t++) {                                                                 \
                const struct pair *p = k->pair + k->begin[t], *end = k->pair + k->begin[t + 1];                        \
                const float *tile = r->weights + block * k->to_step + b * k->from_step + t / side * k->at.y_step +     \
                                    t % side * k->at.x_step;                                                           \
                if (p == end) continue;                                                                                \
                if (k->turned) tile = turn##SIDE(tile, turned);                                                        \
                tile##SIDE(p, end, to, from, tile);                                                                    \
            }                                                                                                          \
        }                                                                                                              \
        take_apart(r, block);                                                                                          \
    }
#define LOW8 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH8 4, 12, 5, 13, 6, 14, 7, 15
#define LOW16 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
DEFINE_BLOCK(8, LOW8, HIGH8)
DEFINE_BLOCK(16, LOW16, HIGH16)

static int run_sums(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct sums *k = op->state;
    struct run r = { .k = k,
                     .to = gan_plan_tensor(p, k->to),
                     .from = gan_plan_tensor(p, k->from),
                     .together_to = gan_plan_data(p, k->together_to),
                     .together_from = gan_plan_data(p, k->together_from),
                     .weights = gan_plan_data(p, k->weights) };
    if (r.together_from) gan_parallel_each((size_t)(r.from.s.c / k->at.side), put_together, &r);
    gan_parallel_each((size_t)(r.to.s.c / k->at.side), k->at.side == 16 ? block16 : block8, &r);
    return 0;
}

static int32_t offset(const gan_tensor *t, int n, int y, int x)
{
    return ((n * t->s.h + y) * t->s.w + x) * t->block;
}

/* Appends the pairs of one tap. */
static void add_pairs(struct sums *k, const gan_tensor *small, const gan_tensor *large, int ky, int kx)
{
    const gan_small *s = &k->at;
    int tap = ky * s->k + kx, y0, x0, h = gan_small_connected(s, ky, small->s.h, large->s.h, &y0),
        w = gan_small_connected(s, kx, small->s.w, large->s.w, &x0);
    struct pair *p = k->pair + k->begin[tap];
    for (int n = 0; n < small->s.n; n++)
        for (int y = y0; y < y0 + h; y++)
            for (int x = x0; x < x0 + w; x++) {
                int32_t a = offset(small, n, y, x),
                        b = offset(large, n, y * s->stride + ky - s->pad, x * s->stride + kx - s->pad);
                *p++ = k->to == s->small ? (struct pair){ a, b } : (struct pair){ b, a };
            }
    k->begin[tap + 1] = (int)(p - k->pair);
}

/* Where a tensor's pictures go together, if there are more than one. */
static int place(gan_emit *e, gan_buf tensor, gan_buf *together)
{
    const gan_shape *s = &e->p->buf[tensor].shape;
    size_t floats = (size_t)s->n * (size_t)s->c * (size_t)s->h * (size_t)s->w;
    *together = s->n > 1 ? gan_build_scratch(e->p, floats * sizeof(float)) : GAN_NONE;
    return s->n > 1 && *together == GAN_NONE ? -1 : 0;
}

/* The operation's state; owned. *bytes: its size. */
static struct sums *state(const gan_emit *e, const gan_small *s, int to_small, gan_buf weights, size_t *bytes)
{
    gan_tensor small = gan_plan_tensor(e->p, s->small), large = gan_plan_tensor(e->p, s->large);
    size_t taps = (size_t)s->k * (size_t)s->k, pixels = (size_t)small.s.n * (size_t)small.s.h * (size_t)small.s.w;
    *bytes = sizeof(struct sums) + taps * pixels * sizeof(struct pair);
    struct sums *k = gan_mem_alloc(1, *bytes);
    if (!k) return NULL;
    k->at = *s;
    k->to = to_small ? s->small : s->large;
    k->from = to_small ? s->large : s->small;
    k->weights = weights;
    k->to_step = to_small ? s->small_step : s->large_step;
    k->from_step = to_small ? s->large_step : s->small_step;
    k->turned = to_small == s->rows_are_small;
    for (int ky = 0; ky < s->k; ky++)
        for (int kx = 0; kx < s->k; kx++) add_pairs(k, &small, &large, ky, kx);
    return k;
}

int gan_small_sums(gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf dst, int param, int forward)
{
    gan_md *md = gan_small_layout(e, param, e->p->buf[src].block);
    gan_buf weights = md ? gan_build_values(e->p, param, md) : GAN_NONE;
    struct sums *k = NULL;
    gan_op *op = NULL;
    gan_small s;
    size_t bytes;
    if (weights == GAN_NONE || gan_small_init(&s, d, src, dst, md)) goto done;
    k = state(e, &s, forward != d->transposed, weights, &bytes);
    if (!k || place(e, k->to, &k->together_to) || place(e, k->from, &k->together_from)) goto done;
    gan_buf arg[] = { k->to, k->from, weights, k->together_to, k->together_from };
    op = gan_kernel_op(e, forward ? "fwd" : "bwd_data", 5, arg, k, bytes, run_sums);
    if (op) gan_kernel_describe(op, d, gan_build_md(e, src), md, gan_build_md(e, dst));
done:
    gan_mem_free(k);
    gan_md_free(md);
    return op ? 0 : -1;
}
