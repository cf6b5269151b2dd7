/* Forward and backward-data of small pictures: one tensor's pixels are sums over taps and channels of the other's.
 *
 * A tile times the pixels that its tap connects is a matrix product: panels of two blocks of channels in up to 12 pixels
 * stay in registers while the tile's rows pass by, one per channel of the tensor that is read. Where a tile's rows are the
 * channels that are written, it is transposed first, on its way from memory through the first cache. Taps that connect
 * nothing are not read: at 1x1, 12 of 16.
 *
 * Pictures of a batch lie powers of two apart, where few of them fit a cache's sets: with more than one, blocks of channels
 * are put together first, pixel behind pixel, and the sums are taken apart when they are done. */
#include <string.h>

#include "base/simd.h"
#include "core/dnn/kernel.h"
#include "core/dnn/small.h"
#include "gan/mem.h"
#include "gan/parallel.h"

/* Most pixels of the small tensor, all pictures. Where these kernels suit, a block of channels stays in the first cache;
 * with more, oneDNN's are faster. */
enum { FITTING = 1024, SUITABLE = 256 };

enum {
    BLOCKS = 2, /* of a panel: with 6 pixels, sums, rows and a factor fit 16 registers, with 12 pixels 32 */
    MOST_TAPS = GAN_SMALL_SIDE * GAN_SMALL_SIDE
};

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

/* Floats between two blocks, of all pictures. */
static size_t stride_of(const gan_tensor *t, const float *together)
{
    return (together ? (size_t)t->s.n : 1) * floats_of(t);
}

