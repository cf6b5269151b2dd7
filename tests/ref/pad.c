#include "ref/gather.h"
#include "ref/ref.h"

static int reflect(int i, int side, int pad)
{
    int at = i - pad;
    if (at < 0) return -at;
    return at < side ? at : 2 * (side - 1) - at;
}

struct ref_shape ref_pad_dst(const struct ref_pad *o)
{
    return (struct ref_shape){ o->src.n, o->src.c, o->src.h + 2 * o->pad + o->bottom,
                               o->src.w + 2 * o->pad + o->right };
}

void ref_pad_fwd(const struct ref_pad *o, const double *src, double *dst)
{
    ref_gather_fwd(o->src, ref_pad_dst(o), reflect, o->pad, src, dst);
}

void ref_pad_bwd(const struct ref_pad *o, const double *diff_dst, double *diff_src)
{
    ref_gather_bwd(o->src, ref_pad_dst(o), reflect, o->pad, diff_dst, diff_src);
}
