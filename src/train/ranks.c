#include "train/ranks.h"

#include "core/params.h"
#include "gan/error.h"
#include "train/ranks_pool.h"
#include "train/updater.h"

int gan_ranks_first(gan_dist *d, int (*alone)(void *ctx), void *ctx)
{
    return gan_dist_agree(d, gan_dist_rank(d) ? 0 : alone(ctx));
}

static int spread_block(gan_dist *d, const gan_net *net, enum gan_block b)
{
    if (!gan_params_has(net->params, b)) return 0;
    for (int i = 0; i < gan_graph_params(net->graph); i++) {
        float *data = gan_params_data(net->params, i, b);
        if (gan_dist_broadcast(d, data, gan_params_floats(net->params, i) * sizeof *data)) return -1;
        if (b == GAN_VALUES && gan_dist_rank(d)) gan_params_touch(net->params, i);
    }
    return 0;
}

/* Layouts are the same in all ranks: gan_ranks_check_made has seen to it. */
static int spread_net(gan_dist *d, const gan_net *net)
{
    static const enum gan_block blocks[] = { GAN_VALUES, GAN_ADAM_M, GAN_ADAM_V, GAN_EMA };
    int64_t updates = gan_params_updates(net->params);
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++)
        if (spread_block(d, net, blocks[k])) return -1;
    if (gan_dist_broadcast(d, &updates, sizeof updates)) return -1;
    gan_params_set_updates(net->params, updates);
    return 0;
}

int gan_ranks_spread(gan_recipe *r, gan_run_state *s)
{
    if (gan_dist_size(r->dist) < 2) return 0;
    for (int i = 0; i < r->nets; i++)
        if (spread_net(r->dist, &r->net[i])) return -1;
    for (int i = 0; i < r->nkept; i++)
        if (gan_dist_broadcast(r->dist, r->kept[i].value, r->kept[i].count * sizeof(float))) return -1;
    if (gan_dist_broadcast(r->dist, s, sizeof *s)) return -1;
    return gan_dist_broadcast(r->dist, &r->key, sizeof r->key);
}

int gan_ranks_collect(gan_recipe *r, unsigned blocks)
{
    for (int i = 0; i < r->nets; i++)
        for (int b = 0; b < GAN_NBLOCK; b++)
            if (blocks & 1u << b && r->net[i].updater && gan_updater_collect(r->net[i].updater, (enum gan_block)b))
                return -1;
    return 0;
}

struct file {
    const char *path;
    gan_recipe *r;
    gan_run_state *s;
};

static int load(void *ctx)
{
    struct file *f = ctx;
    return gan_checkpoint_load(f->path, f->r, f->s);
}

int gan_ranks_load(const char *path, gan_recipe *r, gan_run_state *s)
{
    gan_pool *own;
    int bad = gan_dist_agree(r->dist, gan_ranks_pool_widen(r, &own)) ||
              gan_ranks_first(r->dist, load, &(struct file){ path, r, s }) || gan_ranks_pool_deal(r, own);
    gan_ranks_pool_restore(r, own);
    return bad ? -1 : 0;
}

static int save(void *ctx)
{
    const struct file *f = ctx;
    return gan_checkpoint_save(f->path, f->r, f->s);
}

int gan_ranks_save(const char *path, gan_recipe *r, gan_run_state *s)
{
    gan_pool *own;
    if (gan_ranks_check_values(r) || gan_ranks_collect(r, GAN_HAS_ADAM | GAN_HAS_EMA)) return -1;
    int bad = gan_dist_agree(r->dist, gan_ranks_pool_widen(r, &own)) || gan_ranks_pool_gather(r, own) ||
              gan_ranks_first(r->dist, save, &(struct file){ path, r, s });
    gan_ranks_pool_restore(r, own);
    return bad ? -1 : 0;
}
