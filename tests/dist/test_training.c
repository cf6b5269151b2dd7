/* Ranks train as one process does: the same gradients and losses at the same global batch, by every recipe. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "gan/error.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "gan/recipes.h"
#include "gan/rng.h"
#include "support/ranks.h"
#include "train/ranks.h"

enum {
    MOST_SIZE = 64,
    BATCH = 8,
    CHANNELS = 3,
    FLOATS = BATCH * CHANNELS * MOST_SIZE * MOST_SIZE,
    STEPS = 3,
    MOST_LOSSES = 16
};

struct run { /* what all ranks do, and what came of it */
    gan_config config;
    float x[FLOATS], y[FLOATS];
    double loss[STEPS][MOST_LOSSES]; /* of rank 0 */
    float *moments[GAN_MAX_NETS];    /* Adam's first, after the first step: gradients times 1 - beta1; owned */
    float *values[GAN_MAX_NETS];     /* after all steps, running statistics too; owned */
    size_t count[GAN_MAX_NETS];
    int nets, losses, alike; /* alike: each rank had rank 0's values in the end */
};

static const char *const common[] = {
    "data.size=16",           "train.batch=8",         "generator.filters=8",
    "generator.levels=3",     "generator.init=0.1",    "discriminator.filters=8",
    "discriminator.layers=2", "train.bucket_mib=0.01", "optimizer.lr=0.0001",
};
enum { COMMON = sizeof common / sizeof *common, EXTRA = 8 };

static void numbers(float *out, uint64_t step)
{
    gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, step);
    for (uint64_t i = 0; i < FLOATS; i++) out[i] = (float)(1.6 * gan_rng_uniform(r, i) - 0.8);
}

static struct run *prepare(const char *const *extra)
{
    struct run *run = gan_mem_alloc(1, sizeof *run);
    const char *set[COMMON + EXTRA];
    int n = COMMON;
    memcpy(set, common, sizeof common);
    for (; *extra; extra++) set[n++] = *extra;
    cr_assert(run && !gan_config_parse(&run->config, "x", "", n, set), "%s", gan_error_message());
    numbers(run->x, 1);
    numbers(run->y, 2);
    return run;
}

static void release(struct run *run)
{
    for (int i = 0; i < GAN_MAX_NETS; i++) {
        gan_mem_free(run->moments[i]);
        gan_mem_free(run->values[i]);
    }
    gan_mem_free(run);
}

/* All of a block, one parameter after the other; owned. */
static float *copy_block(const gan_net *net, enum gan_block b, size_t *count)
{
    size_t n = 0, at = 0;
    for (int i = 0; i < gan_graph_params(net->graph); i++) n += gan_graph_param(net->graph, i)->count;
    float *out = gan_mem_alloc(n, sizeof *out);
    for (int i = 0; out && i < gan_graph_params(net->graph); i++) {
        gan_params_get(net->params, i, b, out + at);
        at += gan_graph_param(net->graph, i)->count;
    }
    *count = n;
    return out;
}

static gan_batch part(const struct run *run, const gan_recipe *r)
{
    size_t side = (size_t)run->config.data.size, pixels = side * side, first = (size_t)r->first;
    size_t in = (size_t)gan_config_inputs(&run->config), out = (size_t)gan_config_outputs(&run->config);
    return (gan_batch){ (int)r->config.train.batch, (int)side, run->x + first * in * pixels,
                        run->y + first * out * pixels };
}

/* Each rank has moments of what it updates. */
static void keep_moments(struct run *run, gan_recipe *r)
{
    if (gan_ranks_collect(r, GAN_HAS_ADAM) || gan_dist_rank(r->dist)) return;
    for (int i = 0; i < r->nets; i++) run->moments[i] = copy_block(&r->net[i], GAN_ADAM_M, &run->count[i]);
}

