/* Gradients of one network, averaged over the ranks while backward goes on, and the update by them, shared: each rank
 * updates the values that it owns the means of, and gets the others' results. Gradients lie in one long array, as their
 * values do; whenever all of a piece (bucket) of it is complete, its all-reduce begins. Whoever polls moves these on.
 *     gan_reducer_begin(r, values);
 *     gan_reducer_put(r, begin, end, diff);    as backward computes them
 *     gan_reducer_complete(r, begin, end);
 *     gan_reducer_poll(r);                     as often as can be
 *     if (gan_reducer_finish(r)) return -1;    all values are new
 * If gradients travel as bfloat16, results are not shared, which need their digits: each rank makes all updates.
 */
#ifndef GAN_DIST_REDUCER_H
#define GAN_DIST_REDUCER_H

#include "dist/wire.h"
#include "gan/dist.h"
#include "gan/overlap.h"

typedef struct gan_reducer gan_reducer;

typedef struct gan_reducer_opt {
    size_t floats, bucket; /* of the array and of a piece */
    size_t grain;          /* what is handed over begins at multiples of it; the bucket is rounded up to one */
    enum gan_wire wire;
    void (*update)(void *ctx, size_t begin, size_t end,
                   const float *mean);                   /* is to update values [begin, end) by these */
    void (*arrive)(void *ctx, size_t begin, size_t end); /* values that another rank has updated */
    void *ctx;
} gan_reducer_opt;

/* Owned, gan_reducer_free; d is borrowed. Nothing is allocated later. */
gan_reducer *gan_reducer_new(gan_dist *d, const gan_reducer_opt *o);
void gan_reducer_free(gan_reducer *r);

/* Begins a pass. values: as many floats, which update changes; borrowed until it is finished. Failures are kept until
 * then. */
void gan_reducer_begin(gan_reducer *r, float *values);
void gan_reducer_put(gan_reducer *r, size_t begin, size_t end, const float *diff); /* on any thread */
void gan_reducer_complete(gan_reducer *r, size_t begin, size_t end);               /* these floats will not change */
void gan_reducer_poll(gan_reducer *r);
int gan_reducer_finish(gan_reducer *r);

/* Gives all ranks every owner's part of another array that only owners have updated, such as Adam's moments. */
int gan_reducer_gather(gan_reducer *r, float *block);

/* Of the last pass; its arrays are borrowed until the next. */
gan_traffic gan_reducer_traffic(const gan_reducer *r);

#endif
