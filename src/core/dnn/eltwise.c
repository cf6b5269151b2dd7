/* Kernels that go element by element. The layout does not matter to them as long as all tensors have the same; a view
 * is one contiguous run per picture. */
#include <math.h>
#include <string.h>

#include "base/simd.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/dnn/vmath.h"
#include "gan/mem.h"
#include "gan/parallel.h"

gan_op *gan_kernel_op(gan_emit *e, const char *what, int narg, const gan_buf *arg, const void *state, size_t bytes,
                      int (*run)(const gan_op *, gan_plan *, gan_step_key))
{
    void *copy = gan_mem_alloc(1, bytes);
    if (!copy) return NULL;
    memcpy(copy, state, bytes);
    gan_op *op = gan_build_op(e, what, narg, arg, copy);
    if (op) op->run = run;
    return op;
}

enum { MAX_OPERANDS = 3, GRAIN = 2048 };

typedef void stretch_fn(const void *opt, float *dst, const float *a, const float *b, size_t n);

struct eltwise { /* dst[i] = f(a[i], b[i]) over tensors of one shape; a and b may be absent */
    gan_buf buf[MAX_OPERANDS];
    stretch_fn *f;
    gan_act act;
};

struct run {
    const struct eltwise *k;
    gan_tensor t[MAX_OPERANDS];
    size_t each; /* floats of one picture */
};

static float *at(const gan_tensor *t, size_t n, size_t offset)
{
    return t->data ? t->data + n * t->stride_n + offset : NULL;
}

static void run_range(void *ctx, size_t begin, size_t end)
{
    struct run *r = ctx;
    while (begin < end) {
        size_t n = begin / r->each, offset = begin % r->each, count = r->each - offset;
        if (count > end - begin) count = end - begin;
        r->k->f(&r->k->act, at(&r->t[0], n, offset), at(&r->t[1], n, offset), at(&r->t[2], n, offset), count);
        begin += count;
    }
}

static int run_eltwise(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    struct run r = { .k = op->state };
    for (int i = 0; i < MAX_OPERANDS; i++)
        if (r.k->buf[i] != GAN_NONE) r.t[i] = gan_plan_tensor(p, r.k->buf[i]);
    gan_shape s = r.t[0].s;
    r.each = (size_t)s.c * (size_t)s.h * (size_t)s.w;
    gan_parallel_range(r.each * (size_t)s.n, GRAIN, run_range, &r);
    return 0;
}

static int emit(gan_emit *e, const char *what, stretch_fn *f, gan_act act, gan_buf dst, gan_buf a, gan_buf b)
{
    struct eltwise k = { { dst, a, b }, f, act };
    if (dst == GAN_NONE || a == GAN_NONE) return -1;
    return gan_kernel_op(e, what, MAX_OPERANDS, k.buf, &k, sizeof k, run_eltwise) ? 0 : -1;
}

/* Activations; backward from dst, which for all of these determines the derivative. */

GAN_SIMD static void lrelu(const void *opt, float *restrict y, const float *restrict x, const float *b, size_t n)
{
    (void)b;
    float slope = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

GAN_SIMD static void tanh_fwd(const void *opt, float *restrict y, const float *restrict x, const float *b, size_t n)
{
    (void)opt, (void)b;
    for (size_t i = 0; i < n; i++) y[i] = gan_vtanh(x[i]);
}

GAN_SIMD static void sigmoid(const void *opt, float *restrict y, const float *restrict x, const float *b, size_t n)
{
    (void)opt, (void)b;
    for (size_t i = 0; i < n; i++) y[i] = 1.0f / (1.0f + gan_vexp(-x[i]));
}

GAN_SIMD static void lrelu_bwd(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    float slope = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) dx[i] = y[i] > 0 ? dy[i] : slope * dy[i];
}

GAN_SIMD static void lrelu_bwd_add(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    float slope = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) dx[i] += y[i] > 0 ? dy[i] : slope * dy[i];
}

GAN_SIMD static void tanh_bwd(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    (void)opt;
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * (1.0f - y[i] * y[i]);
}

GAN_SIMD static void tanh_bwd_add(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    (void)opt;
    for (size_t i = 0; i < n; i++) dx[i] += dy[i] * (1.0f - y[i] * y[i]);
}

GAN_SIMD static void sigmoid_bwd(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    (void)opt;
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * y[i] * (1.0f - y[i]);
}

GAN_SIMD static void sigmoid_bwd_add(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    (void)opt;
    for (size_t i = 0; i < n; i++) dx[i] += dy[i] * y[i] * (1.0f - y[i]);
}

/* Not vectorised: powers belong to colour conversion, at the ends of a network. */
static void power(const void *opt, float *restrict y, const float *restrict x, const float *b, size_t n)
{
    (void)b;
    float exponent = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) y[i] = powf(x[i], exponent);
}

static void power_bwd(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    float exponent = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * exponent * powf(y[i], 1 - 1 / exponent);
}

static void power_bwd_add(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    float exponent = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) dx[i] += dy[i] * exponent * powf(y[i], 1 - 1 / exponent);
}

GAN_SIMD static void scale(const void *opt, float *restrict y, const float *restrict x, const float *b, size_t n)
{
    (void)b;
    float factor = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) y[i] = factor * x[i];
}

GAN_SIMD static void scale_bwd(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    (void)y;
    float factor = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) dx[i] = factor * dy[i];
}

