/* Values of a frozen graph: copied, folded in double, or constants. */
#include "freeze/fold.h"
#include "freeze/freezer.h"
#include "gan/mem.h"
#include "layers/layers.h"

static float *values_of(gan_params *w, int param)
{
    float *v = gan_mem_alloc(gan_graph_param(gan_params_graph(w), param)->count, sizeof *v);
    if (v && !gan_params_get(w, param, GAN_VALUES, v)) return v;
    gan_mem_free(v);
    return NULL;
}

static double *wide_values_of(gan_params *w, int param)
{
    size_t n = gan_graph_param(gan_params_graph(w), param)->count;
    float *v = values_of(w, param);
    double *wide = v ? gan_mem_alloc(n, sizeof *wide) : NULL;
    for (size_t i = 0; wide && i < n; i++) wide[i] = (double)v[i];
    gan_mem_free(v);
    return wide;
}

static int set_wide(gan_params *w, int param, const double *wide)
{
    size_t n = gan_graph_param(gan_params_graph(w), param)->count;
    float *v = gan_mem_alloc(n, sizeof *v);
    if (!v) return -1;
    for (size_t i = 0; i < n; i++) v[i] = (float)wide[i];
    int result = gan_params_set(w, param, GAN_VALUES, v);
    gan_mem_free(v);
    return result;
}

/* A node may have fewer parameters than the one it is of: an instance norm that was a batch norm has no statistics. */
static int copy(struct gan_freezer *f, const gan_node *to, const gan_node *from)
{
    for (int i = 0; i < to->nparam; i++) {
        float *v = values_of(f->w, from->param[i]);
        int bad = !v || gan_params_set(f->out->params, to->param[i], GAN_VALUES, v);
        gan_mem_free(v);
        if (bad) return -1;
    }
    return 0;
}

enum { GAMMA, BETA, MEAN, VARIANCE, WEIGHTS, BIAS, PARTS };

static int take_parts(struct gan_freezer *f, const gan_node *conv, const gan_node *norm, double **part)
{
    int failed = 0;
    for (int i = 0; i < norm->nparam; i++) failed |= !(part[i] = wide_values_of(f->w, norm->param[i]));
    failed |= !(part[WEIGHTS] = wide_values_of(f->w, conv->param[0]));
    part[BIAS] =
        conv->nparam > 1 ? wide_values_of(f->w, conv->param[1]) : gan_mem_alloc((size_t)conv->dst.c, sizeof(double));
    return failed || !part[BIAS] ? -1 : 0;
}

static int fold(struct gan_freezer *f, const gan_node *to, const gan_node *conv, const gan_node *norm)
{
    const gan_param *p = gan_graph_param(f->g, conv->param[0]);
    size_t inner = (size_t)p->dims[2] * (size_t)p->dims[3], channels = (size_t)p->dims[p->transposed];
    size_t outer = p->transposed ? (size_t)p->dims[0] : 1;
    double *part[PARTS] = { NULL };
    int result = take_parts(f, conv, norm, part);
    if (!p->transposed) inner *= (size_t)p->dims[1];
    if (!result) {
        struct gan_fold_norm n = { part[GAMMA], part[BETA], part[MEAN], part[VARIANCE], (double)gan_norm_eps(norm) };
        gan_fold(&n, outer, channels, inner, part[WEIGHTS], part[BIAS]);
        result = set_wide(f->out->params, to->param[0], part[WEIGHTS]);
        if (!result) result = set_wide(f->out->params, to->param[1], part[BIAS]);
    }
    for (int i = 0; i < PARTS; i++) gan_mem_free(part[i]);
    return result;
}

static int fill_node(struct gan_freezer *f, const gan_node *to, const struct gan_origin *o)
{
    const gan_node *from = gan_graph_node(f->g, o->from);
    return o->norm < 0 ? copy(f, to, from) : fold(f, to, from, gan_graph_node(f->g, o->norm));
}

int gan_freezer_fill(struct gan_freezer *f)
{
    for (gan_id i = 0; i < gan_graph_nodes(f->to); i++) {
        const gan_node *to = gan_graph_node(f->to, i);
        if (to->nparam && i < f->origins && f->origin[i].from >= 0 && fill_node(f, to, &f->origin[i])) return -1;
    }
    return 0;
}
