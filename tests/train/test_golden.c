/* Ten steps of pix2pix against PyTorch's (tests/golden/make.py): both networks' plans as training uses them, Adam by the
 * callback. Then evaluation by the running statistics. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "gan/adam.h"
#include "gan/loss.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/plan.h"
#include "support/golden.h"
#include "support/rig.h"

enum { STEPS = 10, BATCHES = 2, BATCH = 2, SIDE = 32, PIXELS = BATCH * SIDE * SIDE, LOSSES = 4 };

static const gan_adam ADAM = { .lr = 2e-4, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8 };
static const float L1_WEIGHT = 100;

struct net {
    const char *name;
    gan_graph *g;
    gan_params *w;
};

struct run {
    gan_st_file *start, *right; /* golden files: the beginning, the end */
    struct net g, d;
    gan_plan *gen, *dis, *judge;
    void *memory; /* of dis and judge, which never run at the same time */
    gan_id x, fake, condition, picture, scores;
    size_t nscores; /* of one batch */
    float *batch_x, *batch_y;
};

static gan_plan *plan(struct net *m, gan_plan_opt o)
{
    gan_plan *p = gan_plan_new(m->g, m->w, &o);
    cr_assert(p, "%s", gan_error_message());
    gan_plan_poison(p, 1);
    return p;
}

static void update(void *ctx, int i, const float *diff)
{
    gan_adam_param(ctx, &ADAM, i, diff);
}

static float *start_of(const struct run *r, size_t n, const char *name)
{
    float *x = golden_floats(r->start, n, "%s", name);
    cr_assert(x, "%s", gan_error_message());
    return x;
}

static struct net net_new(const struct run *r, enum gan_model_kind kind, const char *name, gan_model_opt o)
{
    struct net m = { .name = name, .g = gan_model_build(gan_model_find(kind, name), name, &o) };
    cr_assert(m.g, "%s", gan_error_message());
    m.w = gan_params_new(m.g, GAN_HAS_ADAM);
    cr_assert(m.w, "%s", gan_error_message());
    gan_params_init(m.w, 1, 0, 0);
    for (int i = 0; i < gan_graph_params(m.g); i++) {
        const gan_param *p = gan_graph_param(m.g, i);
        char full[2 * GAN_NAME_BYTES];
        if (p->kind != GAN_TRAINABLE) continue;
        snprintf(full, sizeof full, "%s/%s", name, p->name);
        float *x = start_of(r, p->count, full);
        cr_assert(!gan_params_set(m.w, i, GAN_VALUES, x), "%s", gan_error_message());
        gan_mem_free(x);
    }
    return m;
}

static void make_plans(struct run *r)
{
    const unsigned train = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS;
    r->gen = plan(&r->g, (gan_plan_opt){ .batch = BATCH, .flags = train, .ready = update, .ctx = r->g.w });
    r->dis =
        plan(&r->d, (gan_plan_opt){ .batch = 2 * BATCH, .groups = 2, .flags = train, .ready = update, .ctx = r->d.w });
    r->judge = plan(&r->d, (gan_plan_opt){ .batch = BATCH, .flags = GAN_BATCH_STATS, .input_diffs = 2 });
    size_t a = gan_plan_bytes(r->dis), b = gan_plan_bytes(r->judge), bytes = a > b ? a : b;
    r->memory = gan_mem_alloc_large(bytes);
    cr_assert(r->memory && !gan_plan_bind(r->gen, NULL, 0), "%s", gan_error_message());
    cr_assert(!gan_plan_bind(r->dis, r->memory, bytes) && !gan_plan_bind(r->judge, r->memory, bytes));
}

static struct run run_new(void)
{
    struct run r = { .start = golden_open("networks.safetensors"), .right = golden_open("training.safetensors") };
    cr_assert(r.start && r.right, "%s", gan_error_message());
    r.g = net_new(&r, GAN_GENERATOR, "unet",
                  (gan_model_opt){ .in = 1, .out = 2, .filters = 8, .levels = 3, .size = SIDE });
    r.d = net_new(&r, GAN_DISCRIMINATOR, "patchgan",
                  (gan_model_opt){ .in = 3, .condition = 1, .out = 1, .filters = 8, .layers = 2, .size = SIDE });
    make_plans(&r);
    r.x = gan_graph_input_at(r.g.g, 0);
    r.fake = gan_graph_output_at(r.g.g, 0);
    r.condition = gan_graph_input_at(r.d.g, 0);
    r.picture = gan_graph_input_at(r.d.g, 1);
    r.scores = gan_graph_output_at(r.d.g, 0);
    gan_shape s = gan_plan_shape(r.judge, r.scores);
    r.nscores = (size_t)(s.n * s.c * s.h * s.w);
    r.batch_x = start_of(&r, BATCHES * PIXELS, "x");
    r.batch_y = start_of(&r, 2 * BATCHES * PIXELS, "y");
    return r;
}

static void run_free(struct run *r)
{
    gan_plan *plans[] = { r->gen, r->dis, r->judge };
    for (int i = 0; i < 3; i++) gan_plan_free(plans[i]);
    gan_mem_free(r->memory);
    gan_mem_free(r->batch_x);
    gan_mem_free(r->batch_y);
    struct net *nets[] = { &r->g, &r->d };
    for (int i = 0; i < 2; i++) {
        gan_params_free(nets[i]->w);
        gan_graph_free(nets[i]->g);
    }
    gan_st_close(r->start);
    gan_st_close(r->right);
}

