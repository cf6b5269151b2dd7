/* How much of an exchange of gradients hides behind the backward pass: a model. Pieces go out one after the other, each
 * when it is complete and the link is free; a ring of ranks passes a piece on 2 (ranks - 1) times, a 1/ranks part of it
 * each time. While a rank computes, it passes on what has come between two operations only. What is not through when the
 * pass ends is waited for.
 *     gan_overlap o = gan_overlap_of(gan_recipe_traffic(r, 0), 16, (gan_link){ 1.25e9, 50e-6 });
 */
#ifndef GAN_OVERLAP_H
#define GAN_OVERLAP_H

#include "gan/dist.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_traffic { /* of one backward pass */
    size_t pieces;
    const double *at_s, *bytes; /* when each was complete, from the pass's beginning, and its size; borrowed */
    size_t polls;               /* how often it was looked, while computing, whether parts have come */
    double computed_s, end_s;   /* when the pass had computed all, and when all had arrived */
} gan_traffic;

typedef struct gan_overlap {
    double bytes;     /* that a rank sends */
    double busy_s;    /* in which any piece is on its way */
    double exposed_s; /* of these, after the pass */
} gan_overlap;

gan_overlap gan_overlap_of(gan_traffic t, int ranks, gan_link link);

/* Seconds of gan_dist_sum: there and back along a binomial tree. */
double gan_overlap_sum_s(double bytes, int ranks, gan_link link);

#ifdef __cplusplus
}
#endif
#endif