static float *block_of(const gan_tensor *t, float *together, size_t block)
{
    return (together ? together : t->data) + block * stride_of(t, together);
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

#define LOAD(SIDE, at) (*(const lanes##SIDE *)(const void *)(at))

/* Functions of their own per side: sums and tiles stay in registers. A panel is `blocks` blocks of channels of `to` in so
 * many pixels; their tiles lie `step` floats apart, the blocks themselves `floats`. */
#define DEFINE_BLOCKS(SIDE, PIXELS, LOW, HIGH)                                                                         \
    typedef float lanes##SIDE __attribute__((vector_size(SIDE * sizeof(float)), aligned(sizeof(float))));              \
                                                                                                                       \
    static inline __attribute__((always_inline)) void panel##SIDE(int blocks, int pixels, const struct pair *p,        \
                                                                  float *to, size_t floats, const float *from,         \
                                                                  const float *tile, size_t step)                      \
    {                                                                                                                  \
        lanes##SIDE sum[BLOCKS][PIXELS], row[BLOCKS];                                                                  \
        const float *x[PIXELS];                                                                                        \
        for (int i = 0; i < pixels; i++) {                                                                             \
            x[i] = from + p[i].from;                                                                                   \
            for (int b = 0; b < blocks; b++) sum[b][i] = LOAD(SIDE, to + (size_t)b * floats + p[i].to);                \
        }                                                                                                              \
        for (int r = 0; r < SIDE; r++, tile += SIDE) {                                                                 \
            for (int b = 0; b < blocks; b++) row[b] = LOAD(SIDE, tile + (size_t)b * step);                             \
            for (int i = 0; i < pixels; i++) {                                                                         \
                float factor = x[i][r];                                                                                \
                for (int b = 0; b < blocks; b++) sum[b][i] += factor * row[b];                                         \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 0; i < pixels; i++)                                                                               \
            for (int b = 0; b < blocks; b++) *(lanes##SIDE *)(void *)(to + (size_t)b * floats + p[i].to) = sum[b][i];  \
    }                                                                                                                  \
                                                                                                                       \
    static inline __attribute__((always_inline)) void tiles##SIDE(int blocks, const struct pair *p,                    \
                                                                  const struct pair *end, float *to, size_t floats,    \
                                                                  const float *from, const float *tile, size_t step)   \
    {                                                                                                                  \
        for (; end - p >= PIXELS; p += PIXELS) panel##SIDE(blocks, PIXELS, p, to, floats, from, tile, step);           \
        for (; end - p >= PIXELS / 3; p += PIXELS / 3)                                                                 \
            panel##SIDE(blocks, PIXELS / 3, p, to, floats, from, tile, step);                                          \
        for (; end - p >= 1; p += 1) panel##SIDE(blocks, 1, p, to, floats, from, tile, step);                          \
    }                                                                                                                  \
                                                                                                                       \
    /* Each round interleaves the first half of the rows with the second: a perfect shuffle of the row's number. */    \
    static inline __attribute__((always_inline)) void turn##SIDE(const float *tile, float *turned)                     \
    {                                                                                                                  \
        lanes##SIDE a[SIDE], b[SIDE];                                                                                  \
        for (int i = 0; i < SIDE; i++) a[i] = LOAD(SIDE, tile + i * SIDE);                                             \
        for (int round = 1; round < SIDE; round *= 2) {                                                                \
            for (int i = 0; i < SIDE / 2; i++) {                                                                       \
                b[2 * i] = __builtin_shufflevector(a[i], a[i + SIDE / 2], LOW);                                        \
                b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + SIDE / 2], HIGH);                                   \
            }                                                                                                          \
            for (int i = 0; i < SIDE; i++) a[i] = b[i];                                                                \
        }                                                                                                              \
        for (int i = 0; i < SIDE; i++) *(lanes##SIDE *)(void *)(turned + i * SIDE) = a[i];                             \
    }                                                                                                                  \
                                                                                                                       \
    static inline __attribute__((always_inline)) void sum##SIDE(const struct run *r, int blocks, size_t first)         \
    {                                                                                                                  \
        const struct sums *k = r->k;                                                                                   \
        size_t side = (size_t)k->at.k, floats = stride_of(&r->to, r->together_to), all = (size_t)blocks * floats;      \
        float *to = block_of(&r->to, r->together_to, first);                                                           \
        _Alignas(64) float turned[BLOCKS * SIDE * SIDE];                                                               \
        memset(to, 0, all * sizeof *to);                                                                               \
        for (size_t b = 0; b < (size_t)r->from.s.c / SIDE; b++) {                                                      \
            const float *from = block_of(&r->from, r->together_from, b);                                               \
            const float *tap = r->weights + first * k->to_step + b * k->from_step;                                     \
            for (size_t t = 0; t < side * side; t++) {                                                                 \
                const struct pair *p = k->pair + k->begin[t], *end = k->pair + k->begin[t + 1];                        \
                const float *tile = tap + t / side * k->at.y_step + t % side * k->at.x_step;                           \
                if (p == end) continue;                                                                                \
                for (int i = 0; i < blocks && k->turned; i++)                                                          \
                    turn##SIDE(tile + (size_t)i * k->to_step, turned + i * SIDE * SIDE);                               \
                if (k->turned)                                                                                         \
                    tiles##SIDE(blocks, p, end, to, floats, from, turned, SIDE *SIDE);                                 \
                else                                                                                                   \
                    tiles##SIDE(blocks, p, end, to, floats, from, tile, k->to_step);                                   \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 0; i < blocks; i++) take_apart(r, first + (size_t)i);                                             \
    }                                                                                                                  \
                                                                                                                       \
    GAN_SIMD static void unit##SIDE(void *ctx, size_t i)                                                               \
    {                                                                                                                  \
        const struct run *r = ctx;                                                                                     \
        if ((i + 1) * BLOCKS * SIDE <= (size_t)r->to.s.c)                                                              \
            sum##SIDE(r, BLOCKS, i *BLOCKS);                                                                           \
        else                                                                                                           \
            sum##SIDE(r, 1, i *BLOCKS);                                                                                \
    }
#define LOW8 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH8 4, 12, 5, 13, 6, 14, 7, 15
#define LOW16 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
DEFINE_BLOCKS(8, 6, LOW8, HIGH8)
DEFINE_BLOCKS(16, 12, LOW16, HIGH16)

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
    size_t blocks = (size_t)(r.to.s.c / k->at.side);
    gan_parallel_each((blocks + BLOCKS - 1) / BLOCKS, k->at.side == 16 ? unit16 : unit8, &r);
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
    gan_shape s = e->p->buf[tensor].shape;
    size_t floats = (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
    *together = GAN_NONE;
    if (s.n == 1) return 0;
    *together = gan_build_scratch(e->p, floats * sizeof(float));
    return *together == GAN_NONE ? -1 : 0;
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

/* What bounds the kernel, stride and pixels also bounds the pairs and the offsets in them. */
int gan_small_sums_fits(gan_conv_site *s)
{
    const gan_conv_desc *d = &s->d;
    int side = s->e->p->buf[s->src].block;
    return (side == 8 || side == 16) && s->e->p->buf[s->dst].block == side && d->dilation == 1 &&
           d->k <= GAN_SMALL_SIDE && d->stride <= d->k && gan_small_is(s, FITTING);
}

int gan_small_sums_suits(gan_conv_site *s)
{
    return GAN_SIMD_LEVELS && s->e->p->o.math == GAN_MATH_F32 && gan_small_is(s, SUITABLE) && gan_small_sums_fits(s);
}

int gan_small_sums(gan_conv_site *s)
{
    gan_emit *e = s->e;
    int forward = s->kind == GAN_CONV_FWD;
    gan_md *md = gan_small_layout(s);
    gan_buf weights = md ? gan_build_values(e->p, s->nd->param[0], md) : GAN_NONE;
    struct sums *k = NULL;
    gan_op *op = NULL;
    gan_small at;
    size_t bytes;
    if (weights == GAN_NONE || gan_small_init(&at, s, md)) goto done;
    k = state(e, &at, forward != s->d.transposed, weights, &bytes);
    if (!k || place(e, k->to, &k->together_to) || place(e, k->from, &k->together_from)) goto done;
    gan_buf arg[] = { k->to, k->from, weights, k->together_to, k->together_from };
    op = gan_kernel_op(e, forward ? "fwd" : "bwd_data", 5, arg, k, bytes, run_sums);
    if (op) gan_kernel_describe(op, &s->d, gan_build_md(e, s->src), md, gan_build_md(e, s->dst));
done:
    gan_mem_free(k);
    gan_md_free(md);
    return op ? 0 : -1;
}
