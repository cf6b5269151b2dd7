#include "train/recipe.h"

#include <math.h>
#include <string.h>

#include "gan/log.h"
#include "gan/mem.h"
#include "train/features.h"

static int has_loss(const gan_recipe_def *def, const char *name)
{
    int i = 0;
    while (def->losses[i] && strcmp(def->losses[i], name)) i++;
    return def->losses[i] != NULL;
}

/* What a run asks for and the recipe would not look at. */
static int check_keys(const gan_recipe_def *def, const gan_config *c)
{
    if (c->loss.perceptual > 0 && !has_loss(def, "g_perceptual"))
        return gan_error("recipe %s has no loss.perceptual", def->name);
    if ((c->train.pretrain_steps || c->train.warmup_steps) && !def->stages)
        return gan_error("recipe %s has no stages, as train.pretrain_steps and train.warmup_steps want", def->name);
    return 0;
}

/* A share of what is divided among the ranks. */
static int divide(const char *key, int64_t *value, int ranks)
{
    if (*value % ranks) return gan_error("%s = %lld cannot be divided among %d ranks", key, (long long)*value, ranks);
    *value /= ranks;
    return 0;
}

static int take_share(gan_recipe *r, gan_dist *d)
{
    int ranks = gan_dist_size(d);
    r->dist = d;
    if (divide("train.batch", &r->config.train.batch, ranks) || divide("train.pool", &r->config.train.pool, ranks))
        return -1;
    r->first = gan_dist_rank(d) * (int)r->config.train.batch;
    return 0;
}

static int share_updates(gan_recipe *r)
{
    for (int i = 0; i < r->nets; i++)
        if (r->net[i].updater && gan_updater_share(r->net[i].updater, &r->config)) return -1;
    return 0;
}

static gan_recipe *make(const gan_recipe_def *def, const gan_config *c, const char *recorded, gan_dist *d)
{
    gan_recipe *r = check_keys(def, c) ? NULL : gan_mem_alloc(1, def->bytes);
    if (!r) return NULL;
    r->def = def;
    r->config = *c;
    r->key.seed = (uint64_t)c->run.seed;
    r->tuning = recorded ? gan_tuning_recorded(recorded) : gan_tuning_new((enum gan_tune)c->run.tune);
    if (r->tuning && !take_share(r, d) && !def->setup(r) && !share_updates(r)) {
        if (gan_tuning_save(r->tuning)) gan_log(GAN_LOG_DEBUG, "no cache of tuning: %s", gan_error_message());
        return r;
    }
    gan_recipe_free(r);
    return NULL;
}

/* Kernels differ in rounding, so all ranks take those that the first one has chosen. */
static gan_recipe *make_alike(const gan_recipe_def *def, const gan_config *c, const char *recorded, gan_dist *d)
{
    int is_first = !gan_dist_rank(d);
    gan_recipe *r = is_first ? make(def, c, recorded, d) : NULL;
    char *choices = r ? gan_tuning_text(r->tuning) : NULL;
    int bad = gan_dist_agree(d, is_first && !choices) || gan_dist_broadcast_text(d, &choices);
    if (!bad && !is_first) r = make(def, c, choices, d);
    gan_mem_free(choices);
    if (!bad) return r;
    gan_recipe_free(r);
    return NULL;
}

gan_recipe *gan_recipe_new_ranked(const gan_recipe_def *def, const gan_config *c, const char *recorded, gan_dist *d)
{
    int is_tuned = c->run.tune != GAN_TUNE_OFF && gan_dist_size(d) > 1;
    return (is_tuned ? make_alike : make)(def, c, recorded, d);
}

gan_recipe *gan_recipe_new(const gan_recipe_def *def, const gan_config *c)
{
    return gan_recipe_new_ranked(def, c, NULL, NULL);
}

void gan_recipe_config(const gan_recipe *r, gan_config *out)
{
    *out = r->config;
    out->train.batch *= gan_dist_size(r->dist);
    out->train.pool *= gan_dist_size(r->dist);
}

void gan_recipe_free(gan_recipe *r)
{
    if (!r) return;
    for (int i = 0; i < r->plans; i++) gan_plan_free(r->plan[i]);
    for (int i = 0; i < r->nets; i++) {
        if (r->net[i].updater) gan_updater_release(r->net[i].updater);
        gan_params_free(r->net[i].params);
        gan_graph_free(r->net[i].graph);
    }
    gan_pool_free(r->pool);
    gan_tuning_free(r->tuning);
    gan_bins_free(r->bins);
    for (int i = 0; i < r->nkept; i++) gan_mem_free(r->kept[i].value);
    r->def->teardown(r);
    gan_mem_free(r);
}

int gan_recipe_losses(const gan_recipe *r)
{
    int n = 0;
    while (r->def->losses[n]) n++;
    return n;
}

int gan_recipe_stages(const gan_recipe *r)
{
    int n = 0;
    while (r->def->stages && r->def->stages[n]) n++;
    return n ? n : 1;
}

int gan_recipe_mean(const gan_recipe *r, double *v, size_t n)
{
    int ranks = gan_dist_size(r->dist);
    if (gan_dist_sum(r->dist, v, n)) return -1;
    for (size_t i = 0; ranks > 1 && i < n; i++) v[i] /= ranks;
    return 0;
}

