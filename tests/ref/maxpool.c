#include "ref/ref.h"

static int side(int in, const struct ref_maxpool *o)
{
    int windows = 1;
    while ((windows - 1) * o->stride + o->k < in) windows++;
    return windows;
}

struct ref_shape ref_maxpool_dst(const struct ref_maxpool *o)
{
    return (struct ref_shape){ o->src.n, o->src.c, side(o->src.h, o), side(o->src.w, o) };
}

/* Offset in src of the largest element of the window that becomes element i of dst. */
static ptrdiff_t largest(const struct ref_maxpool *o, const double *src, size_t i)
{
    struct ref_shape d = ref_maxpool_dst(o);
    int x0 = (int)(i % (size_t)d.w) * o->stride, y0 = (int)(i / (size_t)d.w % (size_t)d.h) * o->stride;
    int c = (int)(i / ((size_t)d.w * (size_t)d.h)) % d.c, n = (int)(i / ((size_t)d.w * (size_t)d.h)) / d.c;
    ptrdiff_t best = ref_at(o->src, n, c, y0, x0);
    for (int y = y0; y < y0 + o->k && y < o->src.h; y++)
        for (int x = x0; x < x0 + o->k && x < o->src.w; x++) {
            ptrdiff_t at = ref_at(o->src, n, c, y, x);
            if (src[at] > src[best]) best = at;
        }
    return best;
}

void ref_maxpool_fwd(const struct ref_maxpool *o, const double *src, double *dst)
{
    for (size_t i = 0; i < ref_count(ref_maxpool_dst(o)); i++) dst[i] = src[largest(o, src, i)];
}

void ref_maxpool_bwd(const struct ref_maxpool *o, const double *src, const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < ref_count(o->src); i++) diff_src[i] = 0;
    for (size_t i = 0; i < ref_count(ref_maxpool_dst(o)); i++) diff_src[largest(o, src, i)] += diff_dst[i];
}