/* Rank 0 keeps what all should have, which the others compare with theirs. */
static void keep_values(struct run *run, gan_recipe *r)
{
    double differ = 0;
    for (int i = 0; i < r->nets; i++) {
        size_t n;
        float *mine = copy_block(&r->net[i], GAN_VALUES, &n), *first = copy_block(&r->net[i], GAN_VALUES, &n);
        differ += gan_dist_broadcast(r->dist, first, n * sizeof *first) || memcmp(mine, first, n * sizeof *mine);
        gan_mem_free(mine);
        if (gan_dist_rank(r->dist))
            gan_mem_free(first);
        else
            run->values[i] = first;
    }
    gan_dist_sum(r->dist, &differ, 1);
    if (gan_dist_rank(r->dist)) return;
    run->alike = differ == 0;
    run->nets = r->nets;
    run->losses = gan_recipe_losses(r);
}

static int steps(struct run *run, gan_dist *d)
{
    double loss[MOST_LOSSES];
    gan_parallel_use(1);
    gan_recipe *r = gan_recipe_new_ranked(gan_recipe_find(run->config.train.recipe), &run->config, NULL, d);
    if (!r) return -1;
    gan_batch b = part(run, r);
    int bad = 0, first = !gan_dist_rank(d);
    for (int s = 0; s < STEPS && !bad; s++) {
        bad = gan_recipe_step(r, &b, run->config.optimizer.lr, loss);
        if (first) memcpy(run->loss[s], loss, sizeof loss);
        if (!bad && !s) keep_moments(run, r);
    }
    if (!bad) keep_values(run, r);
    gan_recipe_free(r);
    return bad;
}

static void body(gan_dist *d, void *ctx)
{
    ranks_expect(d, !steps(ctx, d), "%s", gan_error_message());
}

/* The largest difference, as a share of the network's largest value: gradients that cancel to nothing are noise. */
static double distance(const float *a, const float *b, size_t n)
{
    double most = 0, worst = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)b[i]));
        worst = fmax(worst, fabs((double)a[i] - (double)b[i]));
    }
    return most > 0 ? worst / most : worst;
}

static void compare(const struct run *one, const struct run *many, int ranks, const char *what, double tolerance)
{
    for (int i = 0; i < one->nets; i++) {
        double off = distance(many->moments[i], one->moments[i], one->count[i]);
        cr_expect(off < tolerance, "%s, %d ranks: gradients of network %d are off by %g", what, ranks, i, off);
    }
    for (int s = 0; s < STEPS; s++)
        for (int k = 0; k < one->losses; k++) {
            double a = one->loss[s][k], b = many->loss[s][k];
            cr_expect(fabs(a - b) <= 20 * tolerance * fabs(a), "%s, %d ranks: loss %d of step %d is %g, not %g", what,
                      ranks, k, s, b, a);
        }
    cr_expect(many->alike, "%s: %d ranks have different values", what, ranks);
}

static void check(const char *what, double tolerance, const char *const *extra)
{
    struct run *one = prepare(extra);
    cr_assert(!steps(one, NULL), "%s", gan_error_message());
    for (int ranks = 2; ranks <= 4; ranks += 2) {
        struct run *many = prepare(extra);
        ranks_run(ranks, (uint64_t)ranks, body, many);
        compare(one, many, ranks, what, tolerance);
        release(many);
    }
    release(one);
}

#define SET(...) ((const char *const[]){ __VA_ARGS__, NULL })

Test(training, synchronised_batch_norm_makes_one_batch_of_all)
{
    check("pix2pix", 1e-5, SET("train.batch_norm=synchronised"));
    check("regression", 1e-5, SET("train.batch_norm=synchronised", "train.recipe=regression"));
}

Test(training, norms_of_a_picture_need_nothing)
{
    check("instance", 1e-5, SET("generator.norm=instance", "discriminator.norm=instance"));
    check("none", 1e-5, SET("generator.norm=none", "discriminator.norm=none", "train.ema=0.9"));
}

Test(training, cyclegan_adds_its_uses_up_first)
{
    check("cyclegan", 1e-5,
          SET("train.recipe=cyclegan", "data.layout=unpaired", "data.colour_space=rgb", "data.input=rgb",
              "generator.norm=instance", "discriminator.norm=instance"));
    check("cyclegan, batch norm", 1e-5,
          SET("train.recipe=cyclegan", "data.layout=unpaired", "data.colour_space=rgb", "data.input=rgb",
              "generator.norm=batch", "discriminator.norm=batch", "train.batch_norm=synchronised"));
}

