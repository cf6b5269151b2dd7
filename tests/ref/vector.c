#include "ref/ref.h"

static size_t plane_of(struct ref_shape s)
{
    return (size_t)s.h * (size_t)s.w;
}

static void sum_planes(struct ref_shape s, const double *pixels, double share, double *vector)
{
    size_t plane = plane_of(s), planes = (size_t)s.n * (size_t)s.c;
    for (size_t i = 0; i < planes; i++) {
        vector[i] = 0;
        for (size_t k = 0; k < plane; k++) vector[i] += share * pixels[i * plane + k];
    }
}

void ref_shift_fwd(struct ref_shape s, const double *src, const double *vector, double *dst)
{
    for (size_t i = 0; i < ref_count(s); i++) dst[i] = src[i] + vector[i / plane_of(s)];
}

void ref_shift_bwd(struct ref_shape s, const double *diff_dst, double *diff_src, double *diff_vector)
{
    for (size_t i = 0; diff_src && i < ref_count(s); i++) diff_src[i] = diff_dst[i];
    if (diff_vector) sum_planes(s, diff_dst, 1, diff_vector);
}

void ref_avgpool_fwd(struct ref_shape s, const double *src, double *dst)
{
    sum_planes(s, src, 1 / (double)plane_of(s), dst);
}

void ref_avgpool_bwd(struct ref_shape s, const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < ref_count(s); i++) diff_src[i] = diff_dst[i / plane_of(s)] / (double)plane_of(s);
}
