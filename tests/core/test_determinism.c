/* The same bits: of two runs, and whatever the number of threads where the loops are ours. oneDNN's convolutions promise
 * that only for the same number of threads. */
#include <criterion/criterion.h>

#include <string.h>

#include "gan/adam.h"
#include "gan/layers.h"
#include "gan/mem.h"
#include "gan/model.h"
#include "gan/parallel.h"
#include "support/rig.h"

enum { SIDE = 40, THREADS = 3 };

static const gan_adam ADAM = { .lr = 1e-3, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8, .ema = 0.99 };

/* Everything but convolutions. */
static gan_graph *ours(void)
{
    gan_graph *g = gan_graph_new("ours");
    gan_id x = gan_graph_input(g, "x", (gan_shape){ 1, 16, SIDE, SIDE });
    gan_id a = gan_lrelu(g, "a", gan_batchnorm(g, "a", x, 1e-5f), 0.2f);
    gan_id b = gan_dropout(g, "b", gan_instancenorm(g, "b", a, 1e-5f), 0.5f);
    gan_id t = gan_add(g, "s", gan_tanh(g, "t", b), gan_sigmoid(g, "g", a));
    t = gan_reflectpad(g, "p", gan_upsample(g, "u", gan_concat(g, "j", t, a), 2), 1);
    gan_graph_output(g, "y", gan_batchnorm(g, "n", t, 1e-5f));
    return g;
}

static gan_graph *unet(void)
{
    gan_model_opt o = { .in = 1, .out = 2, .filters = 16, .levels = 4, .dropout = 0.5f, .size = 32 };
    return gan_model_build(gan_model_find(GAN_GENERATOR, "unet"), "gen", &o);
}

/* All results of two passes and an update between them; owned. */
static float *results(gan_graph *g, size_t *n)
{
    struct rig r =
        rig_new(g, (gan_plan_opt){ .batch = 4,
                                   .groups = 2,
                                   .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS | GAN_DROPOUT,
                                   .input_diffs = RIG_ALL });
    rig_plan(&r);
    r.key.step++;
    rig_plan(&r);
    float *out = rig_results(&r, n);
    rig_free(&r);
    return out;
}

static void expect_same_bits(gan_graph *(*make)(void), int first, int threads, const char *what)
{
    size_t n;
    gan_parallel_use(first);
    float *a = results(make(), &n);
    gan_parallel_use(threads);
    float *b = results(make(), &n);
    cr_expect(!memcmp(a, b, n * sizeof *a), "%s: %d and %d threads", what, first, threads);
    gan_mem_free(a);
    gan_mem_free(b);
}

Test(determinism, two_runs_have_the_same_bits)
{
    for (int threads = 1; threads <= THREADS; threads++) {
        expect_same_bits(unet, threads, threads, "U-Net");
        expect_same_bits(ours, threads, threads, "without convolutions");
    }
}

Test(determinism, our_loops_do_not_depend_on_threads)
{
    for (int threads = 2; threads <= THREADS; threads++) expect_same_bits(ours, 1, threads, "without convolutions");
}

/* Values, moments and average of a graph after some updates; owned. */
static float *updated(int threads, size_t *n)
{
    gan_graph *g = unet();
    gan_params *w = g ? gan_params_new(g, GAN_HAS_GRADS | GAN_HAS_ADAM | GAN_HAS_EMA) : NULL;
    cr_assert(w, "%s", gan_error_message());
    gan_parallel_use(threads);
    gan_params_init(w, 1, 0, 0.02);
    gan_plan *p = gan_plan_new(g, w, &(gan_plan_opt){ .batch = 1, .flags = GAN_GRAD_PARAMS });
    cr_assert(p, "%s", gan_error_message());
    size_t largest = 0, total = 0;
    for (int i = 0; i < gan_graph_params(g); i++) total += gan_graph_param(g, i)->count;
    float *out = rig_floats(4 * total);
    for (int i = 0; i < gan_graph_params(g); i++) {
        size_t count = gan_graph_param(g, i)->count;
        float *x = rig_numbers((uint64_t)i, count);
        largest = count > largest ? count : largest;
        cr_assert(!gan_params_set(w, i, GAN_GRADS, x), "%s", gan_error_message());
        gan_mem_free(x);
    }
    for (int t = 0; t < 3; t++) gan_adam_step(w, &ADAM);
    static const enum gan_block blocks[] = { GAN_VALUES, GAN_ADAM_M, GAN_ADAM_V, GAN_EMA };
    *n = 0;
    for (int b = 0; b < 4; b++)
        for (int i = 0; i < gan_graph_params(g); i++) {
            cr_assert(!gan_params_get(w, i, blocks[b], out + *n), "%s", gan_error_message());
            *n += gan_graph_param(g, i)->count;
        }
    cr_assert(largest > 4 * 4096, "too small to be shared by threads");
    gan_plan_free(p);
    gan_params_free(w);
    gan_graph_free(g);
    return out;
}

Test(determinism, initial_values_and_adam_do_not_depend_on_threads)
{
    size_t n;
    float *one = updated(1, &n);
    for (int threads = 2; threads <= THREADS; threads++) {
        float *more = updated(threads, &n);
        cr_expect(!memcmp(one, more, n * sizeof *one), "%d threads", threads);
        gan_mem_free(more);
    }
    gan_mem_free(one);
}
