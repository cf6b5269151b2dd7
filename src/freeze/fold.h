/* A batch norm with given statistics is y = scale x + shift per channel; after a convolution, which is linear, that is
 * another convolution: its weights times scale, its bias times scale plus shift. */
#ifndef GAN_FREEZE_FOLD_H
#define GAN_FREEZE_FOLD_H

#include <stddef.h>

struct gan_fold_norm {
    const double *gamma, *beta, *mean, *variance; /* one each per channel */
    double eps;
};

/* weights: outer * channels * inner numbers, in place (a convolution: 1, oc, ic * k * k; a deconvolution: ic, oc,
 * k * k); bias: one per channel, in place. */
void gan_fold(const struct gan_fold_norm *n, size_t outer, size_t channels, size_t inner, double *weights,
              double *bias);

#endif
