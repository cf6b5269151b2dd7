/* Regression: the generator alone, by its pixel losses. What the article's autoencoders do, and the baseline of every
 * GAN: it predicts the mean of what is possible, and means are dull. */
#include <string.h>

#include "train/perceptual.h"
#include "train/recipe.h"

struct regression {
    gan_recipe base;
    gan_updater update;
    gan_plan *gen;
    gan_id x, y;
    size_t ny;                  /* floats of a batch's y */
    gan_perceptual *perceptual; /* NULL: none */
};

static int setup(gan_recipe *r)
{
    struct regression *m = (struct regression *)r;
    const gan_config *c = &r->config;
    gan_model_opt o = gan_model_generator_opt(c);
    int batch = (int)c->train.batch;
    if (gan_recipe_add_net(r, "gen", GAN_GENERATOR, c->generator.model, &o) < 0) return -1;
    gan_updater_init(&m->update, r, 0, c->train.ema);
    gan_plan_opt plan = { .batch = batch,
                          .outputs = 1,
                          .flags = GAN_GRAD_PARAMS | GAN_DROPOUT | GAN_BATCH_STATS | GAN_UPDATE_STATS,
                          .ready = gan_updater_ready,
                          .piece = gan_updater_piece,
                          .ctx = &m->update };
    m->gen = gan_recipe_add_plan(r, "gen", 0, &plan);
    if (!m->gen || gan_plan_bind(m->gen, NULL, 0) || gan_perceptual_new(c, &m->perceptual)) return -1;
    r->plan_bytes = gan_plan_bytes(m->gen) + gan_perceptual_bytes(m->perceptual);
    m->x = gan_graph_input_at(r->net[0].graph, 0);
    m->y = gan_graph_output_at(r->net[0].graph, 0);
    m->ny = (size_t)batch * (size_t)o.out * (size_t)o.size * (size_t)o.size;
    return 0;
}

enum { G_L1, G_L2, G_PERCEPTUAL };
static const char *const names[] = { [G_L1] = "g_l1", [G_L2] = "g_l2", [G_PERCEPTUAL] = "g_perceptual", NULL };

static int step(gan_recipe *r, const gan_batch *b, double lr, double *loss)
{
    struct regression *m = (struct regression *)r;
    m->update.adam.lr = lr;
    gan_plan_put(m->gen, m->x, 0, b->n, b->x);
    if (gan_plan_run(m->gen, GAN_FWD, r->key)) return -1;
    float *diff = gan_plan_diff(m->gen, m->y);
    memset(diff, 0, m->ny * sizeof *diff);
    const float *fake = gan_plan_dst(m->gen, m->y);
    gan_recipe_pixel_losses(r, fake, b->y, m->ny, diff, &loss[G_L1], &loss[G_L2]);
    if (gan_perceptual_eval(m->perceptual, b->x, fake, b->y, diff, &loss[G_PERCEPTUAL])) return -1;
    return gan_updater_run(&m->update, m->gen, r->key);
}

static void teardown(gan_recipe *r)
{
    struct regression *m = (struct regression *)r;
    gan_perceptual_free(m->perceptual);
}

const gan_recipe_def gan_recipe_regression = { .name = "regression",
                                               .help = "the generator alone, by its pixel losses",
                                               .losses = names,
                                               .bytes = sizeof(struct regression),
                                               .setup = setup,
                                               .step = step,
                                               .teardown = teardown };
