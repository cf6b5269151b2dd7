#include "train/updater.h"

#include "core/params.h"
#include "gan/mem.h"
#include "gan/parallel.h"

void gan_updater_init(gan_updater *u, gan_recipe *r, int net, double ema)
{
    const gan_config *c = &r->config;
    *u = (gan_updater){ .params = r->net[net].params,
                        .adam = { c->optimizer.lr, c->optimizer.beta1, c->optimizer.beta2, c->optimizer.eps, ema },
                        .dist = gan_dist_size(r->dist) > 1 ? r->dist : NULL };
    r->net[net].updater = u;
}

struct part { /* floats of one parameter, from `first` on */
    gan_updater *u;
    int param;
    size_t first;
    const float *mean; /* of these; NULL: the values are there already */
};

static void update_range(void *ctx, size_t begin, size_t end)
{
    const struct part *p = ctx;
    begin += p->first;
    end += p->first;
    if (p->mean)
        gan_adam_piece(p->u->params, &p->u->adam, p->param, begin, end, p->mean + (begin - p->first));
    else
        gan_params_repack(p->u->params, p->param, begin, end);
}

/* Floats [begin, end) of the block, parameter by parameter. */
static void update_block(gan_updater *u, size_t begin, size_t end, const float *mean)
{
    const gan_graph *g = gan_params_graph(u->params);
    for (int i = 0; i < gan_graph_params(g); i++) {
        size_t from, to;
        if (gan_graph_param(g, i)->kind != GAN_TRAINABLE) continue;
        gan_params_place(u->params, i, &from, &to);
        size_t first = begin > from ? begin : from, stop = from + gan_params_floats(u->params, i);
        if (stop > end) stop = end;
        if (first >= stop) continue;
        struct part p = { u, i, first - from, mean ? mean + (first - begin) : NULL };
        gan_parallel_range(stop - first, GAN_PACK_GRAIN, update_range, &p);
    }
}

static void update(void *updater, size_t begin, size_t end, const float *mean)
{
    update_block(updater, begin, end, mean);
}

static void arrive(void *updater, size_t begin, size_t end)
{
    update_block(updater, begin, end, NULL);
}

/* Floats of all running statistics, as they lie in memory. */
static size_t statistics_of(const gan_params *w)
{
    const gan_graph *g = gan_params_graph(w);
    size_t floats = 0;
    for (int i = 0; i < gan_graph_params(g); i++)
        if (gan_graph_param(g, i)->kind == GAN_BUFFER) floats += gan_params_floats(w, i);
    return floats;
}

int gan_updater_share(gan_updater *u, const gan_config *c)
{
    if (!u->dist) return 0;
    gan_reducer_opt o = { .floats = gan_params_trainable(u->params),
                          .bucket = (size_t)(c->train.bucket_mib * 0x1p20 / sizeof(float)),
                          .grain = GAN_SLOT_FLOATS,
                          .wire = (enum gan_wire)c->train.allreduce,
                          .update = update,
                          .arrive = arrive,
                          .ctx = u };
    u->reducer = gan_reducer_new(u->dist, &o);
    if (!u->reducer) return -1;
    if (c->train.batch_norm == GAN_SYNCHRONISED) return 0;
    u->count = statistics_of(u->params);
    u->statistics = gan_mem_alloc(u->count, sizeof *u->statistics);
    return u->statistics ? 0 : -1;
}

void gan_updater_release(gan_updater *u)
{
    gan_reducer_free(u->reducer);
    gan_mem_free(u->statistics);
    *u = (gan_updater){ 0 };
}

/* diff: NULL if it came in pieces. */
static void ready_alone(gan_updater *u, int param, const float *diff)
{
    if (diff)
        gan_adam_param(u->params, &u->adam, param, diff);
    else
        gan_adam_pieced(u->params, param);
}

static void ready_shared(gan_updater *u, int param, const float *diff)
{
    size_t begin, end;
    gan_params_place(u->params, param, &begin, &end);
    if (diff) gan_reducer_put(u->reducer, begin, begin + gan_params_floats(u->params, param), diff);
    gan_reducer_complete(u->reducer, begin, end);
}

void gan_updater_ready(void *updater, int param, const float *diff)
{
    gan_updater *u = updater;
    (u->reducer ? ready_shared : ready_alone)(u, param, diff);
}

void gan_updater_piece(void *updater, int param, size_t begin, size_t end, const float *diff)
{
    gan_updater *u = updater;
    size_t from, to;
    if (!u->reducer) {
        gan_adam_piece(u->params, &u->adam, param, begin, end, diff);
        return;
    }
    gan_params_place(u->params, param, &from, &to);
    gan_reducer_put(u->reducer, from + begin, from + end, diff);
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

int gan_updater_settle(gan_updater *u)
{
    if (!u->count) return 0;
    move_statistics(u, 0);
    if (gan_dist_sum(u->dist, u->statistics, u->count)) return -1;
    move_statistics(u, 1);
    return 0;
}

static void finish_values(gan_updater *u)
{
    const gan_graph *g = gan_params_graph(u->params);
    for (int i = 0; i < gan_graph_params(g); i++)
        if (gan_graph_param(g, i)->kind == GAN_TRAINABLE) gan_adam_pieced(u->params, i);
}

int gan_updater_run(gan_updater *u, gan_plan *p, gan_step_key key)
{
    gan_adam_begin(u->params);
    if (!u->reducer) return gan_plan_run(p, GAN_BWD, key);
    gan_reducer_begin(u->reducer, gan_params_block(u->params, GAN_VALUES));
    if (gan_plan_run(p, GAN_BWD, key) || gan_reducer_finish(u->reducer)) return -1;
    finish_values(u);
    return gan_updater_settle(u);
}

int gan_updater_collect(gan_updater *u, enum gan_block b)
{
    if (!u->reducer || !gan_params_has(u->params, b)) return 0;
    return gan_reducer_gather(u->reducer, gan_params_block(u->params, b));
}