static void go(gan_plan *p, enum gan_pass pass)
{
    cr_assert(!gan_plan_run(p, pass, (gan_step_key){ 1, 1 }), "%s", gan_error_message());
}

/* One step: d_real, d_fake, g_gan, g_l1 into loss. */
static void step(struct run *r, const float *x, const float *y, double *loss)
{
    const gan_adversarial_def *bce = gan_adversarial_find("vanilla");
    gan_plan_put(r->gen, r->x, 0, BATCH, x);
    go(r->gen, GAN_FWD);
    const float *fake = gan_plan_dst(r->gen, r->fake);

    for (int i = 0; i < 2; i++) gan_plan_put(r->dis, r->condition, i * BATCH, BATCH, x);
    gan_plan_put(r->dis, r->picture, 0, BATCH, y);
    gan_plan_put(r->dis, r->picture, BATCH, BATCH, fake);
    go(r->dis, GAN_FWD);
    const float *scores = gan_plan_dst(r->dis, r->scores);
    float *diff = gan_plan_diff(r->dis, r->scores);
    loss[0] = bce->eval(scores, r->nscores, GAN_REAL, 0.5f, diff);
    loss[1] = bce->eval(scores + r->nscores, r->nscores, GAN_FAKE, 0.5f, diff + r->nscores);
    gan_adam_begin(r->d.w);
    go(r->dis, GAN_BWD);

    gan_plan_put(r->judge, r->condition, 0, BATCH, x);
    gan_plan_put(r->judge, r->picture, 0, BATCH, fake);
    go(r->judge, GAN_FWD);
    loss[2] = bce->eval(gan_plan_dst(r->judge, r->scores), r->nscores, GAN_FOOL, 1, gan_plan_diff(r->judge, r->scores));
    go(r->judge, GAN_BWD);
    gan_plan_get_diff(r->judge, r->picture, 0, BATCH, gan_plan_diff(r->gen, r->fake));
    loss[3] = gan_loss_find("l1")->eval(fake, y, 2 * PIXELS, L1_WEIGHT, gan_plan_diff(r->gen, r->fake));
    gan_adam_begin(r->g.w);
    go(r->gen, GAN_BWD);
}

/* |got - right| over |right - before|, in the L2 norm: the share of the way that is wrong. */
static double wrong_way(const float *got, const double *right, const double *before, size_t n)
{
    double error = 0, way = 0;
    for (size_t i = 0; i < n; i++) {
        error += pow((double)got[i] - right[i], 2);
        way += pow(right[i] - before[i], 2);
    }
    return sqrt(error / way);
}

/* Where a parameter began: running statistics at 0 and 1. */
static double *before(const struct run *r, const struct net *m, const gan_param *p)
{
    if (p->kind == GAN_TRAINABLE) return golden_doubles(r->start, p->count, "%s/%s", m->name, p->name);
    double *x = gan_mem_alloc(p->count, sizeof *x);
    for (size_t k = 0; x && k < p->count; k++) x[k] = strstr(p->name, "variance") ? 1 : 0;
    return x;
}

static void expect_param(const struct run *r, const struct net *m, int i)
{
    const gan_param *p = gan_graph_param(m->g, i);
    double *right = golden_doubles(r->right, p->count, "final/%s/%s", m->name, p->name), *from = before(r, m, p);
    float *got = rig_floats(p->count);
    cr_assert(right && from && !gan_params_get(m->w, i, GAN_VALUES, got), "%s", gan_error_message());
    double wrong = wrong_way(got, right, from, p->count);
    cr_expect(wrong < 1e-4, "%s %s went wrong by %g of its way", m->name, p->name, wrong);
    gan_mem_free(right);
    gan_mem_free(from);
    gan_mem_free(got);
}

/* The golden file has no running statistics of D's. */
static void expect_params(const struct run *r)
{
    for (int i = 0; i < gan_graph_params(r->g.g); i++) expect_param(r, &r->g, i);
    for (int i = 0; i < gan_graph_params(r->d.g); i++)
        if (gan_graph_param(r->d.g, i)->kind == GAN_TRAINABLE) expect_param(r, &r->d, i);
}

/* The generator at rest: running statistics, no gradients, another plan over the same parameters. */
static void expect_evaluation(struct run *r)
{
    gan_plan *p = plan(&r->g, (gan_plan_opt){ .batch = BATCH });
    cr_assert(!gan_plan_bind(p, NULL, 0), "%s", gan_error_message());
    gan_plan_put(p, r->x, 0, BATCH, r->batch_x);
    go(p, GAN_FWD);
    double distance = golden_distance(r->right, gan_plan_dst(p, r->fake), 2 * PIXELS, "eval/unet");
    cr_expect(distance < 1e-4, "evaluation is off by %g %s", distance, isnan(distance) ? gan_error_message() : "");
    gan_plan_free(p);
}

Test(golden_training, ten_steps_of_pix2pix)
{
    struct run r = run_new();
    double *right = golden_doubles(r.right, STEPS * LOSSES, "loss"), loss[LOSSES];
    cr_assert(right, "%s", gan_error_message());
    for (int s = 0; s < STEPS; s++) {
        int b = s % BATCHES;
        step(&r, r.batch_x + b * PIXELS, r.batch_y + b * 2 * PIXELS, loss);
        for (int i = 0; i < LOSSES; i++)
            cr_expect(fabs(loss[i] - right[s * LOSSES + i]) < 1e-4, "step %d, loss %d: %.6f is not %.6f", s, i, loss[i],
                      right[s * LOSSES + i]);
    }
    expect_params(&r);
    expect_evaluation(&r);
    gan_mem_free(right);
    run_free(&r);
}
