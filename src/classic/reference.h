/* A colour picture that lends its colours. */
#ifndef CLASSIC_REFERENCE_H
#define CLASSIC_REFERENCE_H

#include "gan/image.h"

typedef struct gan_reference { /* empty when zeroed */
    gan_image picture;         /* short side at most GAN_REFERENCE_SIDE */
    float *x;                  /* w * h: L / 50 - 1; owned */
    float *ab;                 /* two planes of w * h: a / 110, b / 110; owned */
} gan_reference;

enum { GAN_REFERENCE_SIDE = 256 };

/* errors: what gan_image_load refuses; a picture without colour; out of memory */
int gan_reference_load(gan_reference *r, const char *path);
void gan_reference_release(gan_reference *r);

typedef struct gan_spread { /* of some numbers */
    double mean, deviation;
} gan_spread;
gan_spread gan_spread_of(const float *v, size_t n);

/* Takes v as far from the mean of `to`, in its deviations, as it is from that of `from`; where all numbers are one
 * (no deviation) the means are put on each other. */
double gan_spread_move(double v, const gan_spread *from, const gan_spread *to);

#endif
