/* pix2pix in stages: who learns when, at which rate, until when, and that a run can be cut anywhere. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gan/checkpoint.h"
#include "gan/error.h"
#include "gan/mem.h"
#include "gan/recipes.h"
#include "gan/rng.h"

enum { SIZE = 16, BATCH = 2, PIXELS = SIZE * SIZE, MOST_SET = 20 };
enum { ALONE, WARM_UP, GAN };

static float x[BATCH * PIXELS], y[BATCH * 2 * PIXELS];

static gan_batch pictures(uint64_t step)
{
    gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, step);
    for (uint64_t i = 0; i < BATCH * PIXELS; i++) x[i] = (float)(1.6 * gan_rng_uniform(r, i) - 0.8);
    for (uint64_t i = 0; i < BATCH * 2 * PIXELS; i++) y[i] = x[i / 2] * (i % 2 ? 0.5f : -0.3f);
    return (gan_batch){ BATCH, SIZE, x, y };
}

static gan_recipe *new_recipe(int n, const char *const *more)
{
    static const char *const common[] = { "generator.filters=4", "generator.levels=3",     "discriminator.filters=4",
                                          "data.size=16",        "discriminator.layers=1", "train.batch=2",
                                          "generator.dropout=0", "optimizer.lr=0.001" };
    enum { N = sizeof common / sizeof *common };
    const char *set[MOST_SET];
    gan_config c;
    for (int i = 0; i < N + n; i++) set[i] = i < N ? common[i] : more[i - N];
    cr_assert_eq(gan_config_parse(&c, "x", "", N + n, set), 0, "%s", gan_error_message());
    gan_recipe *r = gan_recipe_new(gan_recipe_find("pix2pix"), &c);
    cr_assert(r, "%s", gan_error_message());
    return r;
}

static void step(gan_recipe *r, double *loss)
{
    gan_batch b = pictures(r->key.step);
    cr_assert_eq(gan_recipe_step(r, &b, 0.001, loss), 0, "%s", gan_error_message());
}

static double loss_named(const gan_recipe *r, const double *loss, const char *name)
{
    int i = 0;
    while (strcmp(r->def->losses[i], name)) i++;
    return loss[i];
}

/* All trainable values of a network, one after another; owned. */
static float *values(const gan_net *net, size_t *n)
{
    float *all = gan_mem_alloc(gan_graph_param_count(net->graph), sizeof *all);
    *n = 0;
    for (int i = 0; i < gan_graph_params(net->graph); i++) {
        const gan_param *p = gan_graph_param(net->graph, i);
        if (p->kind != GAN_TRAINABLE) continue;
        cr_assert_eq(gan_params_get(net->params, i, GAN_VALUES, all + *n), 0);
        *n += p->count;
    }
    return all;
}

/* How far the value that moved most has moved in one step, of G and of D. */
static void move(gan_recipe *r, double *loss, double *by)
{
    float *before[2];
    size_t n;
    for (int i = 0; i < 2; i++) before[i] = values(&r->net[i], &n);
    step(r, loss);
    for (int i = 0; i < 2; i++) {
        float *after = values(&r->net[i], &n);
        by[i] = 0;
        for (size_t k = 0; k < n; k++) by[i] = fmax(by[i], fabs((double)after[k] - (double)before[i][k]));
        gan_mem_free(after);
        gan_mem_free(before[i]);
    }
}

Test(stages, train_one_network_after_the_other_and_then_both)
{
    static const char *const set[] = { "train.pretrain_steps=2", "train.warmup_steps=3" };
    static const int stages[] = { ALONE, ALONE, WARM_UP, WARM_UP, WARM_UP, GAN, GAN };
    gan_recipe *r = new_recipe(2, set);
    cr_expect(gan_recipe_stages(r) == 3);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        double loss[GAN_MAX_LOSSES], by[2];
        move(r, loss, by);
        cr_expect(r->stage == stages[i], "step %zu is of stage %d", i, r->stage);
        cr_expect((by[0] > 0) == (stages[i] != WARM_UP) && (by[1] > 0) == (stages[i] != ALONE), "step %zu", i);
        cr_expect((loss_named(r, loss, "d_real") > 0) == (stages[i] != ALONE));
        cr_expect((loss_named(r, loss, "g_gan") > 0) == (stages[i] == GAN));
        cr_expect(loss_named(r, loss, "g_l1") > 0);
    }
    gan_recipe_free(r);
}

