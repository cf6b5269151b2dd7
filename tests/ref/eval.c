#include "ref/eval.h"

#include <string.h>

#include "core/emit.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "ref/ref.h"

enum { MAX_SIDES = 2 }; /* sources of a layer */

/* One node with its arrays. */
struct at {
    struct eval *e;
    gan_shape src; /* of the first source */
    int src_c[MAX_SIDES];
    const double *in[MAX_SIDES], *diff_dst, *mask;
    double *out, *diff_in[MAX_SIDES];
    double *param[GAN_MAX_PARAM], *grad[GAN_MAX_PARAM];
    const void *opt;
};

static struct ref_shape ref_of(gan_shape s)
{
    return (struct ref_shape){ s.n, s.c, s.h, s.w };
}

static size_t elements(gan_shape s)
{
    return ref_count(ref_of(s));
}

static struct ref_conv conv_of(const struct at *a)
{
    const gan_conv_opt *o = a->opt;
    return (struct ref_conv){ ref_of(a->src), o->oc, o->k, o->stride, o->pad, o->dilation, o->far };
}

static void conv_fwd(const struct at *a)
{
    struct ref_conv o = conv_of(a);
    ref_conv_fwd(&o, a->in[0], a->param[0], a->param[1], a->out);
}

static void conv_bwd(const struct at *a)
{
    struct ref_conv o = conv_of(a);
    ref_conv_bwd(&o, a->in[0], a->param[0], a->diff_dst, a->diff_in[0], a->grad[0], a->grad[1]);
}

static struct ref_deconv deconv_of(const struct at *a)
{
    const gan_conv_opt *o = a->opt;
    return (struct ref_deconv){ ref_of(a->src), o->oc, o->k, o->stride, o->pad, o->out_pad };
}

static void deconv_fwd(const struct at *a)
{
    struct ref_deconv o = deconv_of(a);
    ref_deconv_fwd(&o, a->in[0], a->param[0], a->param[1], a->out);
}

static void deconv_bwd(const struct at *a)
{
    struct ref_deconv o = deconv_of(a);
    ref_deconv_bwd(&o, a->in[0], a->param[0], a->diff_dst, a->diff_in[0], a->grad[0], a->grad[1]);
}

/* Parameters of a batch norm: gamma, beta, mean, variance. Its options are eps alone, as an instance norm's. */
static struct ref_norm norm_of(const struct at *a, int groups)
{
    return (struct ref_norm){ ref_of(a->src), groups, (double)*(const float *)a->opt };
}

static int groups_of(const struct at *a)
{
    return a->e->o.groups ? a->e->o.groups : 1;
}

static void batchnorm_fwd(const struct at *a)
{
    static const double MOMENTUM = (double)0.1f;
    struct ref_norm o = norm_of(a, groups_of(a));
    double *mean = a->param[2], *variance = a->param[3];
    if (!(a->e->o.flags & GAN_BATCH_STATS)) {
        ref_norm_eval_fwd(&o, a->in[0], a->param[0], a->param[1], mean, variance, a->out);
        return;
    }
    ref_norm_fwd(&o, a->in[0], a->param[0], a->param[1], a->out);
    if (a->e->o.flags & GAN_UPDATE_STATS) ref_norm_running(&o, a->in[0], MOMENTUM, mean, variance);
}

static void batchnorm_bwd(const struct at *a)
{
    struct ref_norm o = norm_of(a, groups_of(a));
    if (a->e->o.flags & GAN_BATCH_STATS)
        ref_norm_bwd(&o, a->in[0], a->param[0], a->diff_dst, a->diff_in[0], a->grad[0], a->grad[1]);
    else
        ref_norm_eval_bwd(&o, a->in[0], a->param[0], a->param[2], a->param[3], a->diff_dst, a->diff_in[0], a->grad[0],
                          a->grad[1]);
}

static void instancenorm_fwd(const struct at *a)
{
    struct ref_norm o = norm_of(a, a->src.n);
    ref_norm_fwd(&o, a->in[0], a->param[0], a->param[1], a->out);
}

static void instancenorm_bwd(const struct at *a)
{
    struct ref_norm o = norm_of(a, a->src.n);
    ref_norm_bwd(&o, a->in[0], a->param[0], a->diff_dst, a->diff_in[0], a->grad[0], a->grad[1]);
}

