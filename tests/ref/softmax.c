#include "ref/ref.h"

#include <math.h>

/* Offsets: of pixel i's first channel, and from one channel to the next. */
static size_t first_of(struct ref_shape s, size_t i)
{
    size_t plane = (size_t)s.h * (size_t)s.w;
    return i / plane * (size_t)s.c * plane + i % plane;
}

static size_t pixels_of(struct ref_shape s)
{
    return ref_count(s) / (size_t)s.c;
}

void ref_softmax_fwd(struct ref_shape s, const double *src, double *dst)
{
    size_t plane = (size_t)s.h * (size_t)s.w;
    for (size_t i = 0; i < pixels_of(s); i++) {
        double sum = 0;
        for (size_t c = 0, at = first_of(s, i); c < (size_t)s.c; c++, at += plane) sum += exp(src[at]);
        for (size_t c = 0, at = first_of(s, i); c < (size_t)s.c; c++, at += plane) dst[at] = exp(src[at]) / sum;
    }
}

/* d dst[a] / d src[b] = dst[a] ((a == b) - dst[b]) */
void ref_softmax_bwd(struct ref_shape s, const double *dst, const double *diff_dst, double *diff_src)
{
    size_t plane = (size_t)s.h * (size_t)s.w;
    for (size_t i = 0; i < pixels_of(s); i++)
        for (size_t b = 0; b < (size_t)s.c; b++) {
            size_t at = first_of(s, i) + b * plane;
            diff_src[at] = 0;
            for (size_t a = 0, from = first_of(s, i); a < (size_t)s.c; a++, from += plane)
                diff_src[at] += diff_dst[from] * dst[from] * ((a == b) - dst[at]);
        }
}
