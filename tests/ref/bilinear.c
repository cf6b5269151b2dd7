#include "ref/ref.h"

#include <math.h>

/* What row (or column) i of src, of `side`, counts in row k of dst: a tent about where k's centre lies. */
static double share(int i, int side, int k, int factor)
{
    double at = fmin(fmax((k + 0.5) / factor - 0.5, 0), side - 1);
    return fmax(0, 1 - fabs(at - i));
}

struct ref_shape ref_bilinear_dst(const struct ref_bilinear *o)
{
    return (struct ref_shape){ o->src.n, o->src.c, o->src.h * o->factor, o->src.w * o->factor };
}

static int within(int i, int side)
{
    return i < 0 ? 0 : i > side ? side : i;
}

void ref_bilinear_fwd(const struct ref_bilinear *o, const double *src, double *dst)
{
    struct ref_shape s = o->src, d = ref_bilinear_dst(o);
    for (size_t i = 0; i < ref_count(d); i++) {
        int x = (int)(i % (size_t)d.w), y = (int)(i / (size_t)d.w % (size_t)d.h);
        const double *plane = src + i / ((size_t)d.w * (size_t)d.h) * (size_t)s.h * (size_t)s.w;
        dst[i] = 0;
        for (int h = within(y / o->factor - 1, s.h); h < within(y / o->factor + 2, s.h); h++)
            for (int w = within(x / o->factor - 1, s.w); w < within(x / o->factor + 2, s.w); w++)
                dst[i] += share(h, s.h, y, o->factor) * share(w, s.w, x, o->factor) * plane[h * s.w + w];
    }
}

void ref_bilinear_bwd(const struct ref_bilinear *o, const double *diff_dst, double *diff_src)
{
    struct ref_shape s = o->src, d = ref_bilinear_dst(o);
    for (size_t i = 0; i < ref_count(s); i++) {
        int w = (int)(i % (size_t)s.w), h = (int)(i / (size_t)s.w % (size_t)s.h);
        const double *plane = diff_dst + i / ((size_t)s.w * (size_t)s.h) * (size_t)d.h * (size_t)d.w;
        diff_src[i] = 0;
        for (int y = within((h - 1) * o->factor, d.h); y < within((h + 2) * o->factor, d.h); y++)
            for (int x = within((w - 1) * o->factor, d.w); x < within((w + 2) * o->factor, d.w); x++)
                diff_src[i] += share(h, s.h, y, o->factor) * share(w, s.w, x, o->factor) * plane[y * d.w + x];
    }
}
