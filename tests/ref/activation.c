#include "ref/ref.h"

#include <math.h>

void ref_lrelu_fwd(size_t n, double slope, const double *src, double *dst)
{
    for (size_t i = 0; i < n; i++) dst[i] = src[i] > 0 ? src[i] : slope * src[i];
}

void ref_lrelu_bwd(size_t n, double slope, const double *src, const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < n; i++) diff_src[i] = src[i] > 0 ? diff_dst[i] : slope * diff_dst[i];
}

void ref_tanh_fwd(size_t n, const double *src, double *dst)
{
    for (size_t i = 0; i < n; i++) dst[i] = tanh(src[i]);
}

void ref_tanh_bwd(size_t n, const double *src, const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < n; i++) diff_src[i] = diff_dst[i] * (1 - tanh(src[i]) * tanh(src[i]));
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

void ref_sigmoid_fwd(size_t n, const double *src, double *dst)
{
    for (size_t i = 0; i < n; i++) dst[i] = sigmoid(src[i]);
}

void ref_sigmoid_bwd(size_t n, const double *src, const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < n; i++) diff_src[i] = diff_dst[i] * sigmoid(src[i]) * sigmoid(-src[i]);
}

void ref_power_fwd(size_t n, double exponent, const double *src, double *dst)
{
    for (size_t i = 0; i < n; i++) dst[i] = pow(src[i], exponent);
}

void ref_power_bwd(size_t n, double exponent, const double *src, const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < n; i++) diff_src[i] = diff_dst[i] * exponent * pow(src[i], exponent - 1);
}

void ref_scale_fwd(size_t n, double factor, const double *src, double *dst)
{
    for (size_t i = 0; i < n; i++) dst[i] = factor * src[i];
}

void ref_scale_bwd(size_t n, double factor, const double *diff_dst, double *diff_src)
{
    for (size_t i = 0; i < n; i++) diff_src[i] = factor * diff_dst[i];
}
