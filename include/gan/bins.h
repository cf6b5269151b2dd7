/* Classes of colour: points of the ab plane about which colours gather (Zhang, Isola, Efros 2016, arXiv:1603.08511).
 *     gan_bins *b = gan_bins_reachable();
 *     int32_t bin[GAN_BIN_SHARES];
 *     float share[GAN_BIN_SHARES];
 *     gan_bins_encode(b, 23.5f, -4, bin, share);
 *     gan_bins_free(b);
 */
#ifndef GAN_BINS_H
#define GAN_BINS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_BIN_SHARES = 5 };  /* bins that share a colour */
#define GAN_BIN_DEVIATION 5.0 /* of the Gaussian by which they share it, and by which a prior is smoothed */

typedef struct gan_bins {
    int count;
    float (*centre)[2]; /* a, b */
} gan_bins;

/* Squares of side 10 about the multiples of 10 that hold a colour of sRGB: 261, ordered by a, then b. Owned,
 * gan_bins_free, as are all below. */
gan_bins *gan_bins_reachable(void);

/* A list of centres: two numbers a line, a and b of -128 to 128, each pair once, GAN_BIN_SHARES to 4096 of them. */
gan_bins *gan_bins_load(const char *path);
gan_bins *gan_bins_of(int count, const float *centre); /* count pairs, copied, with the same limits */
void gan_bins_free(gan_bins *b);

/* The nearest bins of a colour, nearest first, and its share of each by a Gaussian of the distance; shares add up to 1. */
void gan_bins_encode(const gan_bins *b, float a, float bb, int32_t *bin, float *share);

/* Weights that let rare colours count, from how often each bin is the nearest one: the inverse of the prior, smoothed
 * and then mixed half and half with a uniform one, in such a scale that their mean under the smoothed prior is 1.
 * count: of every bin; all 0 stands for a uniform prior. prior (the smoothed one) may be NULL. */
int gan_bins_rebalance(const gan_bins *b, const double *count, double *prior, float *weight);

#ifdef __cplusplus
}
#endif
#endif
