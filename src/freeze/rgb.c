/* sRGB to CIE L and back as nodes of a graph, of the few kinds that every client runs: 1x1 convolutions, ReLU, powers of
 * positive numbers, joins and sums. Constants as in image/lab.c: IEC 61966-2-1, CIE 15, D65. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "freeze/freezer.h"
#include "gan/colour.h"
#include "gan/layers.h"
#include "gan/mem.h"

enum { MAX_CHANNELS = 6 };
typedef double matrix[MAX_CHANNELS * MAX_CHANNELS];

gan_id gan_freezer_mix(struct gan_freezer *f, const char *name, gan_id x, int from, int to, const double *weights,
                       const double *bias)
{
    size_t n = (size_t)from * (size_t)to;
    float *values = gan_mem_alloc(n + (size_t)to, sizeof *values);
    if (!values) return -1;
    for (size_t i = 0; i < n; i++) values[i] = (float)weights[i];
    for (int i = 0; i < to; i++) values[n + (size_t)i] = (float)bias[i];
    gan_id made = gan_conv(f->to, name, x, (gan_conv_opt){ .oc = to, .k = 1, .stride = 1, .bias = 1 });
    return gan_freezer_note(f, made, (struct gan_origin){ -1, -1, values });
}

/* "NAME_part" */
struct names {
    char text[GAN_NAME_BYTES / 2];
};

static const char *join(struct names *n, const char *name, const char *part)
{
    snprintf(n->text, sizeof n->text, "%.20s_%.10s", name, part);
    return n->text;
}

/* Every channel alone: scale x + shift. */
static gan_id affine(struct gan_freezer *f, const char *name, gan_id x, int c, double scale, double shift)
{
    matrix m = { 0 };
    double bias[MAX_CHANNELS];
    for (int i = 0; i < c; i++) {
        m[i * c + i] = scale;
        bias[i] = shift;
    }
    return gan_freezer_mix(f, name, x, c, c, m, bias);
}

/* Of two tensors of c channels: p a + q b + shift. */
static gan_id blend(struct gan_freezer *f, const char *name, gan_id a, gan_id b, int c, double p, double q,
                    double shift)
{
    matrix m = { 0 };
    double bias[MAX_CHANNELS];
    for (int i = 0; i < c; i++) {
        m[i * 2 * c + i] = p;
        m[i * 2 * c + c + i] = q;
        bias[i] = shift;
    }
    return gan_freezer_mix(f, name, gan_concat(f->to, name, a, b), 2 * c, c, m, bias);
}

struct curve { /* slope x + foot below `from`, gain (scale x + shift) ^ exponent above */
    const char *name;
    double from, slope, foot, gain, scale, shift, exponent;
};

static const struct curve decode = { "decode", 0.04045, 1 / 12.92, 0, 1, 1 / 1.055, 0.055 / 1.055, 2.4 };
static const struct curve encode = { "encode", 0.0031308, 12.92, 0, 1.055, 1, 0, 1 / 2.4 };
static const struct curve root = { "root", 216.0 / 24389, 841.0 / 108, 4.0 / 29, 1, 1, 0, 1.0 / 3 };
static const struct curve cube = { "cube", 6.0 / 29, 108.0 / 841, -4.0 * 108 / (29 * 841), 1, 1, 0, 3 };

/* Both parts are computed everywhere, of the smaller and of the larger of x and `from`, and added; where one of them is
 * constant its value at `from` has to go again. The gain goes inside the power: what multiplies its result would be
 * fused wrongly by some clients. */
static gan_id add_curve(struct gan_freezer *f, const struct curve *k, gan_id x, int c)
{
    struct names n;
    double inside = pow(k->gain, 1 / k->exponent), at = k->gain * pow(k->scale * k->from + k->shift, k->exponent);
    gan_id over = gan_relu(f->to, join(&n, k->name, "over"), affine(f, join(&n, k->name, "over"), x, c, 1, -k->from));
    gan_id line = blend(f, join(&n, k->name, "line"), x, over, c, k->slope, -k->slope, k->foot - at);
    gan_id base =
        affine(f, join(&n, k->name, "power"), over, c, inside * k->scale, inside * (k->scale * k->from + k->shift));
    return gan_add(f->to, k->name, line, gan_power(f->to, join(&n, k->name, "power"), base, (float)k->exponent));
}

/* To 0..1. */
static gan_id clip(struct gan_freezer *f, gan_id x, int c)
{
    gan_id low = gan_relu(f->to, "clip_low", x);
    gan_id over = gan_relu(f->to, "clip_high", affine(f, "clip_high", low, c, 1, -1));
    return blend(f, "clip", low, over, c, 1, -1, 0);
}

gan_id gan_freezer_luminance(struct gan_freezer *f, gan_id rgb)
{
    static const double weights[3] = { 0.2126729, 0.7151522, 0.0721750 }, zero[1] = { 0 };
    gan_id linear = add_curve(f, &decode, rgb, 3);
    return add_curve(f, &root, gan_freezer_mix(f, "luminance", linear, 3, 1, weights, zero), 1);
}

gan_id gan_freezer_lightness(struct gan_freezer *f, gan_id fy)
{
    return affine(f, "lightness", fy, 1, 116.0 / 50, -16.0 / 50 - 1);
}

/* The sum of what fy and y give, since OpenCV 4.10 refuses to join what it cannot yet tell to be of one size. */
gan_id gan_freezer_colour(struct gan_freezer *f, gan_id fy, gan_id y)
{
    static const double zero[3] = { 0 }, of_fy[3] = { 1, 1, 1 };
    static const double of_ab[6] = { (double)GAN_AB_RANGE / 500, 0, 0, 0, 0, -(double)GAN_AB_RANGE / 200 };
    static const double white_x = 0.95047, white_z = 1.08883;
    static const double to_rgb[9] = { 3.2404542 * white_x,  -1.5371385, -0.4985314 * white_z,
                                      -0.9692660 * white_x, 1.8760108,  0.0415560 * white_z,
                                      0.0556434 * white_x,  -0.2040259, 1.0572252 * white_z };
    gan_id gray = gan_freezer_mix(f, "f_gray", fy, 1, 3, of_fy, zero);
    gan_id fxyz = gan_add(f->to, "f_xyz", gray, gan_freezer_mix(f, "f_chroma", y, 2, 3, of_ab, zero));
    gan_id linear = gan_freezer_mix(f, "linear", add_curve(f, &cube, fxyz, 3), 3, 3, to_rgb, zero);
    return clip(f, add_curve(f, &encode, linear, 3), 3);
}
