/* Counter-based random numbers: a pure function of (seed, stream, step, index). The whole state of a run is a few
 * integers, and the numbers depend neither on threads nor on memory layouts.
 *     gan_rng r = gan_rng_at(seed, GAN_STREAM_CROP, step);
 *     int left = (int)gan_rng_below(r, 0, width - size + 1);
 * Not for cryptography.
 */
#ifndef GAN_RNG_H
#define GAN_RNG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the numbers are for; two uses never share a stream. Values stand in checkpoints: append only. */
enum gan_stream {
    GAN_STREAM_INIT = 1,  /* initial weights; step: the parameter's index */
    GAN_STREAM_SHUFFLE,   /* order of an epoch; step: the epoch */
    GAN_STREAM_AUGMENT,   /* crop and flip; step: the sample's number in the run */
    GAN_STREAM_DROPOUT,   /* step: training step, mixed with the node */
    GAN_STREAM_POOL,      /* image pool; step: training step */
    GAN_STREAM_REPLACE,   /* what stands in for a photograph that is left out */
    GAN_STREAM_SCENE,     /* procedural pictures; step: the picture's number */
    GAN_STREAM_SYNTHETIC, /* pictures of plan and bench */
    GAN_STREAM_TEST,
    GAN_STREAM_VIEW,      /* turns, shears and zooms; step: the sample's number */
    GAN_STREAM_JITTER,    /* colours of a sample */
    GAN_STREAM_GRAIN,     /* noise and fading of a sample's gray input */
    GAN_STREAM_HINTS,     /* where a sample's colours are shown */
    GAN_STREAM_SHUFFLE_B, /* order of an epoch in the second folder of unpaired pictures */
    GAN_STREAM_SCRIBBLES, /* true colours at random points; step: the number of the picture */
    GAN_STREAM_SAMPLES    /* where a reference picture is looked at; step: 0 */
};

typedef struct gan_rng {
    uint64_t key;
} gan_rng;

gan_rng gan_rng_at(uint64_t seed, enum gan_stream stream, uint64_t step);
uint64_t gan_rng_bits(gan_rng r, uint64_t index);
double gan_rng_uniform(gan_rng r, uint64_t index);             /* [0, 1) */
double gan_rng_normal(gan_rng r, uint64_t index);              /* mean 0, deviation 1 (Box and Muller 1958) */
uint64_t gan_rng_below(gan_rng r, uint64_t index, uint64_t n); /* 0 .. n-1, n > 0; bias below 2^-32 for n < 2^32 */

/* A permutation of 0 .. n-1 into out (Fisher and Yates). */
void gan_rng_shuffle(gan_rng r, uint32_t *out, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
