/* Kernels that move pixels: reflection padding, cropping and upsampling, blocked or plain. */
#include <string.h>

#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "gan/parallel.h"

struct spatial { /* big and small: the tensors on the two sides, whichever is read */
    gan_buf big, small;
    int amount; /* pad, or factor */
};

struct plane { /* one block of channels of one picture */
    float *big, *small;
    int bh, bw, sh, sw;
    size_t pixel; /* floats of a pixel */
    int amount;
};

typedef void plane_fn(const struct plane *p);

struct moving {
    gan_tensor big, small;
    int amount;
    plane_fn *f;
};

static void move_plane(void *ctx, size_t i)
{
    const struct moving *m = ctx;
    size_t pixel = (size_t)m->big.block, blocks = (size_t)m->big.s.c / pixel, n = i / blocks, b = i % blocks;
    size_t big = (size_t)m->big.s.h * (size_t)m->big.s.w, small = (size_t)m->small.s.h * (size_t)m->small.s.w;
    struct plane p = { m->big.data + n * m->big.stride_n + b * pixel * big,
                       m->small.data + n * m->small.stride_n + b * pixel * small,
                       m->big.s.h,
                       m->big.s.w,
                       m->small.s.h,
                       m->small.s.w,
                       pixel,
                       m->amount };
    m->f(&p);
}

static int run(const gan_op *op, gan_plan *p, plane_fn *f)
{
    const struct spatial *k = op->state;
    struct moving m = { gan_plan_tensor(p, k->big), gan_plan_tensor(p, k->small), k->amount, f };
    gan_parallel_each((size_t)m.big.s.n * (size_t)(m.big.s.c / m.big.block), move_plane, &m);
    return 0;
}

static int mirror(int at, int size)
{
    at = at < 0 ? -at : at;
    return at < size ? at : 2 * (size - 1) - at;
}

static float *small_pixel(const struct plane *p, int y, int x)
{
    return p->small + ((size_t)y * (size_t)p->sw + (size_t)x) * p->pixel;
}

static float *big_pixel(const struct plane *p, int y, int x)
{
    return p->big + ((size_t)y * (size_t)p->bw + (size_t)x) * p->pixel;
}

static void add_pixel(float *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] += from[i];
}

static void reflect(const struct plane *p)
{
    for (int y = 0; y < p->bh; y++)
        for (int x = 0; x < p->bw; x++)
            memcpy(big_pixel(p, y, x), small_pixel(p, mirror(y - p->amount, p->sh), mirror(x - p->amount, p->sw)),
                   p->pixel * sizeof(float));
}

static void reflect_back(const struct plane *p)
{
    memset(p->small, 0, (size_t)p->sh * (size_t)p->sw * p->pixel * sizeof(float));
    for (int y = 0; y < p->bh; y++)
        for (int x = 0; x < p->bw; x++)
            add_pixel(small_pixel(p, mirror(y - p->amount, p->sh), mirror(x - p->amount, p->sw)), big_pixel(p, y, x),
                      p->pixel);
}

static void crop(const struct plane *p)
{
    for (int y = 0; y < p->sh; y++)
        memcpy(small_pixel(p, y, 0), big_pixel(p, y, 0), (size_t)p->sw * p->pixel * sizeof(float));
}

static void crop_back(const struct plane *p)
{
    memset(p->big, 0, (size_t)p->bh * (size_t)p->bw * p->pixel * sizeof(float));
    for (int y = 0; y < p->sh; y++)
        memcpy(big_pixel(p, y, 0), small_pixel(p, y, 0), (size_t)p->sw * p->pixel * sizeof(float));
}

static void upsample(const struct plane *p)
{
    for (int y = 0; y < p->bh; y++)
        for (int x = 0; x < p->bw; x++)
            memcpy(big_pixel(p, y, x), small_pixel(p, y / p->amount, x / p->amount), p->pixel * sizeof(float));
}

static void upsample_back(const struct plane *p)
{
    memset(p->small, 0, (size_t)p->sh * (size_t)p->sw * p->pixel * sizeof(float));
    for (int y = 0; y < p->bh; y++)
        for (int x = 0; x < p->bw; x++)
            add_pixel(small_pixel(p, y / p->amount, x / p->amount), big_pixel(p, y, x), p->pixel);
}

/* Where row (or column) i of the big side lies among those of the small one: share of `low`, the rest is of `high`. */
struct between {
    int low, high;
    float share;
};