static int check_losses(const gan_recipe *r, const double *losses)
{
    for (int i = 0; r->def->losses[i]; i++)
        if (!isfinite(losses[i]))
            return gan_error("loss %s is %g at step %llu: training has diverged; a lower [optimizer] lr may help",
                             r->def->losses[i], losses[i], (unsigned long long)r->key.step);
    return 0;
}

int gan_recipe_step(gan_recipe *r, const gan_batch *b, double lr, double *losses)
{
    if (r->def->step(r, b, lr, losses) || gan_recipe_mean(r, losses, (size_t)gan_recipe_losses(r))) return -1;
    r->key.step++;
    return check_losses(r, losses) ? gan_dist_agree(r->dist, 1) : 0; /* they are the same in all ranks */
}

gan_traffic gan_recipe_traffic(const gan_recipe *r, int net)
{
    const gan_updater *u = r->net[net].updater;
    return u && u->reducer ? gan_reducer_traffic(u->reducer) : (gan_traffic){ 0 };
}

/* What a model that classifies needs beyond its options. */
static int add_classes(gan_recipe *r, const gan_model_def *m, gan_model_opt *o)
{
    const gan_config *c = &r->config;
    if (!m->classifies) return 0;
    if (c->data.colour_space != GAN_LAB)
        return gan_error("generator '%s' tells classes of ab: it needs data.colour_space = lab", m->name);
    if (*c->loss.bins && !r->bins && !(r->bins = gan_bins_load(c->loss.bins))) return gan_error_in("loss.bins");
    o->bins = r->bins;
    return 0;
}

static int add_net(gan_recipe *r, const char *name, enum gan_model_kind kind, const char *model, const gan_model_opt *o,
                   unsigned blocks)
{
    const gan_config *c = &r->config;
    const gan_model_def *m = gan_model_find(kind, model);
    gan_model_opt own = *o;
    if (!m || add_classes(r, m, &own)) return -1;
    gan_net *net = &r->net[r->nets++];
    int averaged = kind == GAN_GENERATOR && c->train.ema > 0;
    blocks |= (averaged ? GAN_HAS_EMA : 0u) | (c->run.memory == GAN_MEMORY_LOW ? GAN_ONE_COPY : 0u);
    net->name = name;
    net->graph = gan_model_build(m, name, &own);
    net->params = net->graph ? gan_params_new(net->graph, blocks) : NULL;
    if (!net->params) return -1;
    gan_params_init(net->params, r->key.seed, (uint64_t)r->nets, c->generator.init);
    return gan_features_load(c->generator.features, net->params) ? -1 : r->nets - 1;
}

int gan_recipe_add_net(gan_recipe *r, const char *name, enum gan_model_kind kind, const char *model,
                       const gan_model_opt *o)
{
    return add_net(r, name, kind, model, o, GAN_HAS_ADAM);
}

int gan_recipe_add_net_of_sums(gan_recipe *r, const char *name, enum gan_model_kind kind, const char *model,
                               const gan_model_opt *o)
{
    return add_net(r, name, kind, model, o, GAN_HAS_ADAM | GAN_HAS_GRADS);
}

float *gan_recipe_keep(gan_recipe *r, const char *name, size_t count)
{
    GAN_ASSERT(r->nkept < GAN_MAX_KEPT);
    float *value = gan_mem_alloc(count, sizeof *value);
    if (value) r->kept[r->nkept++] = (gan_kept){ name, count, value };
    return value;
}

static int exchange(void *ctx, double *sums, size_t n)
{
    return gan_dist_sum(ctx, sums, n);
}

/* The options of a plan that runs one part of a batch. */
static gan_plan_opt part_of(const gan_recipe *r, gan_plan_opt o)
{
    int synchronised = r->config.train.batch_norm == GAN_SYNCHRONISED, groups = o.groups ? o.groups : 1;
    if (gan_dist_size(r->dist) < 2) return o;
    if (o.ready == gan_updater_ready) o.pulse = gan_updater_pulse;
    o.part = (gan_plan_part){ .first = r->first,
                              .of = o.batch / groups * gan_dist_size(r->dist),
                              .exchange = synchronised ? exchange : NULL,
                              .ctx = r->dist };
    return o;
}

gan_plan *gan_recipe_add_plan(gan_recipe *r, const char *name, int net, const gan_plan_opt *o)
{
    gan_plan_opt own = part_of(r, *o);
    own.math = (enum gan_math)r->config.run.math;
    if (r->config.run.tune != GAN_TUNE_OFF) own.tuning = r->tuning;
    gan_plan *p = gan_plan_new(r->net[net].graph, r->net[net].params, &own);
    if (!p) return NULL;
    r->plan_name[r->plans] = name;
    return r->plan[r->plans++] = p;
}

double gan_recipe_rate(const gan_recipe *r, double lr, double own)
{
    double usual = r->config.optimizer.lr;
    return own > 0 && usual > 0 ? lr * (own / usual) : lr;
}

void gan_recipe_pixel_losses(const gan_recipe *r, const float *fake, const float *y, size_t n, float *diff, double *l1,
                             double *l2)
{
    const gan_config *c = &r->config;
    *l1 = gan_loss_l1.eval(fake, y, n, (float)c->loss.l1, c->loss.l1 > 0 ? diff : NULL);
    *l2 = gan_loss_l2.eval(fake, y, n, (float)c->loss.l2, c->loss.l2 > 0 ? diff : NULL);
}
