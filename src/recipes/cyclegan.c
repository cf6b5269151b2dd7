/* CycleGAN (Zhu et al. 2017, arXiv:1703.10593): two generators, A to B and back, and a discriminator for each domain,
 * from pictures that are no pairs.
 *
 * A step, as in the authors' code: both generators first, then both discriminators. Each generator is used up to three
 * times: on its own domain (fake), on what the other one made (again), which must come back (cycle loss), and, where
 * both domains have the same channels, on pictures of the domain it aims at (same), which it should leave alone
 * (identity loss). Its gradients are added up over the three. Discriminators see fakes of a history (pool), which both
 * directions exchange together. */
#include <string.h>

#include "gan/mem.h"
#include "train/recipe.h"

enum { WAYS = 2 };

struct way {                       /* one direction: from what its generator sees to what it makes */
    int net, judge_net;            /* generator, and discriminator of what it makes */
    gan_plan *fake, *again, *same; /* same: NULL where the domains' channels differ */
    gan_plan *judge, *dis;
    gan_id x, y, picture, score;
    size_t nx, ny, ns;    /* floats of a batch: seen, made, scores */
    float *history, *sum; /* ny: what the discriminator sees as fakes; a diff to add */
    gan_updater generator, discriminator;
};

struct cyclegan {
    gan_recipe base;
    const gan_adversarial_def *gan;
    struct way way[WAYS];
};

static gan_model_opt generator_opt(const gan_config *c, int back)
{
    gan_model_opt o = gan_model_generator_opt(c);
    int in = o.in;
    if (!back) return o;
    o.in = o.out;
    o.out = in;
    return o;
}

static gan_model_opt discriminator_opt(const gan_config *c, int channels)
{
    gan_model_opt o = gan_model_discriminator_opt(c);
    o.in = channels;
    o.condition = 0;
    return o;
}

static int add_networks(struct cyclegan *m)
{
    static const char *const gen[WAYS] = { "gen", "back" }, *const dis[WAYS] = { "dis", "dis_back" };
    gan_recipe *r = &m->base;
    const gan_config *c = &r->config;
    for (int i = 0; i < WAYS; i++) {
        gan_model_opt o = generator_opt(c, i);
        m->way[i].net = gan_recipe_add_net_of_sums(r, gen[i], GAN_GENERATOR, c->generator.model, &o);
        if (m->way[i].net < 0) return -1;
    }
    for (int i = 0; i < WAYS; i++) {
        gan_model_opt o = discriminator_opt(c, generator_opt(c, i).out);
        m->way[i].judge_net = gan_recipe_add_net(r, dis[i], GAN_DISCRIMINATOR, c->discriminator.model, &o);
        if (m->way[i].judge_net < 0) return -1;
    }
    return 0;
}

static gan_plan *add_plan(gan_recipe *r, const char *name, int net, gan_plan_opt o)
{
    gan_plan *p = gan_recipe_add_plan(r, name, net, &o);
    if (!p || gan_plan_bind(p, NULL, 0)) return NULL;
    r->plan_bytes += gan_plan_bytes(p);
    return p;
}

static int add_plans(struct cyclegan *m, struct way *w, int identity)
{
    gan_recipe *r = &m->base;
    int batch = (int)r->config.train.batch;
    const unsigned learns = GAN_GRAD_PARAMS | GAN_DROPOUT | GAN_BATCH_STATS;
    gan_plan_opt again = { .batch = batch, .flags = learns, .input_diffs = 1 };
    gan_plan_opt same = { .batch = batch, .flags = learns | GAN_GRAD_ADD };
    gan_plan_opt fake = { .batch = batch,
                          .flags = learns | GAN_GRAD_ADD | GAN_UPDATE_STATS,
                          .ready = gan_updater_ready,
                          .ctx = &w->generator };
    gan_plan_opt judge = { .batch = batch, .flags = GAN_BATCH_STATS, .input_diffs = 1 };
    gan_plan_opt dis = { .batch = 2 * batch,
                         .groups = 2,
                         .flags = GAN_GRAD_PARAMS | GAN_BATCH_STATS | GAN_UPDATE_STATS,
                         .ready = gan_updater_ready,
                         .piece = gan_updater_piece,
                         .ctx = &w->discriminator };
    if (!(w->fake = add_plan(r, "fake", w->net, fake)) || !(w->again = add_plan(r, "again", w->net, again))) return -1;
    if (identity && !(w->same = add_plan(r, "same", w->net, same))) return -1;
    if (!(w->dis = add_plan(r, "dis", w->judge_net, dis))) return -1;
    return (w->judge = add_plan(r, "judge", w->judge_net, judge)) ? 0 : -1;
}