Test(training, stages_change_together)
{
    check("warm-up", 1e-5,
          SET("train.batch_norm=synchronised", "train.pretrain_steps=1", "train.warmup_steps=5", "train.ready=0.7"));
}

Test(training, classes_of_colour)
{
    check("classification", 1e-5,
          SET("train.batch_norm=synchronised", "train.recipe=classification", "generator.model=zhang",
              "generator.filters=4"));
}

static void diverge_body(gan_dist *d, void *ctx)
{
    ranks_expect(d, steps(ctx, d) == -1, "a loss that is no number goes unnoticed");
    ranks_expect(d, strstr(gan_error_message(), "training has diverged") != NULL, "'%s'", gan_error_message());
    ranks_expect(d, gan_dist_agreed(d), "ranks do not know of each other");
}

Test(training, a_loss_that_is_no_number_in_one_rank_stops_all)
{
    struct run *run = prepare(SET("train.recipe=regression"));
    run->y[0] = NAN;
    ranks_run(2, 1, diverge_body, run);
    release(run);
}

Test(training, bfloat16_is_close)
{
    check("bf16", 2e-2, SET("train.batch_norm=synchronised", "train.allreduce=bf16"));
}

Test(training, ranks_with_norms_of_their_own_stay_alike)
{
    const char *const *extra = SET("train.pool=8", "train.ema=0.9");
    for (int ranks = 2; ranks <= 4; ranks++) {
        if (BATCH % ranks) continue;
        struct run *many = prepare(extra), *again = prepare(extra);
        ranks_run(ranks, 1, body, many);
        ranks_run(ranks, 2, body, again);
        cr_expect(many->alike, "%d ranks have different values", ranks);
        for (int i = 0; i < many->nets; i++)
            cr_expect(!memcmp(many->values[i], again->values[i], many->count[i] * sizeof(float)),
                      "%d ranks: other bits when others are late", ranks);
        release(many);
        release(again);
    }
}

Test(training, what_cannot_be_divided_is_refused)
{
    gan_dist *d = gan_dist_pretend(3);
    struct run *batch = prepare(SET("train.pool=0")), *pool = prepare(SET("train.batch=9", "train.pool=10"));
    cr_expect_null(gan_recipe_new_ranked(gan_recipe_find("pix2pix"), &batch->config, NULL, d));
    cr_expect(strstr(gan_error_message(), "train.batch = 8 cannot be divided among 3 ranks"), "%s",
              gan_error_message());
    cr_expect_null(gan_recipe_new_ranked(gan_recipe_find("pix2pix"), &pool->config, NULL, d));
    cr_expect(strstr(gan_error_message(), "train.pool = 10 cannot be divided"), "%s", gan_error_message());
    release(batch);
    release(pool);
    gan_dist_free(d);
}

/* The smallest U-Net that drops is one of six levels. */
#define DROPS "train.recipe=regression", "data.size=64", "generator.levels=6", "generator.filters=2"

Test(training, ranks_drop_what_one_process_drops)
{
    check("dropout", 1e-5, SET(DROPS, "train.batch_norm=synchronised"));
}

static void exchange_halves(float *x, size_t half)
{
    for (size_t i = 0; i < half; i++) {
        float t = x[i];
        x[i] = x[half + i];
        x[half + i] = t;
    }
}

/* If it did not matter where a picture stands, the test above would prove nothing. */
Test(training, what_is_dropped_depends_on_the_place_in_the_batch)
{
    struct run *one = prepare(SET(DROPS)), *moved = prepare(SET(DROPS));
    size_t half = BATCH / 2 * MOST_SIZE * MOST_SIZE;
    exchange_halves(moved->x, half);
    exchange_halves(moved->y, 2 * half);
    ranks_run(2, 1, body, one);
    ranks_run(2, 1, body, moved);
    cr_expect(distance(one->moments[0], moved->moments[0], one->count[0]) > 1e-3);
    release(one);
    release(moved);
}
