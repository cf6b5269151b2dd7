#include "support/rig.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gan/layers.h"
#include "gan/mem.h"
#include "ref/check.h"

enum { SEED_INPUT = 100, SEED_DIFF = 200, SEED_PARAM = 300 };

float *rig_floats(size_t n)
{
    float *x = gan_mem_alloc(n, sizeof *x);
    cr_assert(x, "%s", gan_error_message());
    return x;
}

float *rig_numbers(uint64_t seed, size_t n)
{
    float *x = rig_floats(n);
    double *wide = gan_mem_alloc(n, sizeof *wide);
    cr_assert(wide, "%s", gan_error_message());
    check_numbers(seed, n, wide);
    for (size_t i = 0; i < n; i++) x[i] = (float)wide[i];
    gan_mem_free(wide);
    return x;
}

static int backward(const struct rig *r)
{
    return r->o.flags & GAN_GRAD_PARAMS || r->o.input_diffs;
}

/* Weights are divided by the root of the terms of a sum; a variance is positive. */
static void fill_param(struct rig *r, int i)
{
    const gan_param *p = gan_graph_param(r->g, i);
    float *x = rig_numbers(SEED_PARAM + (uint64_t)i, p->count);
    double terms = p->ndims == 4 ? (double)p->count / p->dims[p->transposed] : 1;
    int variance = p->kind == GAN_BUFFER && strstr(p->name, "variance");
    for (size_t k = 0; k < p->count; k++) {
        x[k] = (float)((double)(variance ? fabsf(x[k]) : x[k]) / sqrt(terms));
        r->e->param[i][k] = (double)x[k];
    }
    cr_assert(!gan_params_set(r->w, i, GAN_VALUES, x), "%s", gan_error_message());
    gan_mem_free(x);
}

/* The same numbers for the plan, plain NCHW, and for the reference. */
static float *same_numbers(uint64_t seed, size_t n, double *wide)
{
    float *x = rig_numbers(seed, n);
    for (size_t i = 0; i < n; i++) wide[i] = (double)x[i];
    return x;
}

struct rig rig_new(gan_graph *g, gan_plan_opt o)
{
    struct rig r = { .g = g, .o = o, .key = { 7, 11 } };
    cr_assert(g && !gan_graph_failed(g) && gan_graph_outputs(g), "%s", gan_error_message());
    r.w = gan_params_new(g, o.flags & GAN_GRAD_PARAMS ? GAN_HAS_GRADS : 0);
    r.e = eval_new(g, &o);
    cr_assert(r.w && r.e, "%s", gan_error_message());
    for (int i = 0; i < gan_graph_params(g); i++) fill_param(&r, i);
    r.p = gan_plan_new(g, r.w, &o);
    cr_assert(r.p, "%s", gan_error_message());
    cr_assert(!gan_plan_bind(r.p, NULL, 0), "%s", gan_error_message());
    gan_plan_poison(r.p, 1);
    return r;
}

void rig_free(struct rig *r)
{
    gan_plan_free(r->p);
    gan_params_free(r->w);
    eval_free(r->e);
    gan_graph_free(r->g);
    *r = (struct rig){ 0 };
}

static void put_inputs(struct rig *r)
{
    for (int i = 0; i < gan_graph_inputs(r->g); i++) {
        gan_id id = gan_graph_input_at(r->g, i);
        float *x = same_numbers(SEED_INPUT + (uint64_t)i, r->e->count[id], r->e->dst[id]);
        gan_plan_put(r->p, id, 0, r->e->shape[id].n, x);
        gan_mem_free(x);
    }
}

static void put_diffs(struct rig *r)
{
    for (int i = 0; i < gan_graph_outputs(r->g); i++) {
        gan_id id = gan_graph_output_at(r->g, i);
        if (!gan_plan_diff(r->p, id)) continue;
        float *x = same_numbers(SEED_DIFF + (uint64_t)i, r->e->count[id], r->e->seed[id]);
        memcpy(gan_plan_diff(r->p, id), x, r->e->count[id] * sizeof *x);
        gan_mem_free(x);
    }
}

void rig_plan(struct rig *r)
{
    put_inputs(r);
    cr_assert(!gan_plan_run(r->p, GAN_FWD, r->key), "%s", gan_error_message());
    if (!backward(r)) return;
    put_diffs(r);
    cr_assert(!gan_plan_run(r->p, GAN_BWD, r->key), "%s", gan_error_message());
}

/* What a plan dropped is 0 in the output: no number that goes in is. */
static void take_masks(struct rig *r)
{
    for (int i = 0; i < gan_graph_outputs(r->g) && r->o.flags & GAN_DROPOUT; i++) {
        gan_id id = gan_graph_output_at(r->g, i);
        const gan_layer_def *def = gan_graph_node(r->g, id)->def;
        const float *y = gan_plan_dst(r->p, id);
        for (size_t k = 0; y && def && !strcmp(gan_layer_name(def), "dropout") && k < r->e->count[id]; k++)
            r->e->mask[id][k] = y[k] != 0;
    }
}

