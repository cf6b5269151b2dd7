#include "ref/gather.h"
#include "ref/ref.h"

static int nearest(int i, int side, int factor)
{
    (void)side;
    return i / factor;
}

struct ref_shape ref_upsample_dst(const struct ref_upsample *o)
{
    return (struct ref_shape){ o->src.n, o->src.c, o->src.h * o->factor, o->src.w * o->factor };
}

void ref_upsample_fwd(const struct ref_upsample *o, const double *src, double *dst)
{
    ref_gather_fwd(o->src, ref_upsample_dst(o), nearest, o->factor, src, dst);
}

void ref_upsample_bwd(const struct ref_upsample *o, const double *diff_dst, double *diff_src)
{
    ref_gather_bwd(o->src, ref_upsample_dst(o), nearest, o->factor, diff_dst, diff_src);
}
