/* Convolutions and deconvolutions: which kernel computes each pass. */
#include <string.h>

#include "core/dnn/conv.h"
#include "core/dnn/dnn.h"
#include "core/dnn/kernel.h"
#include "core/dnn/layout.h"
#include "core/dnn/small.h"
#include "core/dnn/thin.h"
#include "core/dnn/winograd.h"

/* Our own kernels. They know neither bias nor activation. */

static int fits_gather_fwd(gan_conv_site *s)
{
    return gan_thin_fits(s->e, &s->d, s->src, s->dst, &(gan_thin){ 0 });
}

static int suits_gather_fwd(gan_conv_site *s)
{
    return gan_thin_suits(s->e, &s->d, GAN_THIN_GATHER, s->src, s->dst, &(gan_thin){ 0 });
}

static int gather_fwd(gan_conv_site *s)
{
    gan_thin t;
    gan_thin_fits(s->e, &s->d, s->src, s->dst, &t);
    return gan_thin_gather(s->e, &t, &s->d, "fwd", s->nd->param[0]);
}

static int fits_gather_data(gan_conv_site *s)
{
    return gan_thin_fits(s->e, &s->d, s->dst, s->src, &(gan_thin){ 0 });
}

static int suits_gather_data(gan_conv_site *s)
{
    return gan_thin_suits(s->e, &s->d, GAN_THIN_GATHER, s->dst, s->src, &(gan_thin){ 0 });
}

static int gather_data(gan_conv_site *s)
{
    gan_thin t;
    gan_thin_fits(s->e, &s->d, s->dst, s->src, &t);
    return gan_thin_gather(s->e, &t, &s->d, "bwd_data", s->nd->param[0]);
}

static int suits_spread_data(gan_conv_site *s)
{
    return gan_thin_suits(s->e, &s->d, GAN_THIN_SPREAD, s->src, s->dst, &(gan_thin){ 0 });
}

static int fits_spread_data(gan_conv_site *s)
{
    return fits_gather_fwd(s);
}

static int spread_data(gan_conv_site *s)
{
    gan_thin t;
    gan_thin_fits(s->e, &s->d, s->src, s->dst, &t);
    return gan_thin_spread(s->e, &t, &s->d, "bwd_data", s->nd->param[0]);
}

static int fits_thin_gradient(gan_conv_site *s)
{
    return fits_gather_fwd(s) || fits_gather_data(s);
}

static int suits_thin_gradient(gan_conv_site *s)
{
    gan_thin t;
    return gan_thin_suits(s->e, &s->d, GAN_THIN_GRADIENT, s->src, s->dst, &t) ||
           gan_thin_suits(s->e, &s->d, GAN_THIN_GRADIENT, s->dst, s->src, &t);
}

/* In whichever layout the gradient is wanted. */
static int thin_gradient(gan_conv_site *s)
{
    gan_emit *e = s->e;
    gan_thin t;
    gan_md *canonical = gan_layout_canonical(gan_graph_param(e->p->g, s->nd->param[0]));
    gan_buf grad = canonical ? gan_build_grad(e, s->nd->param[0], canonical) : GAN_NONE, to = GAN_NONE;
    int reorder = 0, failed = 1;
    if (!gan_thin_fits(e, &s->d, s->src, s->dst, &t)) gan_thin_fits(e, &s->d, s->dst, s->src, &t);
    if (grad != GAN_NONE) to = gan_conv_writable(e, grad, (gan_shape){ 0 }, canonical, &reorder);
    if (to != GAN_NONE) failed = gan_thin_gradient(e, &t, &s->d, to);
    if (!failed && reorder) failed = gan_build_reorder(e, "reorder", to, grad);
    gan_md_free(canonical);
    return failed ? -1 : 0;
}

