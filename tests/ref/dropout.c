#include "ref/ref.h"

void ref_dropout_fwd(size_t n, double p, const double *mask, const double *src, double *dst)
{
    for (size_t i = 0; i < n; i++) dst[i] = src[i] * mask[i] / (1 - p);
}

void ref_dropout_bwd(size_t n, double p, const double *mask, const double *diff_dst, double *diff_src)
{
    ref_dropout_fwd(n, p, mask, diff_dst, diff_src); /* linear and diagonal: its own transpose */
}