Test(stages, are_one_by_default)
{
    gan_recipe *r = new_recipe(0, NULL);
    double loss[GAN_MAX_LOSSES], by[2];
    move(r, loss, by);
    cr_expect(r->stage == GAN && by[0] > 0 && by[1] > 0);
    gan_recipe_free(r);
}

/* Adam's first step is as long as the learning rate. */
Test(stages, have_learning_rates_of_their_own)
{
    static const char *const set[] = { "train.warmup_steps=1", "optimizer.lr_d=0.004", "optimizer.lr_gan=0.0005" };
    gan_recipe *r = new_recipe(3, set);
    double loss[GAN_MAX_LOSSES], warm[2], play[2];
    move(r, loss, warm);
    move(r, loss, play);
    cr_expect(fabs(warm[1] / 0.004 - 1) < 0.01, "D: %g", warm[1]);
    cr_expect(fabs(play[0] / 0.0005 - 1) < 0.01, "G: %g", play[0]);
    gan_recipe_free(r);
}

/* D's halved loss begins at about ln 2. */
Test(stages, end_when_the_discriminator_is_ready)
{
    static const struct {
        const char *ready;
        int least, most; /* steps of warm-up */
    } rows[] = { { "train.ready=0", 60, 60 },
                 { "train.ready=0.001", 60, 60 },
                 { "train.ready=0.6", 2, 59 },
                 { "train.ready=1", 1, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *set[] = { "train.warmup_steps=60", "optimizer.lr_d=0.01", rows[i].ready };
        gan_recipe *r = new_recipe(3, set);
        double loss[GAN_MAX_LOSSES];
        int warm = -1;
        do {
            step(r, loss);
            warm++;
        } while (r->stage == WARM_UP);
        cr_expect(warm >= rows[i].least && warm <= rows[i].most, "%s: %d steps", rows[i].ready, warm);
        gan_recipe_free(r);
    }
}

Test(stages, refuse_pretraining_without_a_loss)
{
    const char *set[] = { "train.pretrain_steps=2", "loss.l1=0", "generator.levels=3", "discriminator.layers=1",
                          "data.size=16" };
    gan_config c;
    cr_assert_eq(gan_config_parse(&c, "x", "", 5, set), 0);
    cr_expect(!gan_recipe_new(gan_recipe_find("pix2pix"), &c));
    cr_expect(strstr(gan_error_message(), "all are 0"), "%s", gan_error_message());
}

static void expect_same(const gan_recipe *a, const gan_recipe *b, int cut)
{
    for (int i = 0; i < 2; i++) {
        size_t n;
        float *one = values(&a->net[i], &n), *other = values(&b->net[i], &n);
        cr_expect(!memcmp(one, other, n * sizeof *one), "%s differs after a cut at %d", a->net[i].name, cut);
        gan_mem_free(one);
        gan_mem_free(other);
    }
}

/* The warm-up ends by readiness, whose state is kept. */
Test(stages, go_on_after_a_cut_anywhere)
{
    static const char *const set[] = { "train.pretrain_steps=2", "train.warmup_steps=60", "optimizer.lr_d=0.01",
                                       "train.ready=0.6" };
    enum { STEPS = 30 };
    char path[] = "/tmp/gan-stages-XXXXXX";
    double loss[GAN_MAX_LOSSES];
    gan_recipe *whole = new_recipe(4, set);
    int close_fd = mkstemp(path), seen[3] = { 0 };
    cr_assert(close_fd >= 0);
    close(close_fd);
    for (int i = 0; i < STEPS; i++) {
        step(whole, loss);
        seen[whole->stage]++;
    }
    cr_assert(seen[ALONE] && seen[WARM_UP] > 1 && seen[GAN], "%d, %d, %d", seen[0], seen[1], seen[2]);
    const int cuts[] = { 1, 2, 3, 2 + seen[WARM_UP] / 2, 2 + seen[WARM_UP], STEPS - 1 };
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
        gan_recipe *first = new_recipe(4, set), *second = new_recipe(4, set);
        gan_run_state s = { 0 };
        for (int i = 0; i < cuts[k]; i++) step(first, loss);
        s.step = first->key.step;
        cr_assert_eq(gan_checkpoint_save(path, first, &s), 0, "%s", gan_error_message());
        cr_assert_eq(gan_checkpoint_load(path, second, &s), 0, "%s", gan_error_message());
        for (int i = cuts[k]; i < STEPS; i++) step(second, loss);
        expect_same(whole, second, cuts[k]);
        gan_recipe_free(first);
        gan_recipe_free(second);
    }
    unlink(path);
    gan_recipe_free(whole);
}
