/* One direction of a resize: which source samples, under which weights, make each destination sample. */
#ifndef IMAGE_AXIS_H
#define IMAGE_AXIS_H

#include "gan/image.h"

typedef struct gan_span { /* source samples first .. first + count - 1 */
    int first, count;
} gan_span;

typedef struct gan_axis {
    int src, dst;    /* samples */
    int most;        /* largest count a span may have */
    gan_span *spans; /* owned: dst, their beginnings and ends never decreasing */
    double *weights; /* owned: dst rows of most; each adds up to 1 */
} gan_axis;

/* unit: the weights' granularity, 0 for none. */
int gan_axis_init(gan_axis *a, int src, int dst, enum gan_filter filter, double unit);
void gan_axis_release(gan_axis *a);

static inline const double *gan_axis_weights(const gan_axis *a, int i)
{
    return a->weights + (size_t)i * (size_t)a->most;
}

#endif
