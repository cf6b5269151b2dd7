/* Gradients of whole steps: against differences of the plan's own results, and through a discriminator that stays as it
 * is. In float, differences are good to about 1e-4 at a step of 1e-2, so they guard the whole, and double the parts. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/rng.h"
#include "support/rig.h"

static const double STEP = 1e-2, TOLERANCE = 1e-3;

/* Smooth everywhere: a kink would show at a step of this size. */
static gan_graph *smooth(void)
{
    gan_graph *g = gan_graph_new("smooth");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 3, 16, 16 });
    gan_conv_opt down = { .oc = 16, .k = 4, .stride = 2, .pad = 1 },
                 up = { .oc = 2, .k = 4, .stride = 2, .pad = 1, .bias = 1 };
    gan_id a = gan_tanh(g, "a", gan_batchnorm(g, "a", gan_conv(g, "a", x, down), 0.1f));
    gan_id b = gan_sigmoid(g, "b", gan_instancenorm(g, "b", gan_conv(g, "b", a, down), 0.1f));
    b = gan_dropout(g, "c", gan_upsample(g, "b", b, 2), 0.3f);
    gan_id t = gan_concat(g, "j", gan_add(g, "s", a, b), a);
    gan_graph_output(g, "y", gan_tanh(g, "u", gan_deconv(g, "u", gan_reflectpad(g, "p", t, 1), up)));
    cr_assert(!gan_graph_failed(g), "%s", gan_error_message());
    return g;
}

/* Sum of the output times the diff that the rig gives it, with values = origin + step * direction. */
struct line {
    struct rig *r;
    float **origin, **direction; /* per parameter */
};

static double value_at(const struct line *l, double step)
{
    struct rig *r = l->r;
    for (int i = 0; i < gan_graph_params(r->g); i++) {
        size_t n = gan_graph_param(r->g, i)->count;
        float *x = rig_floats(n);
        for (size_t k = 0; k < n; k++) x[k] = (float)((double)l->origin[i][k] + step * (double)l->direction[i][k]);
        cr_assert(!gan_params_set(r->w, i, GAN_VALUES, x), "%s", gan_error_message());
        gan_mem_free(x);
    }
    rig_plan(r);
    gan_id y = gan_graph_output_at(r->g, 0);
    const float *dst = gan_plan_dst(r->p, y);
    double sum = 0;
    for (size_t k = 0; k < r->e->count[y]; k++) sum += (double)dst[k] * r->e->seed[y][k];
    return sum;
}

/* A random unit direction in the space of the trainable parameters, and the gradient along it. */
static double choose_direction(struct line *l, uint64_t seed)
{
    gan_rng rng = gan_rng_at(seed, GAN_STREAM_TEST, 0);
    double squares = 0, slope = 0;
    uint64_t at = 0;
    for (int i = 0; i < gan_graph_params(l->r->g); i++) {
        const gan_param *p = gan_graph_param(l->r->g, i);
        float *grad = rig_floats(p->count);
        cr_assert(!gan_params_get(l->r->w, i, GAN_GRADS, grad), "%s", gan_error_message());
        for (size_t k = 0; k < p->count; k++, at++) {
            l->direction[i][k] = p->kind == GAN_TRAINABLE ? (float)gan_rng_normal(rng, at) : 0;
            squares += pow((double)l->direction[i][k], 2);
            slope += (double)grad[k] * (double)l->direction[i][k];
        }
        gan_mem_free(grad);
    }
    for (int i = 0; i < gan_graph_params(l->r->g); i++)
        for (size_t k = 0; k < gan_graph_param(l->r->g, i)->count; k++) l->direction[i][k] /= (float)sqrt(squares);
    return slope / sqrt(squares);
}

Test(gradient, is_the_derivative_of_the_plans_own_results)
{
    struct rig r =
        rig_new(smooth(), (gan_plan_opt){ .batch = 2, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_DROPOUT });
    float *origin[16], *direction[16];
    for (int i = 0; i < gan_graph_params(r.g); i++) {
        origin[i] = rig_floats(gan_graph_param(r.g, i)->count);
        direction[i] = rig_floats(gan_graph_param(r.g, i)->count);
        cr_assert(!gan_params_get(r.w, i, GAN_VALUES, origin[i]));
    }
    struct line l = { &r, origin, direction };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        value_at(&l, 0);
        double analytic = choose_direction(&l, seed);
        double numeric = (value_at(&l, STEP) - value_at(&l, -STEP)) / (2 * STEP);
        double error = (analytic - numeric) / fmax(fabs(analytic), fabs(numeric));
        cr_expect(fabs(error) < TOLERANCE, "direction %d: %g is not %g", (int)seed, analytic, numeric);
    }
    for (int i = 0; i < gan_graph_params(r.g); i++) {
        gan_mem_free(origin[i]);
        gan_mem_free(direction[i]);
    }
    rig_free(&r);
}

enum { BATCH = 2, SIDE = 32 };

static gan_graph *generator(void)
{
    gan_model_opt o = { .in = 1, .out = 2, .filters = 8, .levels = 3, .size = SIDE };
    return gan_model_build(gan_model_find(GAN_GENERATOR, "unet"), "gen", &o);
}

