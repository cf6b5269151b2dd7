#include "ref/ref.h"
#include "ref/taps.h"

static int dilation(const struct ref_conv *o)
{
    return o->dilation ? o->dilation : 1;
}

static int side(const struct ref_conv *o, int in)
{
    return (in + 2 * o->pad + o->far - (o->k - 1) * dilation(o) - 1) / o->stride + 1;
}

struct ref_shape ref_conv_dst(const struct ref_conv *o)
{
    return (struct ref_shape){ o->src.n, o->oc, side(o, o->src.h), side(o, o->src.w) };
}

static struct ref_taps taps(const struct ref_conv *o)
{
    return (struct ref_taps){ o->src, ref_conv_dst(o), o->k, o->stride, o->pad, dilation(o) };
}

void ref_conv_fwd(const struct ref_conv *o, const double *src, const double *weights, const double *bias, double *dst)
{
    struct ref_taps t = taps(o);
    ref_taps_narrow(&t, src, weights, dst);
    if (bias) ref_bias_add(t.narrow, bias, dst);
}

void ref_conv_bwd(const struct ref_conv *o, const double *src, const double *weights, const double *diff_dst,
                  double *diff_src, double *diff_weights, double *diff_bias)
{
    struct ref_taps t = taps(o);
    if (diff_src) ref_taps_wide(&t, diff_dst, weights, diff_src);
    if (diff_weights) ref_taps_weights(&t, src, diff_dst, diff_weights);
    if (diff_bias) ref_bias_sum(t.narrow, diff_dst, diff_bias);
}