static struct between between(int i, int factor, int side)
{
    float at = ((float)i + 0.5f) / (float)factor - 0.5f;
    int low = at < 0 ? 0 : (int)at, last = side - 1;
    if (at <= 0 || low >= last) return (struct between){ low, low, 1 };
    return (struct between){ low, low + 1, 1 - (at - (float)low) };
}

static void bilinear(const struct plane *p)
{
    for (int y = 0; y < p->bh; y++)
        for (int x = 0; x < p->bw; x++) {
            struct between v = between(y, p->amount, p->sh), h = between(x, p->amount, p->sw);
            const float *a = small_pixel(p, v.low, h.low), *b = small_pixel(p, v.low, h.high);
            const float *c = small_pixel(p, v.high, h.low), *d = small_pixel(p, v.high, h.high);
            float *out = big_pixel(p, y, x);
            for (size_t i = 0; i < p->pixel; i++) {
                float upper = h.share * a[i] + (1 - h.share) * b[i], lower = h.share * c[i] + (1 - h.share) * d[i];
                out[i] = v.share * upper + (1 - v.share) * lower;
            }
        }
}

static void add_share(float *to, const float *from, float share, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] += share * from[i];
}

static void bilinear_back(const struct plane *p)
{
    memset(p->small, 0, (size_t)p->sh * (size_t)p->sw * p->pixel * sizeof(float));
    for (int y = 0; y < p->bh; y++)
        for (int x = 0; x < p->bw; x++) {
            struct between v = between(y, p->amount, p->sh), h = between(x, p->amount, p->sw);
            const float *in = big_pixel(p, y, x);
            add_share(small_pixel(p, v.low, h.low), in, v.share * h.share, p->pixel);
            add_share(small_pixel(p, v.low, h.high), in, v.share * (1 - h.share), p->pixel);
            add_share(small_pixel(p, v.high, h.low), in, (1 - v.share) * h.share, p->pixel);
            add_share(small_pixel(p, v.high, h.high), in, (1 - v.share) * (1 - h.share), p->pixel);
        }
}

static int run_reflect(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, reflect);
}

static int run_reflect_back(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, reflect_back);
}

static int run_crop(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, crop);
}

static int run_crop_back(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, crop_back);
}

static int run_upsample(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, upsample);
}

static int run_upsample_back(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, upsample_back);
}

static int run_bilinear(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, bilinear);
}

static int run_bilinear_back(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    return run(op, p, bilinear_back);
}

static int emit(gan_emit *e, const char *what, gan_buf big, gan_buf small, int amount,
                int (*f)(const gan_op *, gan_plan *, gan_step_key))
{
    struct spatial k = { big, small, amount };
    return gan_kernel_op(e, what, 2, (gan_buf[]){ big, small }, &k, sizeof k, f) ? 0 : -1;
}

int gan_dnn_reflect(gan_emit *e, int pad, gan_buf src, gan_buf dst)
{
    return emit(e, "fwd", dst, src, pad, run_reflect);
}

int gan_dnn_reflect_backward(gan_emit *e, int pad, gan_buf diff_dst, gan_buf diff_src)
{
    return emit(e, "bwd", diff_dst, diff_src, pad, run_reflect_back);
}

int gan_dnn_crop(gan_emit *e, gan_buf src, gan_buf dst)
{
    return emit(e, "fwd", src, dst, 0, run_crop);
}

int gan_dnn_crop_backward(gan_emit *e, gan_buf diff_dst, gan_buf diff_src)
{
    return emit(e, "bwd", diff_src, diff_dst, 0, run_crop_back);
}

int gan_dnn_upsample(gan_emit *e, int factor, gan_buf src, gan_buf dst)
{
    return emit(e, "fwd", dst, src, factor, run_upsample);
}

int gan_dnn_upsample_backward(gan_emit *e, int factor, gan_buf diff_dst, gan_buf diff_src)
{
    return emit(e, "bwd", diff_dst, diff_src, factor, run_upsample_back);
}

int gan_dnn_bilinear(gan_emit *e, int factor, gan_buf src, gan_buf dst)
{
    return emit(e, "fwd", dst, src, factor, run_bilinear);
}

int gan_dnn_bilinear_backward(gan_emit *e, int factor, gan_buf diff_dst, gan_buf diff_src)
{
    return emit(e, "bwd", diff_dst, diff_src, factor, run_bilinear_back);
}