static double slope_of(const struct at *a)
{
    return (double)((const gan_act *)a->opt)->slope;
}

static void lrelu_fwd(const struct at *a)
{
    ref_lrelu_fwd(elements(a->src), slope_of(a), a->in[0], a->out);
}

static void lrelu_bwd(const struct at *a)
{
    ref_lrelu_bwd(elements(a->src), slope_of(a), a->in[0], a->diff_dst, a->diff_in[0]);
}

static void tanh_fwd(const struct at *a)
{
    ref_tanh_fwd(elements(a->src), a->in[0], a->out);
}

static void tanh_bwd(const struct at *a)
{
    ref_tanh_bwd(elements(a->src), a->in[0], a->diff_dst, a->diff_in[0]);
}

static void sigmoid_fwd(const struct at *a)
{
    ref_sigmoid_fwd(elements(a->src), a->in[0], a->out);
}

static void sigmoid_bwd(const struct at *a)
{
    ref_sigmoid_bwd(elements(a->src), a->in[0], a->diff_dst, a->diff_in[0]);
}

/* Its options are those of an activation. */
static void power_fwd(const struct at *a)
{
    ref_power_fwd(elements(a->src), slope_of(a), a->in[0], a->out);
}

static void power_bwd(const struct at *a)
{
    ref_power_bwd(elements(a->src), slope_of(a), a->in[0], a->diff_dst, a->diff_in[0]);
}

static void scale_fwd(const struct at *a)
{
    ref_scale_fwd(elements(a->src), slope_of(a), a->in[0], a->out);
}

static void scale_bwd(const struct at *a)
{
    ref_scale_bwd(elements(a->src), slope_of(a), a->diff_dst, a->diff_in[0]);
}

static void softmax_fwd(const struct at *a)
{
    ref_softmax_fwd(ref_of(a->src), a->in[0], a->out);
}

static void softmax_bwd(const struct at *a)
{
    ref_softmax_bwd(ref_of(a->src), a->out, a->diff_dst, a->diff_in[0]);
}

static double drop_of(const struct at *a)
{
    return a->e->o.flags & GAN_DROPOUT ? (double)*(const float *)a->opt : 0;
}

static void dropout_fwd(const struct at *a)
{
    ref_dropout_fwd(elements(a->src), drop_of(a), a->mask, a->in[0], a->out);
}

static void dropout_bwd(const struct at *a)
{
    ref_dropout_bwd(elements(a->src), drop_of(a), a->mask, a->diff_dst, a->diff_in[0]);
}

static struct ref_concat concat_of(const struct at *a)
{
    return (struct ref_concat){ a->src.n, a->src_c[0], a->src_c[1], a->src.h, a->src.w };
}

static void concat_fwd(const struct at *a)
{
    struct ref_concat o = concat_of(a);
    ref_concat_fwd(&o, a->in[0], a->in[1], a->out);
}

static void concat_bwd(const struct at *a)
{
    struct ref_concat o = concat_of(a);
    ref_concat_bwd(&o, a->diff_dst, a->diff_in[0], a->diff_in[1]);
}

static void add_fwd(const struct at *a)
{
    ref_add_fwd(elements(a->src), a->in[0], a->in[1], a->out);
}

static void add_bwd(const struct at *a)
{
    ref_add_bwd(elements(a->src), a->diff_dst, a->diff_in[0], a->diff_in[1]);
}

static void shift_fwd(const struct at *a)
{
    ref_shift_fwd(ref_of(a->src), a->in[0], a->in[1], a->out);
}

static void shift_bwd(const struct at *a)
{
    ref_shift_bwd(ref_of(a->src), a->diff_dst, a->diff_in[0], a->diff_in[1]);
}

static void avgpool_fwd(const struct at *a)
{
    ref_avgpool_fwd(ref_of(a->src), a->in[0], a->out);
}

static void avgpool_bwd(const struct at *a)
{
    ref_avgpool_bwd(ref_of(a->src), a->diff_dst, a->diff_in[0]);
}

static struct ref_maxpool maxpool_of(const struct at *a)
{
    const int *o = a->opt;
    return (struct ref_maxpool){ ref_of(a->src), o[0], o[1] };
}