GAN_SIMD static void scale_bwd_add(const void *opt, float *dx, const float *y, const float *dy, size_t n)
{
    (void)y;
    float factor = ((const gan_act *)opt)->slope;
    for (size_t i = 0; i < n; i++) dx[i] += factor * dy[i];
}

static void copy(const void *opt, float *y, const float *x, const float *b, size_t n)
{
    (void)opt, (void)b;
    memcpy(y, x, n * sizeof *y);
}

GAN_SIMD static void add_to(const void *opt, float *y, const float *x, const float *b, size_t n)
{
    (void)opt, (void)b;
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

GAN_SIMD static void sum(const void *opt, float *restrict y, const float *restrict a, const float *restrict b, size_t n)
{
    (void)opt;
    for (size_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

static const struct {
    stretch_fn *forward, *backward, *backward_add;
} activations[] = {
    [GAN_LINEAR] = { copy, copy, add_to },
    [GAN_LRELU] = { lrelu, lrelu_bwd, lrelu_bwd_add },
    [GAN_TANH] = { tanh_fwd, tanh_bwd, tanh_bwd_add },
    [GAN_SIGMOID] = { sigmoid, sigmoid_bwd, sigmoid_bwd_add },
    [GAN_POWER] = { power, power_bwd, power_bwd_add },
    [GAN_SCALE] = { scale, scale_bwd, scale_bwd_add },
};

int gan_dnn_act(gan_emit *e, gan_act act, gan_buf src, gan_buf dst)
{
    return emit(e, "fwd", activations[act.kind].forward, act, dst, src, GAN_NONE);
}

int gan_dnn_act_backward(gan_emit *e, gan_act act, gan_buf dst, gan_buf diff_dst, gan_buf diff_src, int add)
{
    if (act.kind == GAN_LINEAR) return emit(e, "bwd", add ? add_to : copy, act, diff_src, diff_dst, GAN_NONE);
    stretch_fn *f = add ? activations[act.kind].backward_add : activations[act.kind].backward;
    return emit(e, "bwd", f, act, diff_src, dst, diff_dst);
}

int gan_dnn_accumulate(gan_emit *e, gan_buf from, gan_buf into)
{
    return emit(e, "add", add_to, (gan_act){ 0 }, into, from, GAN_NONE);
}

static gan_buf channels(gan_emit *e, gan_buf whole, gan_buf like, int c0)
{
    return gan_build_view(e->p, whole, e->p->buf[like].shape, c0);
}

/* The tensor b with the blocks of `like`. */
static gan_buf same_blocks(gan_emit *e, gan_buf b, gan_buf like)
{
    gan_plan *p = e->p;
    if (p->buf[b].block == p->buf[like].block) return b;
    gan_buf made = gan_build_tensor(p, p->buf[b].shape, p->buf[like].block);
    return made == GAN_NONE || gan_build_reorder(e, "reorder", b, made) ? GAN_NONE : made;
}

int gan_dnn_sum(gan_emit *e, gan_buf a, gan_buf b, gan_buf dst)
{
    gan_buf from_a = same_blocks(e, a, dst), from_b = same_blocks(e, b, dst);
    if (from_a == GAN_NONE || from_b == GAN_NONE) return -1;
    return emit(e, "fwd", sum, (gan_act){ 0 }, dst, from_a, from_b);
}

int gan_dnn_copy(gan_emit *e, gan_buf src, int c0, gan_buf dst)
{
    gan_buf from = same_blocks(e, src, dst), part = channels(e, dst, src, c0);
    if (from == GAN_NONE || part == GAN_NONE) return -1;
    return emit(e, "copy", copy, (gan_act){ 0 }, part, from, GAN_NONE);
}

int gan_dnn_slice(gan_emit *e, gan_buf src, int c0, gan_buf dst, int add)
{
    gan_plan *p = e->p;
    gan_buf part = channels(e, src, dst, c0);
    if (part == GAN_NONE) return -1;
    if (p->buf[src].block == p->buf[dst].block)
        return emit(e, "slice", add ? add_to : copy, (gan_act){ 0 }, dst, part, GAN_NONE);
    gan_buf dense = gan_build_tensor(p, p->buf[dst].shape, p->buf[src].block);
    gan_buf laid = dense == GAN_NONE ? GAN_NONE : gan_build_tensor(p, p->buf[dst].shape, p->buf[dst].block);
    if (laid == GAN_NONE || emit(e, "slice", copy, (gan_act){ 0 }, dense, part, GAN_NONE)) return -1;
    if (gan_build_reorder(e, "reorder", dense, laid)) return -1;
    return emit(e, "slice", add ? add_to : copy, (gan_act){ 0 }, dst, laid, GAN_NONE);
}

/* Gradients of parameters, in whatever layout: one run of floats. */

struct accumulate {
    gan_buf from, into;
};

struct sums {
    const float *from;
    float *into;
};

static void accumulate_range(void *ctx, size_t begin, size_t end)
{
    struct sums *s = ctx;
    add_to(NULL, s->into + begin, s->from + begin, NULL, end - begin);
}

static int run_accumulate(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)key;
    const struct accumulate *k = op->state;
    struct sums s = { gan_plan_data(p, k->from), gan_plan_data(p, k->into) };
    gan_parallel_range(p->buf[k->into].bytes / sizeof(float), GRAIN, accumulate_range, &s);
    return 0;
}

int gan_dnn_accumulate_param(gan_emit *e, gan_buf from, gan_buf into)
{
    struct accumulate k = { from, into };
    return gan_kernel_op(e, "add", 2, (gan_buf[]){ from, into }, &k, sizeof k, run_accumulate) ? 0 : -1;
}
