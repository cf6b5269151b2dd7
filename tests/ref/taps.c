#include "ref/taps.h"

struct triple {
    const double *a, *b;
    double *sum;
};
typedef void product(const struct triple *p, ptrdiff_t wide, ptrdiff_t weight, ptrdiff_t narrow);

static void to_narrow(const struct triple *p, ptrdiff_t wide, ptrdiff_t weight, ptrdiff_t narrow)
{
    p->sum[narrow] += p->a[wide] * p->b[weight];
}

static void to_wide(const struct triple *p, ptrdiff_t wide, ptrdiff_t weight, ptrdiff_t narrow)
{
    p->sum[wide] += p->a[narrow] * p->b[weight];
}

static void to_weights(const struct triple *p, ptrdiff_t wide, ptrdiff_t weight, ptrdiff_t narrow)
{
    p->sum[weight] += p->a[wide] * p->b[narrow];
}

/* All products of one pixel of one narrow plane with one wide plane of the same image. */
static void pixel(const struct ref_taps *t, const struct triple *p, product *add, ptrdiff_t wide, ptrdiff_t weight,
                  ptrdiff_t narrow, int top, int left)
{
    for (int kh = 0; kh < t->k; kh++)
        for (int kw = 0; kw < t->k; kw++) {
            int h = top + kh * t->dilation, w = left + kw * t->dilation;
            if (h < 0 || h >= t->wide.h || w < 0 || w >= t->wide.w) continue;
            add(p, wide + (ptrdiff_t)h * t->wide.w + w, weight + (ptrdiff_t)kh * t->k + kw, narrow);
        }
}

static void planes(const struct ref_taps *t, const struct triple *p, product *add, int n, int nc, int wc)
{
    ptrdiff_t wide = ref_at(t->wide, n, wc, 0, 0), weight = ((ptrdiff_t)nc * t->wide.c + wc) * t->k * t->k;
    for (int h = 0; h < t->narrow.h; h++)
        for (int w = 0; w < t->narrow.w; w++)
            pixel(t, p, add, wide, weight, ref_at(t->narrow, n, nc, h, w), h * t->stride - t->pad,
                  w * t->stride - t->pad);
}

static void all(const struct ref_taps *t, const struct triple *p, product *add)
{
    for (int n = 0; n < t->narrow.n; n++)
        for (int nc = 0; nc < t->narrow.c; nc++)
            for (int wc = 0; wc < t->wide.c; wc++) planes(t, p, add, n, nc, wc);
}

static void clear(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = 0;
}

void ref_taps_narrow(const struct ref_taps *t, const double *wide, const double *weights, double *narrow)
{
    clear(narrow, ref_count(t->narrow));
    all(t, &(struct triple){ wide, weights, narrow }, to_narrow);
}

void ref_taps_wide(const struct ref_taps *t, const double *narrow, const double *weights, double *wide)
{
    clear(wide, ref_count(t->wide));
    all(t, &(struct triple){ narrow, weights, wide }, to_wide);
}

void ref_taps_weights(const struct ref_taps *t, const double *wide, const double *narrow, double *weights)
{
    clear(weights, (size_t)t->narrow.c * (size_t)t->wide.c * (size_t)t->k * (size_t)t->k);
    all(t, &(struct triple){ wide, narrow, weights }, to_weights);
}

void ref_bias_add(struct ref_shape s, const double *bias, double *dst)
{
    ptrdiff_t plane = (ptrdiff_t)s.h * s.w, count = (ptrdiff_t)ref_count(s);
    for (ptrdiff_t i = 0; i < count; i++) dst[i] += bias[i / plane % s.c];
}

void ref_bias_sum(struct ref_shape s, const double *diff_dst, double *diff_bias)
{
    ptrdiff_t plane = (ptrdiff_t)s.h * s.w, count = (ptrdiff_t)ref_count(s);
    clear(diff_bias, (size_t)s.c);
    for (ptrdiff_t i = 0; i < count; i++) diff_bias[i / plane % s.c] += diff_dst[i];
}