static void maxpool_fwd(const struct at *a)
{
    struct ref_maxpool o = maxpool_of(a);
    ref_maxpool_fwd(&o, a->in[0], a->out);
}

static void maxpool_bwd(const struct at *a)
{
    struct ref_maxpool o = maxpool_of(a);
    ref_maxpool_bwd(&o, a->in[0], a->diff_dst, a->diff_in[0]);
}

static struct ref_pad pad_of(const struct at *a)
{
    const int *o = a->opt;
    return (struct ref_pad){ ref_of(a->src), o[0], o[1], o[2] };
}

static void reflectpad_fwd(const struct at *a)
{
    struct ref_pad o = pad_of(a);
    ref_pad_fwd(&o, a->in[0], a->out);
}

static void reflectpad_bwd(const struct at *a)
{
    struct ref_pad o = pad_of(a);
    ref_pad_bwd(&o, a->diff_dst, a->diff_in[0]);
}

static struct ref_crop crop_of(const struct at *a)
{
    const int *o = a->opt;
    return (struct ref_crop){ ref_of(a->src), o[0], o[1] };
}

static void crop_fwd(const struct at *a)
{
    struct ref_crop o = crop_of(a);
    ref_crop_fwd(&o, a->in[0], a->out);
}

static void crop_bwd(const struct at *a)
{
    struct ref_crop o = crop_of(a);
    ref_crop_bwd(&o, a->diff_dst, a->diff_in[0]);
}

static struct ref_upsample upsample_of(const struct at *a)
{
    return (struct ref_upsample){ ref_of(a->src), *(const int *)a->opt };
}

static void upsample_fwd(const struct at *a)
{
    struct ref_upsample o = upsample_of(a);
    ref_upsample_fwd(&o, a->in[0], a->out);
}

static void upsample_bwd(const struct at *a)
{
    struct ref_upsample o = upsample_of(a);
    ref_upsample_bwd(&o, a->diff_dst, a->diff_in[0]);
}

static struct ref_bilinear bilinear_of(const struct at *a)
{
    return (struct ref_bilinear){ ref_of(a->src), *(const int *)a->opt };
}

static void bilinear_fwd(const struct at *a)
{
    struct ref_bilinear o = bilinear_of(a);
    ref_bilinear_fwd(&o, a->in[0], a->out);
}

static void bilinear_bwd(const struct at *a)
{
    struct ref_bilinear o = bilinear_of(a);
    ref_bilinear_bwd(&o, a->diff_dst, a->diff_in[0]);
}

struct row {
    const char *layer;
    void (*fwd)(const struct at *a);
    void (*bwd)(const struct at *a); /* writes diff_in and grad */
};

static const struct row rows[] = {
    { "conv", conv_fwd, conv_bwd },
    { "deconv", deconv_fwd, deconv_bwd },
    { "norm", batchnorm_fwd, batchnorm_bwd },
    { "instancenorm", instancenorm_fwd, instancenorm_bwd },
    { "lrelu", lrelu_fwd, lrelu_bwd },
    { "tanh", tanh_fwd, tanh_bwd },
    { "sigmoid", sigmoid_fwd, sigmoid_bwd },
    { "power", power_fwd, power_bwd },
    { "scale", scale_fwd, scale_bwd },
    { "softmax", softmax_fwd, softmax_bwd },
    { "dropout", dropout_fwd, dropout_bwd },
    { "concat", concat_fwd, concat_bwd },
    { "add", add_fwd, add_bwd },
    { "shift", shift_fwd, shift_bwd },
    { "avgpool", avgpool_fwd, avgpool_bwd },
    { "maxpool", maxpool_fwd, maxpool_bwd },
    { "reflectpad", reflectpad_fwd, reflectpad_bwd },
    { "crop", crop_fwd, crop_bwd },
    { "upsample", upsample_fwd, upsample_bwd },
    { "bilinear", bilinear_fwd, bilinear_bwd },
};

static const struct row *row_of(const gan_layer_def *def)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].layer, gan_layer_name(def))) return &rows[i];
    return NULL;
}

int eval_knows(const gan_layer_def *def)
{
    return row_of(def) != NULL;
}

static void *room(size_t count, size_t size)
{
    void *block = gan_mem_alloc(count, size);
    GAN_ASSERT(block);
    return block;
}

