/* The products a convolution consists of. Each joins one element of its source (the wide side), one weight and one
 * element of its destination (the narrow side). Forward, backward by data and backward by weights add the same products
 * to one of the three; a transposed convolution is the same with wide and narrow exchanged.
 */
#ifndef TESTS_REF_TAPS_H
#define TESTS_REF_TAPS_H

#include "ref/ref.h"

struct ref_taps {
    struct ref_shape wide, narrow;
    int k, stride, pad, dilation;
};

/* sum[..] += a[..] * b[..] over all products, for each of the three choices of the sum. weights: (narrow.c, wide.c, k,
 * k). The sum's array is cleared first. */
void ref_taps_narrow(const struct ref_taps *t, const double *wide, const double *weights, double *narrow);
void ref_taps_wide(const struct ref_taps *t, const double *narrow, const double *weights, double *wide);
void ref_taps_weights(const struct ref_taps *t, const double *wide, const double *narrow, double *weights);

/* The share of the bias: one number per channel, added to all its elements, or summed from their gradients. */
void ref_bias_add(struct ref_shape s, const double *bias, double *dst);
void ref_bias_sum(struct ref_shape s, const double *diff_dst, double *diff_bias);

#endif
