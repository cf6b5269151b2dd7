/* Ioffe and Szegedy 2015, arXiv:1502.03167. A "slice" below is one channel of one group of images. */
#include "ref/ref.h"

#include <math.h>

struct slice {
    const struct ref_norm *o;
    int group, channel;
};

static int per_group(const struct ref_norm *o)
{
    return o->shape.n / o->groups;
}

/* Number of elements of a slice, and the offset of its ith one. */
static ptrdiff_t count(const struct ref_norm *o)
{
    return (ptrdiff_t)per_group(o) * o->shape.h * o->shape.w;
}

static ptrdiff_t offset(const struct slice *s, ptrdiff_t i)
{
    ptrdiff_t plane = (ptrdiff_t)s->o->shape.h * s->o->shape.w;
    int n = s->group * per_group(s->o) + (int)(i / plane);
    return ref_at(s->o->shape, n, s->channel, 0, 0) + i % plane;
}

static double mean_of(const struct slice *s, const double *x)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < count(s->o); i++) sum += x[offset(s, i)];
    return sum / (double)count(s->o);
}

static double variance_of(const struct slice *s, const double *x, double mean)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < count(s->o); i++) sum += (x[offset(s, i)] - mean) * (x[offset(s, i)] - mean);
    return sum / (double)count(s->o);
}

static double or_default(const double *per_channel, int c, double otherwise)
{
    return per_channel ? per_channel[c] : otherwise;
}

/* dst = gamma * (src - mean) / sqrt(variance + eps) + beta */
static void normalise(const struct slice *s, const double *src, double mean, double variance, const double *gamma,
                      const double *beta, double *dst)
{
    double scale = or_default(gamma, s->channel, 1) / sqrt(variance + s->o->eps);
    for (ptrdiff_t i = 0; i < count(s->o); i++)
        dst[offset(s, i)] = (src[offset(s, i)] - mean) * scale + or_default(beta, s->channel, 0);
}

/* Sums over the slice of diff_dst and of diff_dst * (src - mean) / sqrt(variance + eps): what the slice adds to
 * diff_beta and diff_gamma. */
struct sums {
    double beta, gamma;
};

static struct sums sum_diff(const struct slice *s, const double *src, double mean, double variance,
                            const double *diff_dst)
{
    struct sums sum = { 0, 0 };
    for (ptrdiff_t i = 0; i < count(s->o); i++) {
        double diff = diff_dst[offset(s, i)];
        sum.beta += diff;
        sum.gamma += diff * (src[offset(s, i)] - mean) / sqrt(variance + s->o->eps);
    }
    return sum;
}

/* The first group writes, later ones add. */
static void put_sums(const struct slice *s, struct sums sum, double *diff_gamma, double *diff_beta)
{
    if (diff_gamma) diff_gamma[s->channel] = sum.gamma + (s->group ? diff_gamma[s->channel] : 0);
    if (diff_beta) diff_beta[s->channel] = sum.beta + (s->group ? diff_beta[s->channel] : 0);
}

void ref_norm_fwd(const struct ref_norm *o, const double *src, const double *gamma, const double *beta, double *dst)
{
    for (int g = 0; g < o->groups; g++)
        for (int c = 0; c < o->shape.c; c++) {
            struct slice s = { o, g, c };
            double mean = mean_of(&s, src);
            normalise(&s, src, mean, variance_of(&s, src, mean), gamma, beta, dst);
        }
}

/* diff_src = gamma / sigma * (diff_dst - mean(diff_dst) - xhat * mean(diff_dst * xhat)) */
static void slice_bwd(const struct slice *s, const double *src, const double *gamma, const double *diff_dst,
                      double *diff_src, double *diff_gamma, double *diff_beta)
{
    double mean = mean_of(s, src), variance = variance_of(s, src, mean), sigma = sqrt(variance + s->o->eps);
    struct sums sum = sum_diff(s, src, mean, variance, diff_dst);
    put_sums(s, sum, diff_gamma, diff_beta);
    if (!diff_src) return;
    double m = (double)count(s->o), scale = or_default(gamma, s->channel, 1) / sigma;
    for (ptrdiff_t i = 0; i < count(s->o); i++) {
        double xhat = (src[offset(s, i)] - mean) / sigma;
        diff_src[offset(s, i)] = scale * (diff_dst[offset(s, i)] - sum.beta / m - xhat * sum.gamma / m);
    }
}

void ref_norm_bwd(const struct ref_norm *o, const double *src, const double *gamma, const double *diff_dst,
                  double *diff_src, double *diff_gamma, double *diff_beta)
{
    for (int g = 0; g < o->groups; g++)
        for (int c = 0; c < o->shape.c; c++)
            slice_bwd(&(struct slice){ o, g, c }, src, gamma, diff_dst, diff_src, diff_gamma, diff_beta);
}

void ref_norm_running(const struct ref_norm *o, const double *src, double momentum, double *mean, double *variance)
{
    double unbiased = (double)count(o) / (double)(count(o) - 1);
    for (int g = 0; g < o->groups; g++)
        for (int c = 0; c < o->shape.c; c++) {
            struct slice s = { o, g, c };
            double of_batch = mean_of(&s, src);
            mean[c] += momentum * (of_batch - mean[c]);
            variance[c] += momentum * (unbiased * variance_of(&s, src, of_batch) - variance[c]);
        }
}

/* One group of all images: given statistics know no groups. */
static struct ref_norm ungrouped(const struct ref_norm *o)
{
    return (struct ref_norm){ o->shape, 1, o->eps };
}

void ref_norm_eval_fwd(const struct ref_norm *o, const double *src, const double *gamma, const double *beta,
                       const double *mean, const double *variance, double *dst)
{
    struct ref_norm whole = ungrouped(o);
    for (int c = 0; c < o->shape.c; c++)
        normalise(&(struct slice){ &whole, 0, c }, src, mean[c], variance[c], gamma, beta, dst);
}

void ref_norm_eval_bwd(const struct ref_norm *o, const double *src, const double *gamma, const double *mean,
                       const double *variance, const double *diff_dst, double *diff_src, double *diff_gamma,
                       double *diff_beta)
{
    struct ref_norm whole = ungrouped(o);
    for (int c = 0; c < o->shape.c; c++) {
        struct slice s = { &whole, 0, c };
        put_sums(&s, sum_diff(&s, src, mean[c], variance[c], diff_dst), diff_gamma, diff_beta);
        if (diff_src) normalise(&s, diff_dst, 0, variance[c], gamma, NULL, diff_src);
    }
}
