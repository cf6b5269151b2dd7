/* oneDNN primitives as operations of a plan: convolution, deconvolution, reorder. */
#include <stdio.h>
#include <string.h>

#include "core/build.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/dnn/small.h"
#include "core/dnn/thin.h"
#include "core/params.h"
#include "gan/mem.h"

enum { MAX_MEMORY = 6 };

struct primitive { /* state of an operation: the primitive and its arguments, bound to the plan's buffers */
    dnnl_primitive_t primitive;
    int n;
    gan_buf buf[MAX_MEMORY];
    dnnl_exec_arg_t arg[MAX_MEMORY];
};

int gan_dnn_wide(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

const char *gan_dnn_version(void)
{
    static _Thread_local char text[32];
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

static void release(void *state)
{
    struct primitive *s = state;
    for (int i = 0; i < s->n; i++)
        if (s->arg[i].memory) dnnl_memory_destroy(s->arg[i].memory);
    if (s->primitive) dnnl_primitive_destroy(s->primitive);
}

static void bind(const gan_op *op, const gan_plan *p)
{
    struct primitive *s = op->state;
    for (int i = 0; i < s->n; i++) dnnl_memory_set_data_handle(s->arg[i].memory, gan_plan_data(p, s->buf[i]));
}

static int run(const gan_op *op, gan_plan *p, gan_step_key key)
{
    (void)p, (void)key;
    const struct primitive *s = op->state;
    dnnl_status_t st = dnnl_primitive_execute(s->primitive, gan_back_stream(), s->n, s->arg);
    return st == dnnl_success ? 0 : gan_back_error("running a primitive", st);
}

struct argument {
    int arg; /* DNNL_ARG_... */
    gan_buf buf;
    dnnl_query_t what; /* the primitive's own descriptor of it */
    int index;
};

static int add_memory(struct primitive *s, int arg, gan_buf b, const gan_md *md)
{
    dnnl_memory_t memory = md ? gan_back_memory(md) : NULL;
    if (!memory) return -1;
    s->buf[s->n] = b;
    s->arg[s->n++] = (dnnl_exec_arg_t){ arg, memory };
    return 0;
}

static int add_argument(struct primitive *s, const_dnnl_primitive_desc_t pd, struct argument a)
{
    gan_md *md = gan_back_query(pd, a.what, a.index);
    int result = add_memory(s, a.arg, a.buf, md);
    gan_md_free(md);
    return result;
}

static int add_scratch(gan_emit *e, struct primitive *s, const_dnnl_primitive_desc_t pd)
{
    gan_md *md = gan_back_query(pd, dnnl_query_scratchpad_md, 0);
    size_t bytes = md ? gan_md_bytes(md) : 0;
    gan_buf b = md ? gan_build_scratch(e->p, bytes) : GAN_NONE;
    int result = b == GAN_NONE ? -1 : add_memory(s, DNNL_ARG_SCRATCHPAD, b, md);
    gan_md_free(md);
    return result;
}

/* Appends an operation that runs pd on the arguments. */
static gan_op *append(gan_emit *e, const char *what, const_dnnl_primitive_desc_t pd, int n, const struct argument *a)
{
    struct primitive *s = gan_mem_alloc(1, sizeof *s);
    if (!s) return NULL;
    dnnl_status_t st = dnnl_primitive_create(&s->primitive, pd);
    int bad = st == dnnl_success ? add_scratch(e, s, pd) : gan_back_error(what, st);
    for (int i = 0; i < n && !bad; i++)
        if (a[i].buf != GAN_NONE) bad = add_argument(s, pd, a[i]);
    gan_op *op = NULL;
    if (bad) {
        release(s);
        gan_mem_free(s);
        return NULL;
    }
    struct primitive copy = *s;
    op = gan_build_op(e, what, s->n, s->buf, s);
    if (!op) {
        release(&copy);
        return NULL;
    }
    op->run = run;
    op->bind = bind;
    op->release = release;
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &op->kernel);
    return op;
}

int gan_build_reorder(gan_emit *e, const char *what, gan_buf src, gan_buf dst)
{
    dnnl_primitive_desc_t pd = gan_back_reorder(gan_build_md(e, src), gan_build_md(e, dst));
    if (!pd) return -1;
    struct argument a[] = { { DNNL_ARG_FROM, src, dnnl_query_src_md, 0 }, { DNNL_ARG_TO, dst, dnnl_query_dst_md, 0 } };
    gan_op *op = append(e, what, pd, 2, a);
    if (op) {
        gan_layout_text(gan_build_md(e, src), op->layouts, 32);
        size_t used = strlen(op->layouts);
        snprintf(op->layouts + used, 8, " -> ");
        gan_layout_text(gan_build_md(e, dst), op->layouts + used + 4, 32);
    }
    dnnl_primitive_desc_destroy(pd);
    return op ? 0 : -1;
}

/* A convolution's descriptors: those the primitive wants, those the tensors have. */
struct choice {
    dnnl_primitive_desc_t pd;
    gan_md *src, *weights, *dst; /* what pd wants; owned */
};

static void choice_release(struct choice *c)
{
    if (c->pd) dnnl_primitive_desc_destroy(c->pd);
    gan_md_free(c->src);
    gan_md_free(c->weights);
    gan_md_free(c->dst);
    *c = (struct choice){ 0 };
}

static const struct {
    dnnl_query_t src, weights, dst;
} queries[] = {
    [GAN_CONV_FWD] = { dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md },
    [GAN_CONV_BWD_DATA] = { dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md },
    [GAN_CONV_BWD_WEIGHTS] = { dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md },
};

static gan_md *any_of(gan_shape s)
{
    int64_t dims[4] = { s.n, s.c, s.h, s.w };
    return gan_md_new(4, dims, GAN_TAG_ANY);
}

/* Tries the tensors' own layouts first, then lets oneDNN choose one side or both, and takes the first combination that
 * is not a reference implementation; whatever differs is reordered by the caller. */
static dnnl_primitive_desc_t try_layouts(enum gan_conv_kind kind, const gan_conv_desc *d, const gan_md *src,
                                         const gan_md *weights, const gan_md *dst, const_dnnl_primitive_desc_t hint)
{
    dnnl_primitive_desc_t best = NULL;
    gan_md *any_src = any_of(d->src), *any_dst = any_of(d->dst);
    for (int k = 0, reference = 1; any_src && any_dst && k < 4 && reference; k++) {
        dnnl_primitive_desc_t pd =
            gan_back_conv(kind, d, k & 2 ? any_src : src, weights, k & 1 ? any_dst : dst, hint, &reference);
        if (!pd) reference = 1;
        if (pd && best && reference) {
            dnnl_primitive_desc_destroy(pd);
            continue;
        }
        if (pd && best) dnnl_primitive_desc_destroy(best);
        if (pd) best = pd;
    }
    gan_md_free(any_src);
    gan_md_free(any_dst);
    return best;
}

static gan_md *any_weights(const gan_param *p)
{
    int64_t dims[4] = { p->dims[p->transposed], p->dims[!p->transposed], p->dims[2], p->dims[3] };
    return gan_md_new(4, dims, GAN_TAG_ANY);
}

static int choose(gan_emit *e, const gan_node *nd, enum gan_conv_kind kind, const gan_conv_desc *d, gan_buf src,
                  gan_buf dst, const_dnnl_primitive_desc_t hint, struct choice *c)
{
    *c = (struct choice){ 0 };
    gan_md *weights = any_weights(gan_graph_param(e->p->g, nd->param[0]));
    if (!weights) return -1;
    c->pd = try_layouts(kind, d, gan_build_md(e, src), weights, gan_build_md(e, dst), hint);
    gan_md_free(weights);
    if (!c->pd) return -1;
    c->src = gan_back_query(c->pd, queries[kind].src, 0);
    c->weights = gan_back_query(c->pd, queries[kind].weights, 0);
    c->dst = gan_back_query(c->pd, queries[kind].dst, 0);
    if (c->src && c->weights && c->dst) return 0;
    choice_release(c);
    return -1;
}

void gan_kernel_describe(gan_op *op, const gan_conv_desc *d, const gan_md *src, const gan_md *weights,
                         const gan_md *dst)
{
    char text[3][24];
    gan_layout_text(src, text[0], sizeof text[0]);
    gan_layout_text(weights, text[1], sizeof text[1]);
    gan_layout_text(dst, text[2], sizeof text[2]);
    snprintf(op->layouts, sizeof op->layouts, "%s %s %s", text[0], text[1], text[2]);
    const gan_shape *at = d->transposed ? &d->src : &d->dst; /* where the kernel is applied */
    op->flop = 2.0 * at->n * at->h * at->w * d->k * d->k * d->src.c * d->dst.c;
    op->convolution = 1;
}

/* oneDNN adds a deconvolution's bias in a slow loop and knows no activation with its fast kernels: both are left to
 * gan_kernel_finish. */
static gan_conv_desc desc_of(const gan_emit *e, const gan_node *nd, gan_conv_geometry c)
{
    gan_shape src = gan_emit_shape(e, nd->src[0]), dst = gan_emit_shape(e, gan_emit_self(e));
    gan_conv_desc d = { .transposed = c.transposed,
                        .src = src,
                        .dst = dst,
                        .k = c.k,
                        .stride = c.stride,
                        .pad = c.pad,
                        .dilation = c.dilation };
    if (c.transposed) return d;
    d.bias = c.bias;
    d.act = gan_emit_act(e);
    return d;
}

/* A buffer that a primitive may write in layout md: b itself, or a temporary one that *reorder says to copy to b. */
static gan_buf writable(gan_emit *e, gan_buf b, gan_shape s, const gan_md *md, int *reorder)
{
    *reorder = !gan_md_equal(gan_build_md(e, b), md);
    return *reorder ? gan_build_laid(e->p, s, md) : b;
}

/* The convolution as a primitive of oneDNN. */
static int forward(gan_emit *e, const gan_node *nd, gan_conv_desc d, gan_buf src, gan_buf dst)
{
    struct choice c;
    int reorder, result = -1;
    if (choose(e, nd, GAN_CONV_FWD, &d, src, dst, NULL, &c)) return -1;
    gan_buf from = gan_build_as(e, src, c.src), to = writable(e, dst, d.dst, c.dst, &reorder);
    gan_buf weights = gan_build_values(e->p, nd->param[0], c.weights);
    gan_buf bias = d.bias ? gan_build_values(e->p, nd->param[1], NULL) : GAN_NONE;
    if (from == GAN_NONE || to == GAN_NONE || weights == GAN_NONE || (d.bias && bias == GAN_NONE)) goto done;
    struct argument a[] = { { DNNL_ARG_SRC, from, dnnl_query_src_md, 0 },
                            { DNNL_ARG_WEIGHTS, weights, dnnl_query_weights_md, 0 },
                            { DNNL_ARG_DST, to, dnnl_query_dst_md, 0 },
                            { DNNL_ARG_BIAS, bias, dnnl_query_weights_md, 1 } };
    gan_op *op = append(e, "fwd", c.pd, 4, a);
    if (!op) goto done;
    gan_kernel_describe(op, &d, c.src, c.weights, c.dst);
    result = reorder ? gan_build_reorder(e, "reorder", to, dst) : 0;
done:
    choice_release(&c);
    return result;
}

/* b, or in the place of a view a tensor like it: primitives take and give whole tensors. */
static gan_buf whole(gan_emit *e, gan_buf b)
{
    const struct buf *at = &e->p->buf[b];
    return at->parent == GAN_NONE ? b : gan_build_tensor(e->p, at->shape, at->block);
}

/* In two steps: the sums, then bias and activation. */
static int finished(gan_emit *e, const gan_node *nd, gan_conv_geometry g, gan_conv_desc d, gan_buf src, gan_buf dst)
{
    int failed, small = gan_small_suits(e, &d, src, dst, GAN_SMALL_SUMS);
    gan_buf raw = small ? dst : whole(e, dst);
    gan_thin t;
    if (raw == GAN_NONE) return -1;
    if (small)
        failed = gan_small_sums(e, &d, src, raw, nd->param[0], 1);
    else if (gan_thin_suits(e, &d, GAN_THIN_GATHER, src, raw, &t))
        failed = gan_thin_gather(e, &t, &d, "fwd", nd->param[0]);
    else
        failed = forward(e, nd, d, src, raw);
    return failed ? -1 : gan_kernel_finish(e, g.bias ? nd->param[1] : GAN_NONE, gan_emit_act(e), raw, dst);
}

int gan_dnn_conv(gan_emit *e, const gan_node *nd, gan_conv_geometry g)
{
    gan_buf src = gan_emit_dst(e, nd->src[0]), dst = gan_emit_dst(e, gan_emit_self(e));
    gan_conv_desc d = desc_of(e, nd, g);
    gan_thin t;
    int two_steps = g.transposed || gan_small_suits(e, &d, src, dst, GAN_SMALL_SUMS) ||
                    gan_thin_suits(e, &d, GAN_THIN_GATHER, src, dst, &t);
    return two_steps ? finished(e, nd, g, d, src, dst) : forward(e, nd, d, src, dst);
}

static int backward_data(gan_emit *e, const gan_node *nd, const gan_conv_desc *d, gan_buf diff_dst,
                         const_dnnl_primitive_desc_t hint)
{
    gan_buf diff_src = gan_emit_diff(e, nd->src[0]);
    struct choice c;
    int reorder, result = -1;
    gan_thin t;
    if (diff_src == GAN_NONE) return e->p->wants[nd->src[0]] ? -1 : 0;
    if (gan_thin_suits(e, d, GAN_THIN_GATHER, diff_dst, diff_src, &t))
        return gan_thin_gather(e, &t, d, "bwd_data", nd->param[0]);
    if (gan_thin_suits(e, d, GAN_THIN_SPREAD, diff_src, diff_dst, &t))
        return gan_thin_spread(e, &t, d, "bwd_data", nd->param[0]);
    if (gan_small_suits(e, d, diff_src, diff_dst, GAN_SMALL_SUMS))
        return gan_small_sums(e, d, diff_src, diff_dst, nd->param[0], 0);
    if (choose(e, nd, GAN_CONV_BWD_DATA, d, diff_src, diff_dst, hint, &c)) return -1;
    gan_buf from = gan_build_as(e, diff_dst, c.dst), to = writable(e, diff_src, d->src, c.src, &reorder);
    gan_buf weights = gan_build_values(e->p, nd->param[0], c.weights);
    if (from == GAN_NONE || to == GAN_NONE || weights == GAN_NONE) goto done;
    struct argument a[] = { { DNNL_ARG_DIFF_DST, from, dnnl_query_diff_dst_md, 0 },
                            { DNNL_ARG_WEIGHTS, weights, dnnl_query_weights_md, 0 },
                            { DNNL_ARG_DIFF_SRC, to, dnnl_query_diff_src_md, 0 } };
    gan_op *op = append(e, "bwd_data", c.pd, 3, a);
    if (!op) goto done;
    gan_kernel_describe(op, d, c.src, c.weights, c.dst);
    result = reorder ? gan_build_reorder(e, "reorder", to, diff_src) : 0;
done:
    choice_release(&c);
    return result;
}

static int backward_weights(gan_emit *e, const gan_node *nd, const gan_conv_desc *d, gan_buf diff_dst,
                            const_dnnl_primitive_desc_t hint)
{
    gan_buf src = gan_emit_dst(e, nd->src[0]), bias = GAN_NONE;
    struct choice c;
    int reorder, result = -1;
    if (choose(e, nd, GAN_CONV_BWD_WEIGHTS, d, src, diff_dst, hint, &c)) return -1;
    gan_buf grad = gan_build_grad(e, nd->param[0], c.weights);
    if (grad == GAN_NONE) goto done;
    gan_buf x = gan_build_as(e, src, c.src), y = gan_build_as(e, diff_dst, c.dst);
    gan_buf to = writable(e, grad, (gan_shape){ 0 }, c.weights, &reorder);
    if (d->bias) {
        gan_md *vector = gan_layout_canonical(gan_graph_param(e->p->g, nd->param[1]));
        bias = vector ? gan_build_grad(e, nd->param[1], vector) : GAN_NONE;
        gan_md_free(vector);
        if (bias == GAN_NONE) goto done;
    }
    if (x == GAN_NONE || y == GAN_NONE || to == GAN_NONE) goto done;
    struct argument a[] = { { DNNL_ARG_SRC, x, dnnl_query_src_md, 0 },
                            { DNNL_ARG_DIFF_DST, y, dnnl_query_diff_dst_md, 0 },
                            { DNNL_ARG_DIFF_WEIGHTS, to, dnnl_query_diff_weights_md, 0 },
                            { DNNL_ARG_DIFF_BIAS, bias, dnnl_query_diff_weights_md, 1 } };
    gan_op *op = append(e, "bwd_weights", c.pd, 4, a);
    if (!op) goto done;
    gan_kernel_describe(op, d, c.src, c.weights, c.dst);
    result = reorder ? gan_build_reorder(e, "reorder", to, grad) : 0;
done:
    choice_release(&c);
    return result;
}

/* Between many channels and a few, in whichever layout the gradient is wanted. */
static int thin_gradient(gan_emit *e, const gan_node *nd, const gan_thin *t, const gan_conv_desc *d)
{
    gan_md *canonical = gan_layout_canonical(gan_graph_param(e->p->g, nd->param[0]));
    gan_buf grad = canonical ? gan_build_grad(e, nd->param[0], canonical) : GAN_NONE, to = GAN_NONE;
    int reorder = 0, failed = 1;
    if (grad != GAN_NONE) to = writable(e, grad, (gan_shape){ 0 }, canonical, &reorder);
    if (to != GAN_NONE) failed = gan_thin_gradient(e, t, d, to);
    if (!failed && reorder) failed = gan_build_reorder(e, "reorder", to, grad);
    gan_md_free(canonical);
    return failed ? -1 : 0;
}

/* *bias_done: whether the bias's gradient was computed too. */
static int gradients(gan_emit *e, const gan_node *nd, const gan_conv_desc *d, gan_buf diff_dst,
                     const_dnnl_primitive_desc_t hint, int *bias_done)
{
    gan_buf src = gan_emit_dst(e, nd->src[0]);
    gan_thin t;
    *bias_done = 0;
    if (gan_thin_suits(e, d, GAN_THIN_GRADIENT, src, diff_dst, &t) ||
        gan_thin_suits(e, d, GAN_THIN_GRADIENT, diff_dst, src, &t))
        return thin_gradient(e, nd, &t, d);
    if (gan_small_suits(e, d, src, diff_dst, GAN_SMALL_GRADIENT))
        return gan_small_gradient(e, d, src, diff_dst, nd->param[0]);
    *bias_done = d->bias;
    return backward_weights(e, nd, d, diff_dst, hint);
}

int gan_dnn_conv_backward(gan_emit *e, const gan_node *nd, gan_conv_geometry g)
{
    gan_conv_desc d = desc_of(e, nd, g);
    gan_buf src = gan_emit_dst(e, nd->src[0]), dst = gan_emit_dst(e, gan_emit_self(e));
    gan_buf given = gan_emit_diff_self(e), diff_dst = whole(e, given);
    gan_act act = gan_emit_act(e);
    struct choice hint;
    if (diff_dst == GAN_NONE) return -1;
    if ((act.kind != GAN_LINEAR || diff_dst != given) && gan_dnn_act_backward(e, act, dst, given, diff_dst, 0))
        return -1;
    if (choose(e, nd, GAN_CONV_FWD, &d, src, diff_dst, NULL, &hint)) return -1;
    int bias_done = 0, result = backward_data(e, nd, &d, diff_dst, hint.pd);
    if (!result && gan_emit_wants_grad(e, nd, 0)) result = gradients(e, nd, &d, diff_dst, hint.pd, &bias_done);
    if (!result && g.bias && !bias_done && gan_emit_wants_grad(e, nd, 1))
        result = gan_kernel_bias_backward(e, nd->param[1], diff_dst);
    choice_release(&hint);
    return result;
}