static void make_node(struct eval *e, gan_id id)
{
    size_t n = elements(e->shape[id]);
    double **of[] = { e->dst, e->diff, e->seed, e->mask };
    e->count[id] = n;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) of[i][id] = room(n, sizeof(double));
    for (size_t i = 0; i < n; i++) e->mask[id][i] = 1;
}

struct eval *eval_new(const gan_graph *g, const gan_plan_opt *o)
{
    struct eval *e = room(1, sizeof *e);
    size_t nodes = (size_t)gan_graph_nodes(g), params = (size_t)gan_graph_params(g);
    e->g = g;
    e->o = *o;
    e->shape = room(nodes, sizeof *e->shape);
    if (gan_graph_shapes(g, o->batch, o->h, o->w, e->shape)) {
        gan_mem_free(e->shape);
        gan_mem_free(e);
        return NULL;
    }
    double ***per_node[] = { &e->dst, &e->diff, &e->seed, &e->mask };
    for (size_t i = 0; i < sizeof per_node / sizeof *per_node; i++) *per_node[i] = room(nodes, sizeof(double *));
    e->count = room(nodes, sizeof *e->count);
    e->param = room(params, sizeof *e->param);
    e->grad = room(params, sizeof *e->grad);
    for (gan_id i = 0; i < (int)nodes; i++) make_node(e, i);
    for (int i = 0; i < (int)params; i++) {
        e->param[i] = room(gan_graph_param(g, i)->count, sizeof(double));
        e->grad[i] = room(gan_graph_param(g, i)->count, sizeof(double));
    }
    return e;
}

static void free_all(double **array, int n)
{
    for (int i = 0; i < n; i++) gan_mem_free(array[i]);
    gan_mem_free(array);
}

void eval_free(struct eval *e)
{
    if (!e) return;
    int nodes = gan_graph_nodes(e->g), params = gan_graph_params(e->g);
    double **per_node[] = { e->dst, e->diff, e->seed, e->mask };
    for (size_t i = 0; i < sizeof per_node / sizeof *per_node; i++) free_all(per_node[i], nodes);
    free_all(e->param, params);
    free_all(e->grad, params);
    gan_mem_free(e->count);
    gan_mem_free(e->shape);
    gan_mem_free(e);
}

static struct at at_node(struct eval *e, gan_id id)
{
    const gan_node *nd = gan_graph_node(e->g, id);
    struct at a = { .e = e, .src = e->shape[nd->src[0]], .opt = nd->opt };
    GAN_ASSERT(nd->nsrc <= MAX_SIDES);
    for (int i = 0; i < nd->nsrc; i++) {
        a.in[i] = e->dst[nd->src[i]];
        a.src_c[i] = e->shape[nd->src[i]].c;
    }
    for (int i = 0; i < nd->nparam; i++) {
        a.param[i] = e->param[nd->param[i]];
        a.grad[i] = e->grad[nd->param[i]];
    }
    a.out = e->dst[id];
    a.diff_dst = e->diff[id];
    a.mask = e->mask[id];
    return a;
}

void eval_forward(struct eval *e)
{
    for (gan_id i = 0; i < gan_graph_nodes(e->g); i++) {
        const gan_node *nd = gan_graph_node(e->g, i);
        if (!nd->def) continue;
        struct at a = at_node(e, i);
        row_of(nd->def)->fwd(&a);
    }
}

static void node_backward(struct eval *e, gan_id id)
{
    const gan_node *nd = gan_graph_node(e->g, id);
    struct at a = at_node(e, id);
    for (int i = 0; i < nd->nsrc; i++) a.diff_in[i] = room(e->count[nd->src[i]], sizeof(double));
    row_of(nd->def)->bwd(&a);
    for (int i = 0; i < nd->nsrc; i++) {
        double *sum = e->diff[nd->src[i]];
        for (size_t k = 0; k < e->count[nd->src[i]]; k++) sum[k] += a.diff_in[i][k];
        gan_mem_free(a.diff_in[i]);
    }
}

void eval_backward(struct eval *e)
{
    for (gan_id i = 0; i < gan_graph_nodes(e->g); i++) memcpy(e->diff[i], e->seed[i], e->count[i] * sizeof(double));
    for (gan_id i = gan_graph_nodes(e->g) - 1; i >= 0; i--)
        if (gan_graph_node(e->g, i)->def) node_backward(e, i);
}
