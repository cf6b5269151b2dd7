/* Small exchanges along a binomial tree: rank r's parent is r without its lowest set bit, and children are heard in
 * order of their distance. A sum has therefore the same bits in every run of as many ranks. */
#include <stdint.h>

#include "dist/dist.h"
#include "gan/error.h"
#include "gan/mem.h"

static int make_room(gan_dist *d, size_t n)
{
    if (n <= d->room_count) return 0;
    double *room = gan_mem_resize(d->room, n, sizeof *room);
    if (!room) return -1;
    d->room = room;
    d->room_count = n;
    return 0;
}

static int add_from(gan_dist *d, int child, double *v, size_t n)
{
    if (gan_dist_receive(d, child, GAN_TAG_TREE, d->room, n * sizeof *v)) return -1;
    for (size_t i = 0; i < n; i++) v[i] += d->room[i];
    return 0;
}

/* Towards rank 0. */
static int reduce(gan_dist *d, double *v, size_t n)
{
    int rank = d->t.rank, size = d->t.size;
    for (int bit = 1; bit < size; bit <<= 1) {
        if (rank & bit) return gan_dist_send(d, rank - bit, GAN_TAG_TREE, v, n * sizeof *v);
        if (rank + bit < size && add_from(d, rank + bit, v, n)) return -1;
    }
    return 0;
}

static int broadcast_part(gan_dist *d, void *data, size_t bytes)
{
    int rank = d->t.rank, size = d->t.size, bit = 1;
    while (bit < size && !(rank & bit)) bit <<= 1;
    if (rank && gan_dist_receive(d, rank - bit, GAN_TAG_TREE, data, bytes)) return -1;
    for (bit >>= 1; bit; bit >>= 1)
        if (rank + bit < size && gan_dist_send(d, rank + bit, GAN_TAG_TREE, data, bytes)) return -1;
    return 0;
}

int gan_dist_broadcast(gan_dist *d, void *data, size_t bytes)
{
    char *at = data;
    for (size_t done = 0; gan_dist_size(d) > 1 && done < bytes; done += GAN_DIST_PART)
        if (broadcast_part(d, at + done, bytes - done < GAN_DIST_PART ? bytes - done : GAN_DIST_PART)) return -1;
    return 0;
}

int gan_dist_sum(gan_dist *d, double *v, size_t n)
{
    if (gan_dist_size(d) < 2 || !n) return 0;
    if (n > GAN_DIST_PART / sizeof *v) return gan_error("%zu numbers are too many for one sum", n);
    d->counts.sums++;
    d->counts.bytes += n * sizeof *v;
    return make_room(d, n) || reduce(d, v, n) ? -1 : broadcast_part(d, v, n * sizeof *v);
}
