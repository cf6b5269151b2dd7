/* Parameters at their border: canonical order in and out whatever the layout inside, the moving average, initial values. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "core/params.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "support/rig.h"

struct net {
    gan_graph *g;
    gan_params *w;
};

static struct net unet(unsigned blocks)
{
    gan_model_opt o = { .in = 1, .out = 2, .filters = 12, .levels = 4, .size = 32 };
    struct net n = { .g = gan_model_build(gan_model_find(GAN_GENERATOR, "unet"), "gen", &o) };
    n.w = n.g ? gan_params_new(n.g, blocks) : NULL;
    cr_assert(n.w, "%s", gan_error_message());
    return n;
}

static struct net patchgan(unsigned blocks)
{
    gan_model_opt o = { .in = 3, .condition = 1, .out = 1, .filters = 16, .layers = 2, .size = 32 };
    struct net n = { .g = gan_model_build(gan_model_find(GAN_DISCRIMINATOR, "patchgan"), "dis", &o) };
    n.w = n.g ? gan_params_new(n.g, blocks) : NULL;
    cr_assert(n.w, "%s", gan_error_message());
    return n;
}

static void net_free(struct net *n)
{
    gan_params_free(n->w);
    gan_graph_free(n->g);
}

/* Fixes layouts and blocks: what the first plan does. */
static void lay_out(struct net *n, unsigned flags)
{
    gan_plan *p = gan_plan_new(n->g, n->w, &(gan_plan_opt){ .batch = 2, .flags = flags });
    cr_assert(p, "%s", gan_error_message());
    gan_plan_free(p);
}

static float *get(struct net *n, int i, enum gan_block b)
{
    float *x = rig_floats(gan_graph_param(n->g, i)->count);
    cr_assert(!gan_params_get(n->w, i, b, x), "%s", gan_error_message());
    return x;
}

static void expect_round_trips(struct net *n, const char *when)
{
    for (int b = 0; b < GAN_NBLOCK; b++)
        for (int i = 0; i < gan_graph_params(n->g) && gan_params_has(n->w, (enum gan_block)b); i++) {
            size_t count = gan_graph_param(n->g, i)->count;
            float *in = rig_numbers((uint64_t)(100 * b + i), count);
            cr_assert(!gan_params_set(n->w, i, (enum gan_block)b, in), "%s", gan_error_message());
            float *out = get(n, i, (enum gan_block)b);
            cr_expect(!memcmp(in, out, count * sizeof *in), "%s, block %d, %s", gan_graph_param(n->g, i)->name, b,
                      when);
            gan_mem_free(in);
            gan_mem_free(out);
        }
}

Test(params, come_back_as_they_were_set)
{
    const unsigned all = GAN_HAS_GRADS | GAN_HAS_ADAM | GAN_HAS_EMA;
    struct net nets[] = { unet(all), patchgan(all), unet(0), patchgan(0) };
    for (int i = 0; i < 4; i++) {
        lay_out(&nets[i], i < 2 ? GAN_GRAD_PARAMS | GAN_BATCH_STATS : 0);
        expect_round_trips(&nets[i], i < 2 ? "laid out for training" : "laid out for evaluation");
        net_free(&nets[i]);
    }
}

/* Values are there before any plan, and laying out moves them to the bit. */
Test(params, survive_being_laid_out)
{
    struct net nets[] = { unet(GAN_HAS_EMA), patchgan(GAN_HAS_EMA) };
    for (int k = 0; k < 2; k++) {
        struct net *n = &nets[k];
        gan_params_init(n->w, 5, (uint64_t)k, 0.02);
        float *before[64];
        int params = gan_graph_params(n->g);
        for (int i = 0; i < params; i++) before[i] = get(n, i, GAN_VALUES);
        lay_out(n, GAN_GRAD_PARAMS | GAN_BATCH_STATS);
        for (int i = 0; i < params; i++) {
            size_t bytes = gan_graph_param(n->g, i)->count * sizeof(float);
            float *after = get(n, i, GAN_VALUES), *average = get(n, i, GAN_EMA);
            cr_expect(!memcmp(before[i], after, bytes), "%s", gan_graph_param(n->g, i)->name);
            cr_expect(!memcmp(before[i], average, bytes), "the average of %s begins elsewhere",
                      gan_graph_param(n->g, i)->name);
            gan_mem_free(before[i]);
            gan_mem_free(after);
            gan_mem_free(average);
        }
        net_free(n);
    }
}

/* Mean and deviation of n numbers. */
static void moments(const float *x, size_t n, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += pow((double)x[i] - *mean, 2);
    *deviation = sqrt(squares / (double)n);
}

