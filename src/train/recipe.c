#include "train/recipe.h"

#include <math.h>

#include "gan/log.h"
#include "gan/mem.h"
#include "train/features.h"

gan_recipe *gan_recipe_new(const gan_recipe_def *def, const gan_config *c)
{
    return gan_recipe_new_tuned(def, c, NULL);
}

gan_recipe *gan_recipe_new_tuned(const gan_recipe_def *def, const gan_config *c, const char *recorded)
{
    gan_recipe *r = gan_mem_alloc(1, def->bytes);
    if (!r) return NULL;
    r->def = def;
    r->config = *c;
    r->key.seed = (uint64_t)c->run.seed;
    r->tuning = recorded ? gan_tuning_recorded(recorded) : gan_tuning_new((enum gan_tune)c->run.tune);
    if (r->tuning && !def->setup(r)) {
        if (gan_tuning_save(r->tuning)) gan_log(GAN_LOG_DEBUG, "no cache of tuning: %s", gan_error_message());
        return r;
    }
    gan_recipe_free(r);
    return NULL;
}

void gan_recipe_free(gan_recipe *r)
{
    if (!r) return;
    for (int i = 0; i < r->plans; i++) gan_plan_free(r->plan[i]);
    for (int i = 0; i < r->nets; i++) {
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

int gan_recipe_step(gan_recipe *r, const gan_batch *b, double lr, double *losses)
{
    if (r->def->step(r, b, lr, losses)) return -1;
    r->key.step++;
    for (int i = 0; r->def->losses[i]; i++)
        if (!isfinite(losses[i]))
            return gan_error("loss %s is %g at step %llu: training has diverged; a lower [optimizer] lr may help",
                             r->def->losses[i], losses[i], (unsigned long long)r->key.step);
    return 0;
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
    net->name = name;
    net->graph = gan_model_build(m, name, &own);
    net->params = net->graph ? gan_params_new(net->graph, blocks | (averaged ? GAN_HAS_EMA : 0u)) : NULL;
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

gan_plan *gan_recipe_add_plan(gan_recipe *r, const char *name, int net, const gan_plan_opt *o)
{
    gan_plan_opt own = *o;
    own.math = (enum gan_math)r->config.run.math;
    if (r->config.run.tune != GAN_TUNE_OFF) own.tuning = r->tuning;
    gan_plan *p = gan_plan_new(r->net[net].graph, r->net[net].params, &own);
    if (!p) return NULL;
    r->plan_name[r->plans] = name;
    return r->plan[r->plans++] = p;
}

void gan_updater_init(gan_updater *u, const gan_recipe *r, int net, double ema)
{
    const gan_config *c = &r->config;
    *u = (gan_updater){ r->net[net].params,
                        { c->optimizer.lr, c->optimizer.beta1, c->optimizer.beta2, c->optimizer.eps, ema } };
}

void gan_updater_ready(void *updater, int param, const float *diff)
{
    gan_updater *u = updater;
    if (diff)
        gan_adam_param(u->params, &u->adam, param, diff);
    else
        gan_adam_pieced(u->params, param);
}

void gan_updater_piece(void *updater, int param, size_t begin, size_t end, const float *diff)
{
    gan_updater *u = updater;
    gan_adam_piece(u->params, &u->adam, param, begin, end, diff);
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
