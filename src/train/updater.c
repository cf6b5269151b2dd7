#include "train/updater.h"

#include "core/params.h"
#include "gan/mem.h"

void gan_updater_init(gan_updater *u, gan_recipe *r, int net, double ema)
{
    const gan_config *c = &r->config;
    *u = (gan_updater){ .params = r->net[net].params,
                        .adam = { c->optimizer.lr, c->optimizer.beta1, c->optimizer.beta2, c->optimizer.eps, ema },
                        .dist = gan_dist_size(r->dist) > 1 ? r->dist : NULL };
    r->net[net].updater = u;
}

static void update(void *updater, int param, const float *mean)
{
    gan_updater *u = updater;
    if (mean)
        gan_adam_param(u->params, &u->adam, param, mean);
    else
        gan_adam_pieced(u->params, param);
}

/* Floats of all parameters of a kind, as they lie in memory. */
static size_t floats_of(const gan_params *w, enum gan_param_kind kind)
{
    const gan_graph *g = gan_params_graph(w);
    size_t floats = 0;
    for (int i = 0; i < gan_graph_params(g); i++)
        if (gan_graph_param(g, i)->kind == kind) floats += gan_params_floats(w, i);
    return floats;
}

int gan_updater_share(gan_updater *u, const gan_config *c)
{
    if (!u->dist) return 0;
    gan_reducer_opt o = { .floats = floats_of(u->params, GAN_TRAINABLE),
                          .params = gan_graph_params(gan_params_graph(u->params)),
                          .bucket = (size_t)(c->train.bucket_mib * 0x1p20 / sizeof(float)),
                          .wire = (enum gan_wire)c->train.allreduce,
                          .take = update,
                          .ctx = u };
    u->reducer = gan_reducer_new(u->dist, &o);
    if (!u->reducer) return -1;
    if (c->train.batch_norm == GAN_SYNCHRONISED) return 0;
    u->count = floats_of(u->params, GAN_BUFFER);
    u->statistics = gan_mem_alloc(u->count, sizeof *u->statistics);
    return u->statistics ? 0 : -1;
}

void gan_updater_release(gan_updater *u)
{
    gan_reducer_free(u->reducer);
    gan_mem_free(u->statistics);
    *u = (gan_updater){ 0 };
}

void gan_updater_ready(void *updater, int param, const float *diff)
{
    gan_updater *u = updater;
    if (u->reducer)
        gan_reducer_add(u->reducer, param, diff, gan_params_floats(u->params, param));
    else
        update(u, param, diff);
}

void gan_updater_piece(void *updater, int param, size_t begin, size_t end, const float *diff)
{
    gan_updater *u = updater;
    gan_adam_piece(u->params, &u->adam, param, begin, end, diff);
}

void gan_updater_pulse(void *updater)
{
    gan_updater *u = updater;
    gan_reducer_poll(u->reducer);
}

/* Copies the running statistics out, or back as means over the ranks. */
static void move_statistics(gan_updater *u, int back)
{
    const gan_graph *g = gan_params_graph(u->params);
    double *at = u->statistics;
    for (int i = 0; i < gan_graph_params(g); i++) {
        if (gan_graph_param(g, i)->kind != GAN_BUFFER) continue;
        float *value = gan_params_data(u->params, i, GAN_VALUES);
        size_t n = gan_params_floats(u->params, i);
        for (size_t k = 0; k < n; k++, at++) {
            if (back)
                value[k] = (float)(*at / gan_dist_size(u->dist));
            else
                *at = (double)value[k];
        }
    }
}

/* Every rank moved them by its own part of the batch. */
static int average_statistics(gan_updater *u)
{
    if (!u->count) return 0;
    move_statistics(u, 0);
    if (gan_dist_sum(u->dist, u->statistics, u->count)) return -1;
    move_statistics(u, 1);
    return 0;
}

int gan_updater_run(gan_updater *u, gan_plan *p, gan_step_key key)
{
    gan_adam_begin(u->params);
    if (!u->reducer) return gan_plan_run(p, GAN_BWD, key);
    gan_reducer_begin(u->reducer);
    if (gan_plan_run(p, GAN_BWD, key) || gan_reducer_finish(u->reducer)) return -1;
    return average_statistics(u);
}