static size_t floats(gan_plan *p, gan_id id)
{
    gan_shape s = gan_plan_shape(p, id);
    return (size_t)s.n * (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

static int make_way(struct cyclegan *m, struct way *w, int identity)
{
    gan_recipe *r = &m->base;
    const gan_graph *g = r->net[w->net].graph, *d = r->net[w->judge_net].graph;
    gan_updater_init(&w->generator, r, w->net, r->config.train.ema);
    gan_updater_init(&w->discriminator, r, w->judge_net, 0);
    if (add_plans(m, w, identity)) return -1;
    w->x = gan_graph_input_at(g, 0);
    w->y = gan_graph_output_at(g, 0);
    w->picture = gan_graph_input_at(d, 0);
    w->score = gan_graph_output_at(d, 0);
    w->nx = floats(w->fake, w->x);
    w->ny = floats(w->fake, w->y);
    w->ns = floats(w->judge, w->score);
    w->history = gan_mem_alloc(w->ny, sizeof *w->history);
    w->sum = gan_mem_alloc(w->ny, sizeof *w->sum);
    return w->history && w->sum ? 0 : -1;
}

static int setup(gan_recipe *r)
{
    struct cyclegan *m = (struct cyclegan *)r;
    const gan_config *c = &r->config;
    size_t capacity = (size_t)c->train.pool, batch = (size_t)c->train.batch;
    int identity = c->loss.identity > 0 && gan_config_inputs(c) == gan_config_outputs(c);
    if (c->data.layout != GAN_UNPAIRED)
        return gan_error("recipe cyclegan learns from two folders: set data.layout = unpaired");
    m->gan = gan_adversarial_find(c->loss.gan);
    if (!m->gan || add_networks(m)) return -1;
    for (int i = 0; i < WAYS; i++)
        if (make_way(m, &m->way[i], identity)) return -1;
    if (!capacity) return 0;
    r->pool = gan_pool_new(capacity, m->way[1].ny / batch, m->way[0].ny / batch);
    return r->pool ? 0 : -1;
}

enum { GAN_B, GAN_A, CYCLE_A, CYCLE_B, SAME_B, SAME_A, D_B, D_A };
static const char *const names[] = { [GAN_B] = "gan_b",     [GAN_A] = "gan_a",   [CYCLE_A] = "cycle_a",
                                     [CYCLE_B] = "cycle_b", [SAME_B] = "same_b", [SAME_A] = "same_a",
                                     [D_B] = "d_b",         [D_A] = "d_a",       NULL };

/* Dropout of each use of a step is its own. */
static gan_step_key key_of(const struct cyclegan *m, uint64_t use)
{
    enum { USES = 4 };
    return (gan_step_key){ m->base.key.seed, USES * m->base.key.step + use };
}

static int forward(struct cyclegan *m, gan_plan *p, const struct way *w, int n, const float *x, uint64_t use)
{
    gan_plan_put(p, w->x, 0, n, x);
    return gan_plan_run(p, GAN_FWD, key_of(m, use));
}

static const float *made(const struct way *w, gan_plan *p)
{
    return gan_plan_dst(p, w->y);
}

/* The loss of p's answer against what it should be, and back through the generator. */
static int pull(struct cyclegan *m, gan_plan *p, const struct way *w, const float *target, double weight, uint64_t use,
                double *loss)
{
    float *diff = gan_plan_diff(p, w->y);
    memset(diff, 0, w->ny * sizeof *diff);
    *loss = gan_loss_l1.eval(made(w, p), target, w->ny, (float)weight, diff);
    return gan_plan_run(p, GAN_BWD, key_of(m, use));
}

/* The fakes' diff: from the discriminator that they should fool, and from the other generator, which makes the cycle.
 * With it the generator's gradients are complete. */
static int fool(struct cyclegan *m, struct way *w, const struct way *other, int n, double *loss)
{
    float *diff = gan_plan_diff(w->fake, w->y), weight = (float)m->base.config.loss.gan_weight;
    gan_plan_put(w->judge, w->picture, 0, n, made(w, w->fake));
    if (gan_plan_run(w->judge, GAN_FWD, m->base.key)) return -1;
    *loss = m->gan->eval(gan_plan_dst(w->judge, w->score), w->ns, GAN_FOOL, weight, gan_plan_diff(w->judge, w->score));
    if (gan_plan_run(w->judge, GAN_BWD, m->base.key)) return -1;
    gan_plan_get_diff(w->judge, w->picture, 0, n, diff);
    gan_plan_get_diff(other->again, other->x, 0, n, w->sum);
    for (size_t i = 0; i < w->ny; i++) diff[i] += w->sum[i];
    return gan_updater_run(&w->generator, w->fake, key_of(m, 0));
}

static int update_generators(struct cyclegan *m, const gan_batch *b, double lr, double *loss)
{
    static const struct {
        int gan, cycle, same;
    } at[WAYS] = { { GAN_B, CYCLE_B, SAME_B }, { GAN_A, CYCLE_A, SAME_A } };
    const float *seen[WAYS] = { b->x, b->y };
    double cycle = m->base.config.loss.cycle, identity = cycle * m->base.config.loss.identity;
    for (int i = 0; i < WAYS; i++)
        if (forward(m, m->way[i].fake, &m->way[i], b->n, seen[i], 0)) return -1;
    for (int i = 0; i < WAYS; i++) {
        struct way *w = &m->way[i], *other = &m->way[!i];
        if (forward(m, w->again, w, b->n, made(other, other->fake), 1)) return -1;
        if (pull(m, w->again, w, seen[!i], cycle, 1, &loss[at[i].cycle])) return -1;
        loss[at[i].same] = 0;
        if (!w->same) continue;
        if (forward(m, w->same, w, b->n, seen[!i], 2)) return -1;
        if (pull(m, w->same, w, seen[!i], identity, 2, &loss[at[i].same])) return -1;
    }
    for (int i = 0; i < WAYS; i++) {
        struct way *w = &m->way[i];
        w->generator.adam.lr = lr;
        if (fool(m, w, &m->way[!i], b->n, &loss[at[i].gan])) return -1;
    }
    return 0;
}

static int update_discriminator(struct cyclegan *m, struct way *w, const float *real, int n, double lr, double *loss)
{
    gan_plan_put(w->dis, w->picture, 0, n, real);
    gan_plan_put(w->dis, w->picture, n, n, w->history);
    if (gan_plan_run(w->dis, GAN_FWD, m->base.key)) return -1;
    const float *score = gan_plan_dst(w->dis, w->score);
    float *diff = gan_plan_diff(w->dis, w->score);
    *loss = 0.5 * (m->gan->eval(score, w->ns, GAN_REAL, 0.5f, diff) +
                   m->gan->eval(score + w->ns, w->ns, GAN_FAKE, 0.5f, diff + w->ns));
    w->discriminator.adam.lr = gan_recipe_rate(&m->base, lr, m->base.config.optimizer.lr_d);
    return gan_updater_run(&w->discriminator, w->dis, m->base.key);
}

static int update_discriminators(struct cyclegan *m, const gan_batch *b, double lr, double *loss)
{
    struct way *there = &m->way[0], *back = &m->way[1];
    for (int i = 0; i < WAYS; i++)
        memcpy(m->way[i].history, made(&m->way[i], m->way[i].fake), m->way[i].ny * sizeof(float));
    if (m->base.pool)
        gan_pool_exchange(m->base.pool, m->base.key.seed, m->base.key.step, (size_t)m->base.first, (size_t)b->n,
                          back->history, there->history);
    if (update_discriminator(m, there, b->y, b->n, lr, &loss[D_B])) return -1;
    return update_discriminator(m, back, b->x, b->n, lr, &loss[D_A]);
}

static int step(gan_recipe *r, const gan_batch *b, double lr, double *loss)
{
    struct cyclegan *m = (struct cyclegan *)r;
    return update_generators(m, b, lr, loss) || update_discriminators(m, b, lr, loss) ? -1 : 0;
}

static void teardown(gan_recipe *r)
{
    struct cyclegan *m = (struct cyclegan *)r;
    for (int i = 0; i < WAYS; i++) {
        gan_mem_free(m->way[i].history);
        gan_mem_free(m->way[i].sum);
    }
}

const gan_recipe_def gan_recipe_cyclegan = { .name = "cyclegan",
                                             .help = "two generators and two discriminators, from unpaired pictures",
                                             .losses = names,
                                             .bytes = sizeof(struct cyclegan),
                                             .setup = setup,
                                             .step = step,
                                             .teardown = teardown };
