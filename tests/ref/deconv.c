#include "ref/ref.h"
#include "ref/taps.h"

struct ref_shape ref_deconv_dst(const struct ref_deconv *o)
{
    int grown = o->k - 2 * o->pad + o->output_pad;
    return (struct ref_shape){ o->src.n, o->oc, (o->src.h - 1) * o->stride + grown,
                               (o->src.w - 1) * o->stride + grown };
}

static struct ref_taps taps(const struct ref_deconv *o)
{
    return (struct ref_taps){ ref_deconv_dst(o), o->src, o->k, o->stride, o->pad, 1 };
}

void ref_deconv_fwd(const struct ref_deconv *o, const double *src, const double *weights, const double *bias,
                    double *dst)
{
    struct ref_taps t = taps(o);
    ref_taps_wide(&t, src, weights, dst);
    if (bias) ref_bias_add(t.wide, bias, dst);
}

void ref_deconv_bwd(const struct ref_deconv *o, const double *src, const double *weights, const double *diff_dst,
                    double *diff_src, double *diff_weights, double *diff_bias)
{
    struct ref_taps t = taps(o);
    if (diff_src) ref_taps_narrow(&t, diff_dst, weights, diff_src);
    if (diff_weights) ref_taps_weights(&t, diff_dst, src, diff_weights);
    if (diff_bias) ref_bias_sum(t.wide, diff_dst, diff_bias);
}
