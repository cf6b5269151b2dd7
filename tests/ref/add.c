#include "ref/ref.h"

#include <string.h>

void ref_add_fwd(size_t n, const double *a, const double *b, double *dst)
{
    for (size_t i = 0; i < n; i++) dst[i] = a[i] + b[i];
}

void ref_add_bwd(size_t n, const double *diff_dst, double *diff_a, double *diff_b)
{
    if (diff_a) memcpy(diff_a, diff_dst, n * sizeof *diff_a);
    if (diff_b) memcpy(diff_b, diff_dst, n * sizeof *diff_b);
}
