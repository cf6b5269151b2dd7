/* Colorization as classification (Zhang, Isola, Efros 2016, arXiv:1603.08511): which of some hundred bins of the ab plane
 * each pixel's colour is of. What is possible stays apart that way, where regression would take its mean, which is dull;
 * and rare, saturated colours get weights that make up for their rarity.
 *
 * The generator tells its classes for every pixel of `scale` in both directions. A step: true colours are averaged over
 * these squares and shared among the nearest bins; cross entropy, weighted by each pixel's nearest bin. The part of the
 * graph that makes colours of classes has nothing to learn and is not computed. */
#include "gan/colour.h"
#include "gan/loss.h"
#include "gan/mem.h"
#include "gan/parallel.h"
#include "train/census.h"
#include "train/recipe.h"

struct classification {
    gan_recipe base;
    gan_updater update;
    gan_plan *gen;
    gan_bins *bins; /* owned, those of base.bins or sRGB's */
    gan_id x, logits;
    int scale, side;  /* side: of the squares' grid */
    size_t n, pixels; /* pictures of a batch; squares of a picture */
    int32_t *bin;     /* n * pixels * GAN_BIN_SHARES */
    float *share;     /* likewise */
    float *weight;    /* of each bin; kept */
};

enum { Y, LOGITS }; /* outputs of the generator */

static gan_bins *copy_bins(const gan_recipe *r)
{
    return r->bins ? gan_bins_of(r->bins->count, r->bins->centre[0]) : gan_bins_reachable();
}

static int add_generator(struct classification *m)
{
    gan_recipe *r = &m->base;
    const gan_config *c = &r->config;
    const gan_model_def *def = gan_model_find(GAN_GENERATOR, c->generator.model);
    gan_model_opt o = gan_model_generator_opt(c);
    if (!def) return -1;
    if (!def->classifies)
        return gan_error("recipe classification needs a generator that tells classes of colour, as zhang does; '%s' "
                         "makes pictures",
                         def->name);
    m->scale = def->classifies;
    return gan_recipe_add_net(r, "gen", GAN_GENERATOR, c->generator.model, &o);
}

static int add_plan(struct classification *m)
{
    gan_recipe *r = &m->base;
    const gan_graph *g = r->net[0].graph;
    gan_plan_opt o = { .batch = (int)r->config.train.batch,
                       .outputs = 1 << LOGITS,
                       .flags = GAN_GRAD_PARAMS | GAN_DROPOUT | GAN_BATCH_STATS | GAN_UPDATE_STATS,
                       .ready = gan_updater_ready,
                       .ctx = &m->update };
    gan_updater_init(&m->update, r, 0, r->config.train.ema);
    m->gen = gan_recipe_add_plan(r, "gen", 0, &o);
    if (!m->gen || gan_plan_bind(m->gen, NULL, 0)) return -1;
    r->plan_bytes = gan_plan_bytes(m->gen);
    m->x = gan_graph_input_at(g, 0);
    m->logits = gan_graph_output_at(g, LOGITS);
    return 0;
}

static int setup(gan_recipe *r)
{
    struct classification *m = (struct classification *)r;
    if (add_generator(m) || add_plan(m)) return -1;
    m->side = (int)r->config.data.size / m->scale;
    m->n = (size_t)r->config.train.batch;
    m->pixels = (size_t)m->side * (size_t)m->side;
    m->bin = gan_mem_alloc(m->n * m->pixels, GAN_BIN_SHARES * sizeof *m->bin);
    m->share = gan_mem_alloc(m->n * m->pixels, GAN_BIN_SHARES * sizeof *m->share);
    m->bins = copy_bins(r);
    if (!m->bin || !m->share || !m->bins) return -1;
    m->weight = gan_recipe_keep(r, "class_weights", (size_t)m->bins->count);
    for (int i = 0; m->weight && i < m->bins->count; i++) m->weight[i] = 1;
    return m->weight ? 0 : -1;
}

static int prepare(gan_recipe *r, const gan_dataset *d)
{
    struct classification *m = (struct classification *)r;
    double *count = gan_mem_alloc((size_t)m->bins->count, sizeof *count);
    int bad =
        !count || gan_census(&r->config, d, m->bins, count) || gan_bins_rebalance(m->bins, count, NULL, m->weight);
    gan_mem_free(count);
    return bad ? -1 : 0;
}

/* A step */

static float mean_of_square(const float *plane, size_t stride, int scale)
{
    float sum = 0;
    for (int y = 0; y < scale; y++)
        for (int x = 0; x < scale; x++) sum += plane[(size_t)y * stride + (size_t)x];
    return sum / (float)(scale * scale);
}

struct encoding {
    struct classification *m;
    const float *y;
};

static void encode_row(void *ctx, size_t i)
{
    const struct encoding *e = ctx;
    struct classification *m = e->m;
    size_t side = (size_t)m->side, scale = (size_t)m->scale, whole = side * scale;
    size_t picture = i / side, row = i % side;
    const float *a = e->y + picture * 2 * whole * whole + row * scale * whole, *b = a + whole * whole;
    for (size_t k = 0; k < side; k++) {
        size_t at = (i * side + k) * GAN_BIN_SHARES;
        gan_bins_encode(m->bins, GAN_AB_RANGE * mean_of_square(a + k * scale, whole, m->scale),
                        GAN_AB_RANGE * mean_of_square(b + k * scale, whole, m->scale), m->bin + at, m->share + at);
    }
}

static const char *const names[] = { "g_classes", NULL };

static int step(gan_recipe *r, const gan_batch *b, double lr, double *loss)
{
    struct classification *m = (struct classification *)r;
    const gan_class_target target = { m->bin, m->share, GAN_BIN_SHARES, m->weight };
    m->update.adam.lr = lr;
    gan_plan_put(m->gen, m->x, 0, b->n, b->x);
    if (gan_plan_run(m->gen, GAN_FWD, r->key)) return -1;
    gan_parallel_each(m->n * (size_t)m->side, encode_row, &(struct encoding){ m, b->y });
    *loss = gan_cross_entropy(gan_plan_dst(m->gen, m->logits), m->n, (size_t)m->bins->count, m->pixels, &target,
                              gan_plan_diff(m->gen, m->logits));
    return gan_updater_run(&m->update, m->gen, r->key);
}

static void teardown(gan_recipe *r)
{
    struct classification *m = (struct classification *)r;
    gan_bins_free(m->bins);
    gan_mem_free(m->bin);
    gan_mem_free(m->share);
}

const gan_recipe_def gan_recipe_classification = { .name = "classification",
                                                   .help =
                                                       "the generator alone, by classes of colour, rare ones lifted",
                                                   .losses = names,
                                                   .bytes = sizeof(struct classification),
                                                   .setup = setup,
                                                   .prepare = prepare,
                                                   .step = step,
                                                   .teardown = teardown };
