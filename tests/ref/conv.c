#include "ref/ref.h"
#include "ref/taps.h"

struct ref_shape ref_conv_dst(const struct ref_conv *o)
{
    return (struct ref_shape){ o->src.n, o->oc, (o->src.h + 2 * o->pad - o->k) / o->stride + 1,
                               (o->src.w + 2 * o->pad - o->k) / o->stride + 1 };
}

static struct ref_taps taps(const struct ref_conv *o)
{
    return (
        struct ref_taps){ .wide = o->src, .narrow = ref_conv_dst(o), .k = o->k, .stride = o->stride, .pad = o->pad };
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
