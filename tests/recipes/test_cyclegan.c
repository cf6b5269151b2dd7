#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "gan/error.h"
#include "gan/recipes.h"
#include "gan/rng.h"

enum { SIZE = 16, BATCH = 2, A_FLOATS = BATCH * 3 * SIZE * SIZE, LOSSES = 8 };
enum { GAN_B, GAN_A, CYCLE_A, CYCLE_B, SAME_B, SAME_A, D_B, D_A };

static float x[A_FLOATS], y[A_FLOATS];

static gan_recipe *new_recipe(const char *input, gan_batch *b)
{
    static const char *const common[] = {
        "train.recipe=cyclegan",  "data.layout=unpaired", "data.colour_space=rgb",      "data.size=16",
        "train.batch=2",          "generator.model=unet", "generator.filters=4",        "generator.levels=3",
        "generator.norm=none",    "generator.dropout=0",  "generator.init=0.2",         "discriminator.filters=4",
        "discriminator.layers=1", "loss.gan=lsgan",       "discriminator.norm=instance"
    };
    enum { N = sizeof common / sizeof *common };
    const char *set[N + 1];
    char last[64];
    gan_config c;
    for (size_t i = 0; i < N; i++) set[i] = common[i];
    snprintf(last, sizeof last, "data.input=%s", input);
    set[N] = last;
    cr_assert_eq(gan_config_parse(&c, "x", "", N + 1, set), 0, "%s", gan_error_message());
    gan_rng r = gan_rng_at(1, GAN_STREAM_TEST, 0);
    for (uint64_t i = 0; i < A_FLOATS; i++) {
        x[i] = (float)(1.6 * gan_rng_uniform(r, i) - 0.8);
        y[i] = (float)(1.6 * gan_rng_uniform(r, A_FLOATS + i) - 0.8);
    }
    *b = (gan_batch){ BATCH, SIZE, x, y };
    gan_recipe *m = gan_recipe_new(gan_recipe_find("cyclegan"), &c);
    cr_assert(m, "%s", gan_error_message());
    return m;
}

/* What both generators minimise, by the default weights. */
static double total(const double *loss)
{
    return loss[GAN_B] + loss[GAN_A] + 10 * (loss[CYCLE_A] + loss[CYCLE_B]) + 5 * (loss[SAME_A] + loss[SAME_B]);
}

static void move(gan_params *w, uint64_t seed, double by)
{
    const gan_graph *g = gan_params_graph(w);
    for (int i = 0; i < gan_graph_params(g); i++) {
        size_t n = gan_graph_param(g, i)->count;
        float *v = malloc(n * sizeof *v);
        gan_rng r = gan_rng_at(seed, GAN_STREAM_TEST, (uint64_t)i);
        cr_assert_eq(gan_params_get(w, i, GAN_VALUES, v), 0);
        for (size_t k = 0; k < n; k++) v[k] += (float)(by * gan_rng_normal(r, k));
        cr_assert_eq(gan_params_set(w, i, GAN_VALUES, v), 0);
        free(v);
    }
}

static double along(gan_params *w, uint64_t seed)
{
    const gan_graph *g = gan_params_graph(w);
    double sum = 0;
    for (int i = 0; i < gan_graph_params(g); i++) {
        size_t n = gan_graph_param(g, i)->count;
        float *v = malloc(n * sizeof *v);
        gan_rng r = gan_rng_at(seed, GAN_STREAM_TEST, (uint64_t)i);
        cr_assert_eq(gan_params_get(w, i, GAN_GRADS, v), 0);
        for (size_t k = 0; k < n; k++) sum += (double)v[k] * gan_rng_normal(r, k);
        free(v);
    }
    return sum;
}

/* With a learning rate of 0 a step only measures: the gradients it adds up over all uses of a generator are the
 * derivatives of the sum of losses. */
static void expect_gradients(const char *input)
{
    gan_batch b;
    gan_recipe *m = new_recipe(input, &b);
    double loss[LOSSES], more[LOSSES], less[LOSSES];
    const double h = 3e-5;
    for (int net = 0; net < 2; net++)
        for (uint64_t seed = 5; seed < 8; seed++) {
            gan_params *w = m->net[net].params;
            cr_assert_eq(gan_recipe_step(m, &b, 0, loss), 0, "%s", gan_error_message());
            double analytic = along(w, seed);
            move(w, seed, h);
            cr_assert_eq(gan_recipe_step(m, &b, 0, more), 0);
            move(w, seed, -2 * h);
            cr_assert_eq(gan_recipe_step(m, &b, 0, less), 0);
            move(w, seed, h);
            double numeric = (total(more) - total(less)) / (2 * h);
            cr_expect_float_eq(analytic, numeric, 0.03 * fabs(numeric) + 0.15, "net %d: %g, %g", net, analytic,
                               numeric);
        }
    gan_recipe_free(m);
}

Test(cyclegan, generators_follow_the_sum_of_all_losses)
{
    expect_gradients("rgb");
}

Test(cyclegan, domains_may_differ_in_channels)
{
    gan_batch b;
    double loss[LOSSES];
    expect_gradients("gray");
    gan_recipe *m = new_recipe("gray", &b);
    cr_assert_eq(gan_recipe_step(m, &b, 1e-3, loss), 0);
    cr_expect(loss[SAME_A] == 0 && loss[SAME_B] == 0, "no identity loss across channels");
    gan_recipe_free(m);
}

Test(cyclegan, cycles_close_with_learning)
{
    gan_batch b;
    double loss[LOSSES], first = 0;
    gan_recipe *m = new_recipe("rgb", &b);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(gan_recipe_step(m, &b, 2e-3, loss), 0, "%s", gan_error_message());
        if (!i) first = loss[CYCLE_A] + loss[CYCLE_B];
    }
    cr_expect_lt(loss[CYCLE_A] + loss[CYCLE_B], 0.8 * first);
    gan_recipe_free(m);
}

Test(cyclegan, paired_data_are_refused)
{
    gan_config c;
    cr_assert_eq(gan_config_parse(&c, "x", "[train]\nrecipe = cyclegan", 0, NULL), 0);
    cr_expect_null(gan_recipe_new(gan_recipe_find("cyclegan"), &c));
    cr_expect_str_eq(gan_error_message(), "recipe cyclegan learns from two folders: set data.layout = unpaired");
}