Test(params, begin_as_the_paper_says)
{
    struct net n = unet(0);
    gan_params_init(n.w, 1, 0, 0.02);
    for (int i = 0; i < gan_graph_params(n.g); i++) {
        const gan_param *p = gan_graph_param(n.g, i);
        float *x = get(&n, i, GAN_VALUES);
        double mean, deviation, slack = 6 * 0.02 / sqrt((double)p->count);
        moments(x, p->count, &mean, &deviation);
        int one = p->init == GAN_INIT_ONE || p->init == GAN_INIT_ONE_NORMAL;
        int normal = p->init == GAN_INIT_NORMAL || p->init == GAN_INIT_ONE_NORMAL;
        cr_expect(fabs(mean - one) <= (normal ? slack : 0), "%s: mean %g", p->name, mean);
        cr_expect(normal ? fabs(deviation - 0.02) < slack : deviation == 0, "%s: deviation %g", p->name, deviation);
        gan_mem_free(x);
    }
    net_free(&n);
}

/* Seed and network tell initial values; threads and layouts do not. */
Test(params, begin_alike_for_the_same_seed_alone)
{
    static const struct {
        uint64_t seed, network;
        int same;
    } rows[] = { { 1, 0, 1 }, { 1, 1, 0 }, { 2, 0, 0 } };
    struct net first = unet(0);
    gan_params_init(first.w, 1, 0, 0.02);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct net n = unet(0);
        gan_params_init(n.w, rows[k].seed, rows[k].network, 0.02);
        float *a = get(&first, 0, GAN_VALUES), *b = get(&n, 0, GAN_VALUES);
        int same = !memcmp(a, b, gan_graph_param(n.g, 0)->count * sizeof *a);
        cr_expect(same == rows[k].same, "row %zu", k);
        gan_mem_free(a);
        gan_mem_free(b);
        net_free(&n);
    }
    net_free(&first);
}

static void set_all(struct net *n, enum gan_block b, float value)
{
    for (int i = 0; i < gan_graph_params(n->g); i++) {
        size_t count = gan_graph_param(n->g, i)->count;
        float *x = rig_floats(count);
        for (size_t k = 0; k < count; k++) x[k] = value;
        cr_assert(!gan_params_set(n->w, i, b, x), "%s", gan_error_message());
        gan_mem_free(x);
    }
}

/* The first number of each block of every parameter. */
static void expect_all(struct net *n, float value, float average)
{
    for (int i = 0; i < gan_graph_params(n->g); i++) {
        int trainable = gan_graph_param(n->g, i)->kind == GAN_TRAINABLE;
        float *a = get(n, i, GAN_VALUES), *b = get(n, i, GAN_EMA);
        cr_expect(a[0] == (trainable ? value : 1) && b[0] == (trainable ? average : 2), "%s: %g, %g",
                  gan_graph_param(n->g, i)->name, (double)a[0], (double)b[0]);
        gan_mem_free(a);
        gan_mem_free(b);
    }
}

/* Running statistics stay: the average has none of its own. */
Test(params, exchange_values_and_average)
{
    struct net n = unet(GAN_HAS_EMA);
    lay_out(&n, GAN_GRAD_PARAMS | GAN_BATCH_STATS);
    set_all(&n, GAN_VALUES, 1);
    set_all(&n, GAN_EMA, 2);
    expect_all(&n, 1, 2);
    gan_params_swap_ema(n.w);
    expect_all(&n, 2, 1);
    gan_params_swap_ema(n.w);
    expect_all(&n, 1, 2);
    net_free(&n);
}

/* The output of a plan on fixed numbers, and the diff of its input, if it has one, for a diff of ones; owned. */
static float *results(struct net *n, gan_plan *p, int backward, size_t *count)
{
    gan_id x = gan_graph_input_at(n->g, 0), y = gan_graph_output_at(n->g, 0);
    gan_shape s = gan_plan_shape(p, y);
    size_t nx = 2 * 32 * 32, ny = (size_t)(s.n * s.c * s.h * s.w);
    float *in = rig_numbers(9, nx), *out = rig_floats(nx + ny);
    gan_plan_put(p, x, 0, 2, in);
    cr_assert(!gan_plan_run(p, GAN_FWD, (gan_step_key){ 0, 0 }), "%s", gan_error_message());
    memcpy(out, gan_plan_dst(p, y), ny * sizeof *out);
    if (backward) {
        for (size_t i = 0; i < ny; i++) gan_plan_diff(p, y)[i] = 1;
        cr_assert(!gan_plan_run(p, GAN_BWD, (gan_step_key){ 0, 0 }), "%s", gan_error_message());
        gan_plan_get_diff(p, x, 0, 2, out + ny);
    }
    *count = backward ? nx + ny : ny;
    gan_mem_free(in);
    return out;
}

