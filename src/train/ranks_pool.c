#include "train/ranks_pool.h"

#include <string.h>

#include "gan/mem.h"

static int is_shared(const gan_recipe *r)
{
    return r->pool && gan_dist_size(r->dist) > 1;
}

int gan_ranks_pool_widen(gan_recipe *r, gan_pool **own)
{
    *own = r->pool;
    if (!is_shared(r)) return 0;
    gan_pool *wide = gan_pool_new(r->pool->capacity * (size_t)gan_dist_size(r->dist), r->pool->nx, r->pool->ny);
    if (!wide) return -1;
    r->pool = wide;
    return 0;
}

void gan_ranks_pool_restore(gan_recipe *r, gan_pool *own)
{
    if (r->pool == own) return;
    gan_pool_free(r->pool);
    r->pool = own;
}

int gan_ranks_pool_gather(gan_recipe *r, const gan_pool *own)
{
    gan_pool *wide = r->pool;
    if (!is_shared(r)) return 0;
    if (gan_dist_gather(r->dist, own->x, own->count * own->nx * sizeof *own->x, wide->x)) return -1;
    if (gan_dist_gather(r->dist, own->y, own->count * own->ny * sizeof *own->y, wide->y)) return -1;
    wide->count = own->count * (size_t)gan_dist_size(r->dist);
    return 0;
}

int gan_ranks_pool_deal(gan_recipe *r, gan_pool *own)
{
    gan_pool *wide = r->pool;
    if (!is_shared(r)) return 0;
    if (gan_dist_broadcast(r->dist, &wide->count, sizeof wide->count)) return -1;
    if (gan_dist_broadcast(r->dist, wide->x, wide->count * wide->nx * sizeof *wide->x)) return -1;
    if (gan_dist_broadcast(r->dist, wide->y, wide->count * wide->ny * sizeof *wide->y)) return -1;
    size_t ranks = (size_t)gan_dist_size(r->dist), rank = (size_t)gan_dist_rank(r->dist);
    size_t first = wide->count * rank / ranks, end = wide->count * (rank + 1) / ranks;
    own->count = end - first;
    memcpy(own->x, wide->x + first * own->nx, own->count * own->nx * sizeof *own->x);
    memcpy(own->y, wide->y + first * own->ny, own->count * own->ny * sizeof *own->y);
    return 0;
}
