/* Gradient of a convolution's weights where pictures are small: oneDNN's kernels run along rows, and here rows are a few
 * pixels long.
 *
 * Weights lie in tiles of channels x channels, one per tap of the kernel. A tile is the sum, over all pictures and pixels
 * that the tap connects, of the outer product of a block of src's channels with a block of diff_dst's: it is summed in
 * registers, in the order of the pixels, and written once; or, where someone takes gradients in pieces (gan_grad_piece), handed
 * over with the other taps of its channels and not written at all. */
#include "base/simd.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/params.h"
#include "gan/parallel.h"

enum { MOST_PIXELS = 512 /* of the smaller tensor, all pictures: a block of channels stays in the first cache */ };

struct outer {
    gan_buf small, large, grad; /* the tensors where the kernel is applied, and where it reaches */
    int k, stride, pad;
    int rows_are_small;            /* which of the two a tile's rows (its outer inner dimension) belong to */
    int side;                      /* of tiles, and channels of the tensors' blocks */
    size_t small_step, large_step; /* floats between tiles that neighbour in the channels of the two */
    size_t y_step, x_step;         /* between taps */
    int param, pieces;             /* pieces: grad is GAN_NONE */
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

/* Pixels 0 .. count-1 of the small tensor along one axis that tap t connects with one of the large tensor's `size`. */
static int connected(const struct outer *k, int t, int count, int size, int *first)
{
    int low = k->pad - t, high = size - 1 + k->pad - t; /* of pixel * stride */
    int begin = low > 0 ? (low + k->stride - 1) / k->stride : 0, end = high < 0 ? 0 : high / k->stride + 1;
    *first = begin;
    if (end > count) end = count;
    return end > begin ? end - begin : 0;
}

static struct operand operand(const gan_tensor *t, int block, int y, int x, int stride)
{
    size_t b = (size_t)t->block, w = (size_t)t->s.w, plane = (size_t)t->s.h * w;
    const float *data = t->data + (size_t)block * plane * b + ((size_t)y * w + (size_t)x) * b;
    return (struct operand){ data, t->stride_n, (size_t)stride * w * b, (size_t)stride * b };
}

static void tap(const struct run *r, int small, int large, int ky, int kx, float *tile)
{
    const struct outer *k = r->k;
    int y, x, h = connected(k, ky, r->small.s.h, r->large.s.h, &y),
              w = connected(k, kx, r->small.s.w, r->large.s.w, &x);
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
    const struct outer *k = r->k;
    int blocks = r->large.s.c / k->side, small = (int)i / blocks, large = (int)i % blocks;
    size_t begin = (size_t)small * k->small_step + (size_t)large * k->large_step;
    _Alignas(64) float piece[GAN_PACK_GRAIN];
    float *to = k->pieces ? piece : r->grad + begin;
    for (int ky = 0; ky < k->k; ky++)
        for (int kx = 0; kx < k->k; kx++)
            tap(r, small, large, ky, kx, to + (size_t)ky * k->y_step + (size_t)kx * k->x_step);
    if (k->pieces && !r->p->alone) r->p->o.piece(r->p->o.ctx, k->param, begin, begin + (size_t)k->k * k->y_step, piece);
}

static int run_outer(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct outer *k = op->state;
    struct run r = { k, p, gan_plan_tensor(p, k->small), gan_plan_tensor(p, k->large), gan_plan_data(p, k->grad) };
    gan_parallel_each((size_t)(r.small.s.c / k->side) * (size_t)(r.large.s.c / k->side), column, &r);
    if (k->pieces && !p->alone) p->o.ready(p->o.ctx, k->param, NULL);
    return 0;
}

int gan_kernel_outer_fits(const gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf diff_dst)
{
    int side = e->p->buf[src].block;
    return (side == 8 || side == 16) && e->p->buf[diff_dst].block == side && d->dilation == 1;
}

int gan_kernel_outer_suits(const gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf diff_dst)
{
    const gan_shape *small = d->transposed ? &d->src : &d->dst;
    return gan_kernel_outer_fits(e, d, src, diff_dst) && 2 * small->w <= e->p->buf[src].block &&
           (int64_t)small->n * small->h * small->w <= MOST_PIXELS;
}

int gan_kernel_outer_writes(const gan_emit *e, gan_buf src, const gan_md *grad)
{
    return gan_layout_tiled(grad) == e->p->buf[src].block;
}

int gan_kernel_in_pieces(const gan_emit *e, int param, const gan_md *md)
{
    const gan_plan *p = e->p;
    gan_blocking b;
    int64_t side = gan_layout_tiled(md);
    if (!p->o.piece || !p->o.ready || p->o.flags & GAN_GRAD_ADD || gan_params_has(p->w, GAN_GRADS)) return 0;
    if (!side || gan_md_blocking(md, &b) || !gan_md_equal(md, gan_params_md(p->w, param))) return 0;
    return b.strides[3] == side * side && b.strides[2] == b.dims[3] * b.strides[3] &&
           b.dims[2] * b.strides[2] <= GAN_PACK_GRAIN;
}

int gan_kernel_outer(gan_emit *e, const gan_conv_desc *d, gan_buf src, gan_buf diff_dst, int param, const gan_md *md)
{
    gan_blocking b;
    if (gan_md_blocking(md, &b) || gan_params_fix(e->p->w, param, md)) return -1;
    int small = d->transposed; /* the dimension of the weights: 0 is dst's channels, 1 src's */
    struct outer k = { .small = d->transposed ? src : diff_dst,
                       .large = d->transposed ? diff_dst : src,
                       .grad = GAN_NONE,
                       .k = d->k,
                       .stride = d->stride,
                       .pad = d->pad,
                       .rows_are_small = b.inner_dim[0] == small,
                       .side = (int)b.inner_size[0],
                       .small_step = (size_t)b.strides[small],
                       .large_step = (size_t)b.strides[!small],
                       .y_step = (size_t)b.strides[2],
                       .x_step = (size_t)b.strides[3],
                       .param = param };
    k.pieces = gan_kernel_in_pieces(e, param, md);
    if (!k.pieces && (k.grad = gan_build_grad(e, param, md)) == GAN_NONE) return -1;
    gan_op *op = gan_kernel_op(e, k.pieces ? "bwd_weights, update" : "bwd_weights", 3,
                               (gan_buf[]){ src, diff_dst, k.grad }, &k, sizeof k, run_outer);
    if (op) gan_kernel_describe(op, d, gan_build_md(e, src), md, gan_build_md(e, diff_dst));
    return op ? 0 : -1;
}