static const struct kernel { /* of each pass the first that suits is the usual one; oneDNN's comes after them */
    enum gan_conv_kind kind;
    const char *name;
    int (*fits)(gan_conv_site *);  /* it can be */
    int (*suits)(gan_conv_site *); /* and is likely to be the fastest */
    int (*emit)(gan_conv_site *);
} kernels[] = {
    { GAN_CONV_FWD, "gather", fits_gather_fwd, suits_gather_fwd, gather_fwd },
    { GAN_CONV_BWD_DATA, "gather", fits_gather_data, suits_gather_data, gather_data },
    { GAN_CONV_BWD_DATA, "spread", fits_spread_data, suits_spread_data, spread_data },
    { GAN_CONV_BWD_WEIGHTS, "thin", fits_thin_gradient, suits_thin_gradient, thin_gradient },
    { GAN_CONV_FWD, "winograd", gan_winograd_fits, gan_winograd_suits, gan_winograd_forward },
    { GAN_CONV_BWD_DATA, "winograd", gan_winograd_fits, gan_winograd_suits, gan_winograd_backward_data },
    { GAN_CONV_BWD_WEIGHTS, "winograd", gan_winograd_fits, gan_winograd_suits, gan_winograd_backward_weights },
    { GAN_CONV_FWD, "small", gan_small_sums_fits, gan_small_sums_suits, gan_small_sums },
    { GAN_CONV_BWD_DATA, "small", gan_small_sums_fits, gan_small_sums_suits, gan_small_sums },
    { GAN_CONV_BWD_WEIGHTS, "small", gan_small_gradient_fits, gan_small_gradient_suits, gan_small_gradient },
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

/* Our kernel for the pass, by its name or the usual one; NULL: none, it is oneDNN's. */
static const struct kernel *own_kernel(gan_conv_site *s, const char *name)
{
    for (const struct kernel *k = kernels; k < kernels + KERNELS; k++)
        if (k->kind == s->kind && (name ? !strcmp(name, k->name) && k->fits(s) : k->suits(s))) return k;
    return NULL;
}

/* All but the usual one. */
static void list_alternatives(gan_conv_site *s)
{
    gan_alternatives *list = gan_tune_list(s->e, s->kind);
    if (!list) return;
    const struct kernel *usual = own_kernel(s, NULL);
    for (const struct kernel *k = kernels; k < kernels + KERNELS; k++)
        if (k != usual && k->kind == s->kind && k->fits(s)) gan_alternatives_add(list, k->name);
    gan_conv_names(s, !usual, list);
}

static int emit_pass(gan_conv_site *s)
{
    gan_plan *p = s->e->p;
    const char *name = gan_tune_choice(s->e, s->kind);
    int first = p->ops;
    list_alternatives(s);
    const struct kernel *k = own_kernel(s, name);
    if (k ? k->emit(s) : gan_conv_primitive(s, name)) return -1;
    for (int i = first; i < p->ops && p->chosen; i++)
        if (p->op[i].convolution) p->op[i].ratio = p->chosen[gan_emit_self(s->e)][s->kind].ratio;
    return 0;
}

/* Layers */

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

/* b, or in the place of a view a tensor like it: primitives take and give whole tensors. */
static gan_buf whole(gan_emit *e, gan_buf b)
{
    const struct buf *at = &e->p->buf[b];
    return at->parent == GAN_NONE ? b : gan_build_tensor(e->p, at->shape, at->block);
}

int gan_dnn_conv(gan_emit *e, const gan_node *nd, gan_conv_geometry g)
{
    gan_conv_site s = {
        e, nd, GAN_CONV_FWD, desc_of(e, nd, g), gan_emit_dst(e, nd->src[0]), gan_emit_dst(e, gan_emit_self(e)), NULL, 0
    };
    gan_buf dst = s.dst;
    if (gan_tune_conv(e, nd, &s.d)) return -1;
    int in_two_steps = g.transposed || own_kernel(&s, gan_tune_choice(e, GAN_CONV_FWD));
    if (!in_two_steps) return emit_pass(&s);
    s.dst = whole(e, dst);
    if (s.dst == GAN_NONE || emit_pass(&s)) return -1;
    return gan_kernel_finish(e, g.bias ? nd->param[1] : GAN_NONE, gan_emit_act(e), s.dst, dst);
}

/* s: of the gradient of weights. */
static int backward_data(const gan_conv_site *s)
{
    gan_conv_site data = *s;
    data.kind = GAN_CONV_BWD_DATA;
    data.src = gan_emit_diff(s->e, s->nd->src[0]);
    if (data.src == GAN_NONE) return s->e->p->wants[s->nd->src[0]] ? -1 : 0;
    return emit_pass(&data);
}

static int gradients(gan_conv_site *s, gan_conv_geometry g)
{
    if (gan_emit_wants_grad(s->e, s->nd, 0) && emit_pass(s)) return -1;
    if (!g.bias || s->bias_done || !gan_emit_wants_grad(s->e, s->nd, 1)) return 0;
    return gan_kernel_bias_backward(s->e, s->nd->param[1], s->dst);
}

int gan_dnn_conv_backward(gan_emit *e, const gan_node *nd, gan_conv_geometry g)
{
    gan_buf dst = gan_emit_dst(e, gan_emit_self(e)), given = gan_emit_diff_self(e), diff_dst = whole(e, given);
    gan_act act = gan_emit_act(e);
    gan_conv_site s = { e, nd, GAN_CONV_FWD, desc_of(e, nd, g), gan_emit_dst(e, nd->src[0]), diff_dst, NULL, 0 };
    gan_conv_choice hint;
    if (diff_dst == GAN_NONE) return -1;
    if ((act.kind != GAN_LINEAR || diff_dst != given) && gan_dnn_act_backward(e, act, dst, given, diff_dst, 0))
        return -1;
    if (gan_conv_choose(&s, NULL, &hint)) return -1;
    s.kind = GAN_CONV_BWD_WEIGHTS;
    s.hint = hint.pd;
    int result = backward_data(&s) || gradients(&s, g) ? -1 : 0;
    gan_conv_choice_release(&hint);
    return result;
}
