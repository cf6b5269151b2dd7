/* Gradients of one network, averaged over the ranks while backward goes on. They are appended to one long array as they
 * become complete; whenever another piece (bucket) of it is full, its all-reduce begins. Whoever polls moves these on
 * and hands over, in order, each parameter whose pieces have all arrived.
 *     gan_reducer_begin(r);
 *     gan_reducer_add(r, param, diff, floats);    as backward completes them
 *     gan_reducer_poll(r);                        as often as can be
 *     if (gan_reducer_finish(r)) return -1;       all were handed over
 */
#ifndef GAN_DIST_REDUCER_H
#define GAN_DIST_REDUCER_H

#include "dist/wire.h"
#include "gan/dist.h"
#include "gan/overlap.h"

typedef struct gan_reducer gan_reducer;

typedef struct gan_reducer_opt {
    size_t floats; /* of all parameters together */
    int params;
    size_t bucket; /* floats of a piece */
    enum gan_wire wire;
    void (*take)(void *ctx, int param, const float *mean); /* mean: borrowed for the call */
    void *ctx;
} gan_reducer_opt;

/* Owned, gan_reducer_free; d is borrowed. Nothing is allocated later. */
gan_reducer *gan_reducer_new(gan_dist *d, const gan_reducer_opt *o);
void gan_reducer_free(gan_reducer *r);

/* Failures are kept until gan_reducer_finish. */
void gan_reducer_begin(gan_reducer *r);
void gan_reducer_add(gan_reducer *r, int param, const float *diff, size_t floats);
void gan_reducer_poll(gan_reducer *r);
int gan_reducer_finish(gan_reducer *r);

/* Of the last pass; its arrays are borrowed until the next. */
gan_traffic gan_reducer_traffic(const gan_reducer *r);

#endif
