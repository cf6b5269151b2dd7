/* pix2pix (Isola et al. 2017, arXiv:1611.07004): a generator and a discriminator that sees condition and picture.
 *
 * A step: fake = G(x). D learns to tell (x, y) from (x, fake), its loss halved; real and fake run as one batch of 2N in
 * two statistics groups, which is what two separate passes compute. Then the updated D scores the fake again (the Lua
 * original reuses the score from before the update; PyTorch's reference scores again, and so do we), and G learns to
 * fool it, and from its pixel losses. In G's step D is constant: `judge` is a plan of D that computes input diffs only.
 * With a pool, D's fakes are pictures of earlier steps as often as not.
 *
 * A run may begin with G alone, by its pixel losses, and go on with D alone, on G's fakes, before they meet: a GAN that
 * starts from a generator which colours already, against a discriminator which sees through it, needs few steps. */
#include <string.h>

#include "gan/mem.h"
#include "train/perceptual.h"
#include "train/recipe.h"

struct pix2pix {
    gan_recipe base;
    gan_updater update_g, update_d;
    gan_plan *gen, *dis, *judge;
    gan_id x, y, condition, picture, score;
    const gan_adversarial_def *gan;
    size_t nx, ny, ns;          /* floats of a batch: condition, picture, scores */
    float *pool_x, *pool_y;     /* what D sees as fakes when there is a pool */
    gan_perceptual *perceptual; /* NULL: none */
    float *warmth;              /* kept: how D does, see below; NULL: no warm-up */
};

static int add_networks(gan_recipe *r)
{
    const gan_config *c = &r->config;
    gan_model_opt g = gan_model_generator_opt(c), d = gan_model_discriminator_opt(c);
    if (gan_recipe_add_net(r, "gen", GAN_GENERATOR, c->generator.model, &g) < 0) return -1;
    return gan_recipe_add_net(r, "dis", GAN_DISCRIMINATOR, c->discriminator.model, &d) < 0 ? -1 : 0;
}

enum { TRAINING = GAN_GRAD_PARAMS | GAN_DROPOUT | GAN_BATCH_STATS | GAN_UPDATE_STATS };

static int add_plans_of_d(struct pix2pix *m)
{
    gan_recipe *r = &m->base;
    int batch = (int)r->config.train.batch;
    gan_plan_opt dis = { .batch = 2 * batch,
                         .groups = 2,
                         .flags = TRAINING,
                         .ready = gan_updater_ready,
                         .piece = gan_updater_piece,
                         .ctx = &m->update_d };
    gan_plan_opt judge = { .batch = batch, .flags = GAN_BATCH_STATS, .input_diffs = 1 << 1 };
    m->dis = gan_recipe_add_plan(r, "dis", 1, &dis);
    m->judge = m->dis ? gan_recipe_add_plan(r, "judge", 1, &judge) : NULL;
    return m->judge ? 0 : -1;
}

/* D's plans never overlap in time and run between G's passes: they have their memory within G's. */
static int add_plans(struct pix2pix *m)
{
    gan_recipe *r = &m->base;
    if (add_plans_of_d(m)) return -1;
    size_t a = gan_plan_bytes(m->dis), b = gan_plan_bytes(m->judge), shared = a > b ? a : b;
    gan_plan_opt gen = { .batch = (int)r->config.train.batch,
                         .outputs = 1,
                         .flags = TRAINING,
                         .ready = gan_updater_ready,
                         .piece = gan_updater_piece,
                         .ctx = &m->update_g,
                         .between = shared };
    m->gen = gan_recipe_add_plan(r, "gen", 0, &gen);
    if (!m->gen || gan_plan_bind(m->gen, NULL, 0) || gan_perceptual_new(&r->config, &m->perceptual)) return -1;
    r->plan_bytes = gan_plan_bytes(m->gen) + gan_perceptual_bytes(m->perceptual);
    void *memory = gan_plan_between(m->gen);
    return gan_plan_bind(m->dis, memory, shared) || gan_plan_bind(m->judge, memory, shared) ? -1 : 0;
}