void rig_run(struct rig *r)
{
    rig_plan(r);
    take_masks(r);
    eval_forward(r->e);
    if (backward(r)) eval_backward(r->e);
}

double rig_distance(const float *got, const double *right, size_t n)
{
    double largest = 0, error = 0;
    for (size_t i = 0; i < n; i++) {
        double e = fabs((double)got[i] - right[i]);
        largest = fmax(largest, fabs(right[i]));
        error = e <= error ? error : e; /* takes NaN, and keeps it */
        if (isnan(error)) return NAN;
    }
    return error / fmax(largest, 1e-3);
}

/* Called with each result of the plan and the reference's. */
typedef void visit(void *ctx, const char *name, const float *got, const double *right, size_t n);

static void visit_param(struct rig *r, int i, enum gan_block b, const double *right, visit *f, void *ctx)
{
    const gan_param *p = gan_graph_param(r->g, i);
    float *got = rig_floats(p->count);
    cr_assert(!gan_params_get(r->w, i, b, got), "%s", gan_error_message());
    f(ctx, p->name, got, right, p->count);
    gan_mem_free(got);
}

static void visit_results(struct rig *r, visit *f, void *ctx)
{
    for (int i = 0; i < gan_graph_outputs(r->g); i++) {
        gan_id id = gan_graph_output_at(r->g, i);
        if (gan_plan_dst(r->p, id)) f(ctx, "an output", gan_plan_dst(r->p, id), r->e->dst[id], r->e->count[id]);
    }
    for (int i = 0; i < gan_graph_inputs(r->g); i++) {
        gan_id id = gan_graph_input_at(r->g, i);
        if (!(r->o.input_diffs >> i & 1)) continue;
        float *got = rig_floats(r->e->count[id]);
        gan_plan_get_diff(r->p, id, 0, r->e->shape[id].n, got);
        f(ctx, "an input's diff", got, r->e->diff[id], r->e->count[id]);
        gan_mem_free(got);
    }
    for (int i = 0; i < gan_graph_params(r->g); i++)
        if (gan_graph_param(r->g, i)->kind == GAN_BUFFER)
            visit_param(r, i, GAN_VALUES, r->e->param[i], f, ctx);
        else if (r->o.flags & GAN_GRAD_PARAMS)
            visit_param(r, i, GAN_GRADS, r->e->grad[i], f, ctx);
}

struct expectation {
    char label[256];
    double tolerance;
};

static void expect_one(void *ctx, const char *name, const float *got, const double *right, size_t n)
{
    const struct expectation *x = ctx;
    double error = rig_distance(got, right, n);
    cr_expect(error <= x->tolerance, "%s: %s is off by %.3g of the largest value", x->label, name, error);
}

void rig_expect(struct rig *r, double tolerance, const char *label, ...)
{
    struct expectation x = { .tolerance = tolerance };
    va_list args;
    va_start(args, label);
    vsnprintf(x.label, sizeof x.label, label, args);
    va_end(args);
    visit_results(r, expect_one, &x);
}

static void keep_worst(void *ctx, const char *name, const float *got, const double *right, size_t n)
{
    double *worst = ctx, error = rig_distance(got, right, n);
    (void)name;
    if (!(error <= *worst)) *worst = error;
}

double rig_worst(struct rig *r)
{
    double worst = 0;
    visit_results(r, keep_worst, &worst);
    return worst;
}

struct gathered {
    float *out;
    size_t n;
};

static void gather(void *ctx, const char *name, const float *got, const double *right, size_t n)
{
    struct gathered *all = ctx;
    (void)name, (void)right;
    if (all->out) memcpy(all->out + all->n, got, n * sizeof *got);
    all->n += n;
}

float *rig_results(struct rig *r, size_t *n)
{
    struct gathered all = { NULL, 0 };
    visit_results(r, gather, &all);
    all = (struct gathered){ rig_floats(all.n), 0 };
    visit_results(r, gather, &all);
    *n = all.n;
    return all.out;
}

struct difference {
    const float *other;
    double worst;
};

static void differ(void *ctx, const char *name, const float *got, const double *right, size_t n)
{
    struct difference *d = ctx;
    double *wide = gan_mem_alloc(n, sizeof *wide);
    (void)right;
    cr_assert(wide, "%s", gan_error_message());
    for (size_t i = 0; i < n; i++) wide[i] = (double)d->other[i];
    keep_worst(&d->worst, name, got, wide, n);
    d->other += n;
    gan_mem_free(wide);
}

double rig_difference(struct rig *a, struct rig *b)
{
    size_t n;
    float *other = rig_results(b, &n);
    struct difference d = { other, 0 };
    visit_results(a, differ, &d);
    gan_mem_free(other);
    return d.worst;
}