/* A plan reads packed copies of the weights, which an exchange and a value set from outside make stale. */
Test(params, are_read_anew_after_every_change_from_outside)
{
    struct net n = unet(GAN_HAS_EMA | GAN_HAS_GRADS);
    gan_params_init(n.w, 1, 0, 0.1);
    lay_out(&n, GAN_GRAD_PARAMS | GAN_BATCH_STATS);
    set_all(&n, GAN_EMA, 0);
    gan_plan *p = gan_plan_new(n.g, n.w, &(gan_plan_opt){ .batch = 2, .input_diffs = 1 });
    cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    size_t count;
    float *first = results(&n, p, 1, &count);
    gan_params_swap_ema(n.w);
    float *average = results(&n, p, 1, &count);
    gan_params_swap_ema(n.w);
    float *again = results(&n, p, 1, &count);
    set_all(&n, GAN_VALUES, 0);
    float *zeros = results(&n, p, 1, &count);
    cr_expect(!memcmp(first, again, count * sizeof *first));
    for (size_t i = 0; i < count; i++) cr_assert(first[i] != 0 && average[i] == 0 && zeros[i] == 0, "number %zu", i);
    float *all[] = { first, average, again, zeros };
    for (int i = 0; i < 4; i++) gan_mem_free(all[i]);
    gan_plan_free(p);
    net_free(&n);
}

/* Plans of any size share one set of parameters, laid out by the first: results do not depend on which was first. */
Test(params, serve_plans_in_any_order)
{
    float *out[2];
    size_t count = 0;
    for (int training_first = 0; training_first < 2; training_first++) {
        struct net n = unet(GAN_HAS_GRADS);
        gan_params_init(n.w, 1, 0, 0.1);
        if (training_first) lay_out(&n, GAN_GRAD_PARAMS | GAN_BATCH_STATS);
        gan_plan *p = gan_plan_new(n.g, n.w, &(gan_plan_opt){ .batch = 2 });
        cr_assert(p && !gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
        if (!training_first) lay_out(&n, GAN_GRAD_PARAMS | GAN_BATCH_STATS);
        out[training_first] = results(&n, p, 0, &count);
        gan_plan_free(p);
        net_free(&n);
    }
    cr_expect(!memcmp(out[0], out[1], count * sizeof(float)));
    gan_mem_free(out[0]);
    gan_mem_free(out[1]);
}

Test(params, are_finite_until_one_is_not)
{
    struct net n = patchgan(0);
    gan_params_init(n.w, 1, 0, 0.02);
    cr_expect(gan_params_finite(n.w));
    lay_out(&n, GAN_GRAD_PARAMS | GAN_BATCH_STATS);
    cr_expect(gan_params_finite(n.w));
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    for (int k = 0; k < 3; k++) {
        int last = gan_graph_params(n.g) - 1;
        size_t count = gan_graph_param(n.g, last)->count;
        float *x = get(&n, last, GAN_VALUES), kept = x[count - 1];
        x[count - 1] = bad[k];
        cr_assert(!gan_params_set(n.w, last, GAN_VALUES, x));
        cr_expect(!gan_params_finite(n.w), "%g", (double)bad[k]);
        x[count - 1] = kept;
        cr_assert(!gan_params_set(n.w, last, GAN_VALUES, x));
        cr_expect(gan_params_finite(n.w));
        gan_mem_free(x);
    }
    net_free(&n);
}

Test(params, tell_what_they_hold)
{
    struct net n = unet(GAN_HAS_ADAM);
    cr_expect(gan_params_has(n.w, GAN_VALUES) && gan_params_has(n.w, GAN_ADAM_M) && gan_params_has(n.w, GAN_ADAM_V));
    cr_expect(!gan_params_has(n.w, GAN_GRADS) && !gan_params_has(n.w, GAN_EMA));
    cr_expect(gan_params_graph(n.w) == n.g && gan_params_updates(n.w) == 0);
    gan_params_set_updates(n.w, 1234567890123);
    cr_expect(gan_params_updates(n.w) == 1234567890123);
    lay_out(&n, GAN_GRAD_PARAMS | GAN_BATCH_STATS);
    cr_expect(gan_params_bytes(n.w) >= 3 * 4 * gan_graph_param_count(n.g));
    net_free(&n);
}