static void name_ends(struct pix2pix *m)
{
    const gan_graph *g = m->base.net[0].graph, *d = m->base.net[1].graph;
    m->x = gan_graph_input_at(g, 0);
    m->y = gan_graph_output_at(g, 0);
    m->condition = gan_graph_input_at(d, 0);
    m->picture = gan_graph_input_at(d, 1);
    m->score = gan_graph_output_at(d, 0);
    gan_shape x = gan_plan_shape(m->gen, m->x), y = gan_plan_shape(m->gen, m->y),
              s = gan_plan_shape(m->judge, m->score);
    m->nx = (size_t)x.n * (size_t)x.c * (size_t)x.h * (size_t)x.w;
    m->ny = (size_t)y.n * (size_t)y.c * (size_t)y.h * (size_t)y.w;
    m->ns = (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

static int add_pool(struct pix2pix *m)
{
    size_t capacity = (size_t)m->base.config.train.pool, batch = (size_t)m->base.config.train.batch;
    if (!capacity) return 0;
    m->base.pool = gan_pool_new(capacity, m->nx / batch, m->ny / batch);
    m->pool_x = gan_mem_alloc(m->nx, sizeof *m->pool_x);
    m->pool_y = gan_mem_alloc(m->ny, sizeof *m->pool_y);
    return m->base.pool && m->pool_x && m->pool_y ? 0 : -1;
}

/* Stages */

enum { ALONE, WARM_UP, GAN };
static const char *const stages[] = { [ALONE] = "the generator learns alone",
                                      [WARM_UP] = "the discriminator warms up",
                                      [GAN] = "generator and discriminator play",
                                      NULL };

/* What checkpoints keep of the stages: an exponential mean of D's halved loss; whether it has begun; whether D was ready
 * before its time was over. */
enum { MEAN, BEGUN, READY, WARMTH };

static int add_stages(struct pix2pix *m)
{
    const gan_config *c = &m->base.config;
    if (c->train.pretrain_steps && !(c->loss.l1 > 0 || c->loss.l2 > 0 || c->loss.perceptual > 0))
        return gan_error("train.pretrain_steps: the generator alone learns from loss.l1, l2 or perceptual: all are 0");
    if (!c->train.warmup_steps) return 0;
    m->warmth = gan_recipe_keep(&m->base, "warmth", WARMTH);
    return m->warmth ? 0 : -1;
}

static int stage_of(const struct pix2pix *m)
{
    const gan_config *c = &m->base.config;
    uint64_t alone = (uint64_t)c->train.pretrain_steps, warm = alone + (uint64_t)c->train.warmup_steps;
    if (m->base.key.step < alone) return ALONE;
    return m->base.key.step < warm && m->warmth[READY] == 0 ? WARM_UP : GAN;
}

static void feel_warmth(struct pix2pix *m, double loss)
{
    static const float decay = 0.95f;
    float mean = m->warmth[BEGUN] > 0 ? decay * m->warmth[MEAN] + (1 - decay) * (float)loss : (float)loss;
    m->warmth[MEAN] = mean;
    m->warmth[BEGUN] = 1;
    if ((double)mean < m->base.config.train.ready) m->warmth[READY] = 1;
}

static int setup(gan_recipe *r)
{
    struct pix2pix *m = (struct pix2pix *)r;
    m->gan = gan_adversarial_find(r->config.loss.gan);
    if (!m->gan || add_networks(r)) return -1;
    gan_updater_init(&m->update_g, r, 0, r->config.train.ema);
    gan_updater_init(&m->update_d, r, 1, 0);
    if (add_plans(m)) return -1;
    name_ends(m);
    return add_pool(m) || add_stages(m) ? -1 : 0;
}

enum { G_GAN, G_L1, G_L2, G_PERCEPTUAL, D_REAL, D_FAKE };
static const char *const names[] = { [G_GAN] = "g_gan",
                                     [G_L1] = "g_l1",
                                     [G_L2] = "g_l2",
                                     [G_PERCEPTUAL] = "g_perceptual",
                                     [D_REAL] = "d_real",
                                     [D_FAKE] = "d_fake",
                                     NULL };

/* The fakes that D sees: this step's, or what the pool gives for them. */
static void put_fakes(struct pix2pix *m, const gan_batch *b, const float *fake)
{
    const float *x = b->x;
    if (m->base.pool) {
        memcpy(m->pool_x, b->x, m->nx * sizeof *m->pool_x);
        memcpy(m->pool_y, fake, m->ny * sizeof *m->pool_y);
        gan_pool_exchange(m->base.pool, m->base.key.seed, m->base.key.step, (size_t)m->base.first, (size_t)b->n,
                          m->pool_x, m->pool_y);
        x = m->pool_x;
        fake = m->pool_y;
    }
    gan_plan_put(m->dis, m->condition, b->n, b->n, x);
    gan_plan_put(m->dis, m->picture, b->n, b->n, fake);
}

static int update_discriminator(struct pix2pix *m, const gan_batch *b, const float *fake, double *loss)
{
    gan_plan_put(m->dis, m->condition, 0, b->n, b->x);
    gan_plan_put(m->dis, m->picture, 0, b->n, b->y);
    put_fakes(m, b, fake);
    if (gan_plan_run(m->dis, GAN_FWD, m->base.key)) return -1;
    const float *score = gan_plan_dst(m->dis, m->score);
    float *diff = gan_plan_diff(m->dis, m->score);
    loss[D_REAL] = m->gan->eval(score, m->ns, GAN_REAL, 0.5f, diff);
    loss[D_FAKE] = m->gan->eval(score + m->ns, m->ns, GAN_FAKE, 0.5f, diff + m->ns);
    return gan_updater_run(&m->update_d, m->dis, m->base.key);
}

/* The pixel losses' gradients are added to diff, then G learns from it. */
static int learn_from_pixels(struct pix2pix *m, const gan_batch *b, const float *fake, float *diff, double *loss)
{
    gan_recipe_pixel_losses(&m->base, fake, b->y, m->ny, diff, &loss[G_L1], &loss[G_L2]);
    if (gan_perceptual_eval(m->perceptual, b->x, fake, b->y, diff, &loss[G_PERCEPTUAL])) return -1;
    return gan_updater_run(&m->update_g, m->gen, m->base.key);
}

static int update_generator(struct pix2pix *m, const gan_batch *b, const float *fake, double *loss)
{
    float weight = (float)m->base.config.loss.gan_weight, *diff = gan_plan_diff(m->gen, m->y);
    gan_plan_put(m->judge, m->condition, 0, b->n, b->x);
    gan_plan_put(m->judge, m->picture, 0, b->n, fake);
    if (gan_plan_run(m->judge, GAN_FWD, m->base.key)) return -1;
    const float *score = gan_plan_dst(m->judge, m->score);
    loss[G_GAN] = m->gan->eval(score, m->ns, GAN_FOOL, weight, gan_plan_diff(m->judge, m->score));
    if (gan_plan_run(m->judge, GAN_BWD, m->base.key)) return -1;
    gan_plan_get_diff(m->judge, m->picture, 0, b->n, diff);
    return learn_from_pixels(m, b, fake, diff, loss);
}

static int update_generator_alone(struct pix2pix *m, const gan_batch *b, const float *fake, double *loss)
{
    float *diff = gan_plan_diff(m->gen, m->y);
    memset(diff, 0, m->ny * sizeof *diff);
    return learn_from_pixels(m, b, fake, diff, loss);
}

/* G's losses are measured only; its norms have seen the batch. */
static int warm_up(struct pix2pix *m, const gan_batch *b, const float *fake, double *loss)
{
    if (update_discriminator(m, b, fake, loss) || gan_updater_settle(&m->update_g)) return -1;
    loss[G_L1] = gan_loss_l1.eval(fake, b->y, m->ny, 0, NULL);
    loss[G_L2] = gan_loss_l2.eval(fake, b->y, m->ny, 0, NULL);
    double halved = 0.5 * (loss[D_REAL] + loss[D_FAKE]);
    if (gan_recipe_mean(&m->base, &halved, 1)) return -1;
    feel_warmth(m, halved);
    return 0;
}

static int play(struct pix2pix *m, const gan_batch *b, const float *fake, double *loss)
{
    return update_discriminator(m, b, fake, loss) || update_generator(m, b, fake, loss) ? -1 : 0;
}

typedef int stage_fn(struct pix2pix *m, const gan_batch *b, const float *fake, double *loss);

static int step(gan_recipe *r, const gan_batch *b, double lr, double *loss)
{
    struct pix2pix *m = (struct pix2pix *)r;
    static stage_fn *const learn[] = { [ALONE] = update_generator_alone, [WARM_UP] = warm_up, [GAN] = play };
    r->stage = stage_of(m);
    for (int i = 0; names[i]; i++) loss[i] = 0;
    m->update_g.adam.lr = r->stage == GAN ? gan_recipe_rate(r, lr, r->config.optimizer.lr_gan) : lr;
    m->update_d.adam.lr = gan_recipe_rate(r, lr, r->config.optimizer.lr_d);
    gan_plan_put(m->gen, m->x, 0, b->n, b->x);
    if (gan_plan_run(m->gen, GAN_FWD, r->key)) return -1;
    return learn[r->stage](m, b, gan_plan_dst(m->gen, m->y), loss);
}

static void teardown(gan_recipe *r)
{
    struct pix2pix *m = (struct pix2pix *)r;
    gan_perceptual_free(m->perceptual);
    gan_mem_free(m->pool_x);
    gan_mem_free(m->pool_y);
}

const gan_recipe_def gan_recipe_pix2pix = { .name = "pix2pix",
                                            .help = "generator and conditional discriminator, L1 plus adversarial loss",
                                            .losses = names,
                                            .stages = stages,
                                            .bytes = sizeof(struct pix2pix),
                                            .setup = setup,
                                            .step = step,
                                            .teardown = teardown };
