/* Gradient of the weights of small pictures.
 *
 * A tile is the sum, over all pictures and pixels that its tap connects, of the outer product of a block of src's channels
 * with a block of diff_dst's: it is summed in registers, in the order of the pixels, and written once; or, where someone
 * takes gradients in pieces (gan_grad_piece), handed over with the other taps of its channels and not written at all. */
#include "base/simd.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/dnn/small.h"
#include "core/params.h"
#include "gan/parallel.h"

enum { SUITABLE = 512 /* pixels of the small tensor, all pictures: a block of channels stays in the first cache */ };

struct outer {
    gan_small at;
    gan_buf grad; /* GAN_NONE: it goes in pieces */
    int param;
};

struct operand { /* one block of channels of a tensor */
    const float *data;
    size_t n, y, x; /* floats between pictures, rows, pixels */
};

struct extent {
    int n, h, w;
};

/* A function of its own per side: the sums stay in registers. */
#define DEFINE_TILE(SIDE)                                                                                              \
    typedef float lanes##SIDE __attribute__((vector_size(SIDE * sizeof(float)), aligned(sizeof(float))));              \
    GAN_SIMD static void tile##SIDE(float *tile, struct operand row, struct operand lane, struct extent e)             \
    {                                                                                                                  \
        lanes##SIDE sum[SIDE] = { { 0 } };                                                                             \
        for (int n = 0; n < e.n; n++)                                                                                  \
            for (int y = 0; y < e.h; y++) {                                                                            \
                const float *a = row.data + (size_t)n * row.n + (size_t)y * row.y;                                     \
                const float *b = lane.data + (size_t)n * lane.n + (size_t)y * lane.y;                                  \
                for (int x = 0; x < e.w; x++, a += row.x, b += lane.x) {                                               \
                    lanes##SIDE v = *(const lanes##SIDE *)(const void *)b;                                             \
                    for (int i = 0; i < SIDE; i++) sum[i] += a[i] * v;                                                 \
                }                                                                                                      \
            }                                                                                                          \
        for (int i = 0; i < SIDE; i++) *(lanes##SIDE *)(void *)(tile + i * SIDE) = sum[i];                             \
    }
DEFINE_TILE(8)
DEFINE_TILE(16)

struct run {
    const struct outer *k;
    const gan_plan *p;
    gan_tensor small, large;
    float *grad;
};

static struct operand operand(const gan_tensor *t, int block, int y, int x, int stride)
{
    size_t b = (size_t)t->block, w = (size_t)t->s.w, plane = (size_t)t->s.h * w;
    const float *data = t->data + (size_t)block * plane * b + ((size_t)y * w + (size_t)x) * b;
    return (struct operand){ data, t->stride_n, (size_t)stride * w * b, (size_t)stride * b };
}

static void tap(const struct run *r, int small, int large, int ky, int kx, float *tile)
{
    const gan_small *k = &r->k->at;
    int y, x, h = gan_small_connected(k, ky, r->small.s.h, r->large.s.h, &y),
              w = gan_small_connected(k, kx, r->small.s.w, r->large.s.w, &x);
    struct operand s = operand(&r->small, small, y, x, 1);
    struct operand l = operand(&r->large, large, y * k->stride + ky - k->pad, x * k->stride + kx - k->pad, k->stride);
    struct operand row = k->rows_are_small ? s : l, lane = k->rows_are_small ? l : s;
    struct extent e = { w ? r->small.s.n : 0, h, w };
    (k->side == 16 ? tile16 : tile8)(tile, row, lane, e);
}

/* All taps of two blocks of channels. */
static void column(void *ctx, size_t i)
{
    const struct run *r = ctx;
    const gan_small *k = &r->k->at;
    const gan_plan *p = r->p;
    int blocks = r->large.s.c / k->side, small = (int)i / blocks, large = (int)i % blocks;
    size_t begin = (size_t)small * k->small_step + (size_t)large * k->large_step;
    _Alignas(64) float piece[GAN_PACK_GRAIN];
    float *to = r->grad ? r->grad + begin : piece;
    for (int ky = 0; ky < k->k; ky++)
        for (int kx = 0; kx < k->k; kx++)
            tap(r, small, large, ky, kx, to + (size_t)ky * k->y_step + (size_t)kx * k->x_step);
    if (!r->grad && !p->alone) p->o.piece(p->o.ctx, r->k->param, begin, begin + (size_t)k->k * k->y_step, piece);
}

static int run_outer(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct outer *k = op->state;
    struct run r = { k, p, gan_plan_tensor(p, k->at.small), gan_plan_tensor(p, k->at.large),
                     gan_plan_data(p, k->grad) };
    gan_parallel_each((size_t)(r.small.s.c / k->at.side) * (size_t)(r.large.s.c / k->at.side), column, &r);
    if (!r.grad && !p->alone) p->o.ready(p->o.ctx, k->param, NULL);
    return 0;
}

static int emit_gradient(const gan_conv_site *s, const gan_md *md)
{
    gan_emit *e = s->e;
    struct outer k = { .grad = GAN_NONE, .param = s->nd->param[0] };
    if (gan_params_fix(e->p->w, k.param, md) || gan_small_init(&k.at, s, md)) return -1;
    int pieces = gan_kernel_in_pieces(e, k.param, md);
    if (!pieces && (k.grad = gan_build_grad(e, k.param, md)) == GAN_NONE) return -1;
    gan_op *op = gan_kernel_op(e, pieces ? "bwd_weights, update" : "bwd_weights", 3,
                               (gan_buf[]){ s->src, s->dst, k.grad }, &k, sizeof k, run_outer);
    if (op) gan_kernel_describe(op, &s->d, gan_build_md(e, s->src), md, gan_build_md(e, s->dst));
    return op ? 0 : -1;
}

/* Into the layout that is fixed, or that this kernel is the first to fix. */
int gan_small_gradient_fits(gan_conv_site *s)
{
    const gan_emit *e = s->e;
    const gan_md *fixed = gan_params_md(e->p->w, s->nd->param[0]);
    int side = e->p->buf[s->src].block;
    return (side == 8 || side == 16) && e->p->buf[s->dst].block == side && s->d.dilation == 1 &&
           (!fixed || gan_layout_tiled(fixed) == side);
}

int gan_small_gradient_suits(gan_conv_site *s)
{
    return gan_small_is(s, SUITABLE) && gan_small_gradient_fits(s);
}

int gan_small_gradient(gan_conv_site *s)
{
    gan_md *md = gan_small_layout(s);
    int failed = md ? emit_gradient(s, md) : -1;
    gan_md_free(md);
    return failed;
}