static gan_graph *discriminator(void)
{
    gan_model_opt o = { .in = 3, .condition = 1, .out = 1, .filters = 8, .layers = 2, .size = SIDE };
    return gan_model_build(gan_model_find(GAN_DISCRIMINATOR, "patchgan"), "dis", &o);
}

static void fill_grads(struct rig *r, float value)
{
    for (int i = 0; i < gan_graph_params(r->g); i++) {
        float *x = rig_floats(gan_graph_param(r->g, i)->count);
        for (size_t k = 0; k < gan_graph_param(r->g, i)->count; k++) x[k] = value;
        cr_assert(!gan_params_set(r->w, i, GAN_GRADS, x), "%s", gan_error_message());
        gan_mem_free(x);
    }
}

/* Gradients are still what they were filled with, values what the rig set. */
static void expect_untouched(struct rig *r, float grad)
{
    for (int i = 0; i < gan_graph_params(r->g); i++) {
        const gan_param *p = gan_graph_param(r->g, i);
        float *x = rig_floats(p->count), *value = rig_floats(p->count);
        cr_assert(!gan_params_get(r->w, i, GAN_GRADS, x) && !gan_params_get(r->w, i, GAN_VALUES, value));
        for (size_t k = 0; k < p->count; k++)
            cr_assert(x[k] == grad && (double)value[k] == r->e->param[i][k], "%s was touched", p->name);
        gan_mem_free(x);
        gan_mem_free(value);
    }
}

/* The double evaluation of D on the fake, whose diff it then hands back; the rig's own inputs are replaced. */
static void judge_in_double(struct rig *d, const struct rig *g)
{
    gan_id y = gan_graph_output_at(g->g, 0), condition = gan_graph_input_at(d->g, 0),
           picture = gan_graph_input_at(d->g, 1);
    memcpy(d->e->dst[condition], g->e->dst[0], g->e->count[0] * sizeof(double));
    memcpy(d->e->dst[picture], g->e->dst[y], g->e->count[y] * sizeof(double));
    eval_forward(d->e);
    eval_backward(d->e);
    memcpy(g->e->seed[y], d->e->diff[picture], g->e->count[y] * sizeof(double));
    eval_backward(g->e);
}

/* The same through the plans: judge's diff of its second input becomes the diff of G's output. */
static void judge_in_plans(struct rig *d, struct rig *g)
{
    gan_id y = gan_graph_output_at(g->g, 0), scores = gan_graph_output_at(d->g, 0);
    float *x = rig_floats(g->e->count[0]);
    for (size_t k = 0; k < g->e->count[0]; k++) x[k] = (float)g->e->dst[0][k];
    gan_plan_put(g->p, gan_graph_input_at(g->g, 0), 0, BATCH, x);
    cr_assert(!gan_plan_run(g->p, GAN_FWD, g->key), "%s", gan_error_message());
    gan_plan_put(d->p, gan_graph_input_at(d->g, 0), 0, BATCH, x);
    gan_plan_put(d->p, gan_graph_input_at(d->g, 1), 0, BATCH, gan_plan_dst(g->p, y));
    cr_assert(!gan_plan_run(d->p, GAN_FWD, d->key), "%s", gan_error_message());
    float *diff = gan_plan_diff(d->p, scores);
    for (size_t k = 0; k < d->e->count[scores]; k++) diff[k] = (float)d->e->seed[scores][k];
    cr_assert(!gan_plan_run(d->p, GAN_BWD, d->key), "%s", gan_error_message());
    gan_plan_get_diff(d->p, gan_graph_input_at(d->g, 1), 0, BATCH, gan_plan_diff(g->p, y));
    cr_assert(!gan_plan_run(g->p, GAN_BWD, g->key), "%s", gan_error_message());
    gan_mem_free(x);
}

/* A judge plan computes no gradients of D's, touches neither its gradients, values nor statistics, and sends G's diff
 * through: what the reference says of the two graphs together. */
Test(gradient, passes_through_a_discriminator_that_stays_as_it_is)
{
    struct rig g = rig_new(generator(), (gan_plan_opt){ .batch = BATCH, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS });
    struct rig d =
        rig_new(discriminator(), (gan_plan_opt){ .batch = BATCH, .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS });
    gan_plan *judge =
        gan_plan_new(d.g, d.w, &(gan_plan_opt){ .batch = BATCH, .flags = GAN_BATCH_STATS, .input_diffs = 2 });
    cr_assert(judge && !gan_plan_bind(judge, NULL, 0), "%s", gan_error_message());
    for (int i = 0; i < gan_plan_ops(judge); i++)
        cr_expect(!strstr(gan_plan_op_at(judge, i).label, "weights"), "%s", gan_plan_op_at(judge, i).label);
    rig_run(&g);
    rig_run(&d);
    gan_plan *own = d.p;
    d.p = judge;
    fill_grads(&d, 42);
    judge_in_double(&d, &g);
    judge_in_plans(&d, &g);
    rig_expect(&g, 1e-4, "through the discriminator");
    expect_untouched(&d, 42);
    d.p = own;
    gan_plan_free(judge);
    rig_free(&g);
    rig_free(&d);
}
